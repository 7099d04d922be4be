/** The panel's page. Nothing runs in it but its own script, and it can reach nothing. */

/** Where the page's parts are, and the number that lets its script run. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
  /** Origin of the style sheet. */
  readonly source: string;
  readonly nonce: string;
}

/** HTML with a content security policy that allows this one script, this one style sheet and no connection at all. */
export function panelPage({ script, style, source, nonce }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    // The simulator's thread and the picture that becomes a PNG are made by the script itself.
    'worker-src blob:',
    'img-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated kexec</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<div id="panel"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
