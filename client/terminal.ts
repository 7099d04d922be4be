import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ExtensionContext } from 'vscode';

/** Puts `quiesce` on the PATH of integrated terminals: the bundled CLI, run by the extension host's own Node. */
export function offerCli(context: ExtensionContext): void {
  const cli = join(context.extensionPath, 'dist', 'cli.js');
  if (!existsSync(cli)) return;
  const bin = join(context.globalStorageUri.fsPath, 'bin');
  try {
    mkdirSync(bin, { recursive: true });
    const node = process.execPath;
    // Electron's binary is Node with this set.
    const script = `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec '${quote(node)}' '${quote(cli)}' "$@"\n`;
    writeFileSync(join(bin, 'quiesce'), script);
    chmodSync(join(bin, 'quiesce'), 0o755);
    const batch = `@echo off\r\nset ELECTRON_RUN_AS_NODE=1\r\n"${node}" "${cli}" %*\r\n`;
    writeFileSync(join(bin, 'quiesce.cmd'), batch);
  } catch {
    // A read-only host: no command in the terminal.
    return;
  }
  context.environmentVariableCollection.description = 'The quiesce command line tool';
  context.environmentVariableCollection.append('PATH', `${delimiter}${bin}`);
}

function quote(text: string): string {
  return text.replaceAll("'", "'\\''");
}
