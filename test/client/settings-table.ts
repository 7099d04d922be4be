import manifest from '../../package.json' with { type: 'json' };

const BEGIN = '<!-- settings: npm run settings-docs -->';
const END = '<!-- /settings -->';

/** The settings of the manifest as a Markdown table. */
function settingsTable(): string {
  const rows = Object.entries(manifest.contributes.configuration.properties).map(([name, property]) => {
    const values =
      'enum' in property ? ` One of ${property.enum.map((one) => `\`${one}\``).join(', ')}.` : '';
    const value = `\`${JSON.stringify(property.default)}\``;
    return `| \`${name}\` | ${value} | ${property.scope} | ${property.markdownDescription}${values} |`;
  });
  return ['| setting | default | scope | what it does |', '|---|---|---|---|', ...rows].join('\n');
}

/**
 * A page with the table of settings as the manifest has them.
 * @throws Error when the page has no place for it
 */
export function withSettings(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${settingsTable()}\n\n${END}${after}`;
}
