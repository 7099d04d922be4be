/** The elements of VS Code's look: the first picture does not need them, so they come after it, one at a time. */

/** Lets the page draw and hear before it goes on. */
export function breath(): Promise<void> {
  return new Promise((done) => setTimeout(done, 0));
}

/** Defines the elements; those on the page already wake up. */
export async function loadElements(): Promise<void> {
  await import('@vscode-elements/elements/dist/vscode-button/index.js');
  await breath();
  await import('@vscode-elements/elements/dist/vscode-option/index.js');
  await import('@vscode-elements/elements/dist/vscode-single-select/index.js');
  await breath();
  await import('@vscode-elements/elements/dist/vscode-checkbox/index.js');
  await import('@vscode-elements/elements/dist/vscode-textfield/index.js');
  await breath();
}
