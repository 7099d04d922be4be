// Stands in for clangd's extension: definition, symbols, hover and completion of C, and nothing of a driver.
const { renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');

const FUNCTION = /^static \w+ (\w+)\(.*\)$/gm;
const C = { language: 'c' };

function functionsOf(document) {
  return [...document.getText().matchAll(FUNCTION)].map(({ 1: name, 0: head, index }) => {
    const start = document.positionAt(index + head.indexOf(name));
    return { name, range: new vscode.Range(start, start.translate(0, name.length)) };
  });
}

function wordAt(document, position) {
  const range = document.getWordRangeAtPosition(position);
  return range ? document.getText(range) : '';
}

const definition = {
  provideDefinition: (document, position) => {
    const word = wordAt(document, position);
    const found = functionsOf(document).find(({ name }) => name === word);
    return found && new vscode.Location(document.uri, found.range);
  },
};
const symbols = {
  provideDocumentSymbols: (document) =>
    functionsOf(document).map(
      ({ name, range }) => new vscode.DocumentSymbol(name, '', vscode.SymbolKind.Function, range, range),
    ),
};
const hover = {
  provideHover: (document, position) => {
    const word = wordAt(document, position);
    return word ? new vscode.Hover(`stand-in: ${word}`) : undefined;
  },
};
const completion = {
  provideCompletionItems: (document) =>
    functionsOf(document).map(
      ({ name }) => new vscode.CompletionItem(name, vscode.CompletionItemKind.Function),
    ),
};

/** What the editor has of all extensions at the words of the open text, into `report.json` of the workspace. */
async function report() {
  const { document } = vscode.window.activeTextEditor;
  const text = document.getText();
  const ask = (command, what) => {
    const at = document.positionAt(text.indexOf(what));
    return vscode.commands.executeCommand(`vscode.execute${command}`, document.uri, at);
  };
  const shown = (hovers) => hovers.map(({ contents }) => contents.map(({ value }) => value).join('\n'));
  const written = {
    definitions: (await ask('DefinitionProvider', 'ring_setup(ring);')).length,
    structDefinitions: (await ask('DefinitionProvider', 'ring_driver = {')).length,
    symbols: (await ask('DocumentSymbolProvider', 'ring')).map(({ name }) => name),
    completions: (await ask('CompletionItemProvider', 'ring_setup(ring);')).items.map(({ label }) => label),
    hoverOnFunction: shown(await ask('HoverProvider', 'ring_setup(struct')),
    hoverOnDriver: shown(await ask('HoverProvider', 'ring_driver = {')),
  };
  const path = join(vscode.workspace.workspaceFolders[0].uri.fsPath, 'report.json');
  // Whoever waits for it reads the whole.
  writeFileSync(`${path}.new`, JSON.stringify(written));
  renameSync(`${path}.new`, path);
}

exports.activate = ({ subscriptions }) => {
  subscriptions.push(
    vscode.languages.registerDefinitionProvider(C, definition),
    vscode.languages.registerDocumentSymbolProvider(C, symbols),
    vscode.languages.registerHoverProvider(C, hover),
    vscode.languages.registerCompletionItemProvider(C, completion),
    vscode.commands.registerCommand('cLanguage.report', report),
  );
};
