import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node.js';
import { RULES } from '../audit/rules/index.ts';
import { linesOf, pathOf, type Session } from './session.ts';

/** Completes the names of rules in a suppression comment, and nothing else: C is another server's business. */
export function registerCompletion(session: Session): void {
  session.connection.onCompletion(({ textDocument, position }): CompletionItem[] => {
    const path = pathOf(textDocument.uri);
    const lines = path === undefined ? undefined : linesOf(session, path);
    if (!lines) return [];
    const offset = lines.offsetAt(position);
    const before = lines.text.slice(lines.startOf(position.line), offset);
    const typed = /quiesce-ignore[ \t]+([\w-]*)$/.exec(before)?.[1];
    if (typed === undefined) return [];
    const start = lines.positionAt(offset - typed.length);
    return RULES.map((rule) => ({
      label: rule.id,
      kind: CompletionItemKind.EnumMember,
      detail: rule.summary,
      documentation: { kind: 'markdown', value: rule.documentation },
      textEdit: { range: { start, end: position }, newText: `${rule.id}: ` },
      filterText: rule.id,
    }));
  });
}
