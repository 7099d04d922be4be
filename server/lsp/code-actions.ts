import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type Diagnostic,
  type TextEdit,
} from 'vscode-languageserver/node.js';
import type { Driver } from '../audit/model.ts';
import { buildHook, canInsert } from '../fix/insert.ts';
import type { DiagnosticData } from './diagnostics.ts';
import { linesOf, pathOf, type Session } from './session.ts';

/** What an action that is worked out later remembers. */
interface ActionData {
  readonly uri: string;
  readonly instance: string;
}

/** Quick fixes of a finding: insert a hook, suppress with a reason, explain the rule, open the simulation. */
export function registerCodeActions(session: Session): void {
  const { connection, live, capabilities } = session;
  const canResolve =
    capabilities.textDocument?.codeAction?.resolveSupport?.properties.includes('edit') ?? false;

  connection.onCodeAction(async (params, token): Promise<CodeAction[]> => {
    const path = pathOf(params.textDocument.uri);
    if (path === undefined || params.context.only?.every((kind) => !CodeActionKind.QuickFix.startsWith(kind)))
      return [];
    await session.judged(path);
    const actions: CodeAction[] = [];
    for (const diagnostic of params.context.diagnostics) {
      if (token.isCancellationRequested) return [];
      if (diagnostic.source !== 'quiesce') continue;
      const data = diagnostic.data as DiagnosticData | undefined;
      const drivers = live.driversOf(path);
      const driver =
        drivers.find(({ instance }) => instance === data?.instance) ??
        drivers.find(({ line }) => live.lineNow(path, line) === diagnostic.range.start.line + 1);
      if (driver) actions.push(...(await actionsOf(params, path, driver, diagnostic)));
    }
    return actions;
  });

  if (canResolve) {
    connection.onCodeActionResolve(async (action) => {
      const { uri, instance } = action.data as ActionData;
      const path = pathOf(uri);
      const driver =
        path === undefined ? undefined : live.driversOf(path).find((one) => one.instance === instance);
      if (path === undefined || !driver) return action;
      const made = await insertHook(path, driver);
      return made ? { ...action, title: made.title, edit: { changes: { [uri]: made.edits } } } : action;
    });
  }

  async function actionsOf(
    { textDocument: { uri } }: CodeActionParams,
    path: string,
    driver: Driver,
    diagnostic: Diagnostic,
  ): Promise<CodeAction[]> {
    const common = { kind: CodeActionKind.QuickFix, diagnostics: [diagnostic] };
    const rule = String(diagnostic.code);
    const actions: CodeAction[] = [];
    if (canInsert(driver)) {
      if (canResolve) {
        const data: ActionData = { uri, instance: driver.instance };
        actions.push({ ...common, title: `Insert a .shutdown hook for ${driver.instance}`, data });
      } else {
        const made = await insertHook(path, driver);
        if (made) actions.push({ ...common, title: made.title, edit: { changes: { [uri]: made.edits } } });
      }
    }
    const suppression = suppress(path, diagnostic, rule);
    if (suppression) {
      actions.push({
        ...common,
        title: `Suppress ${rule} with a reason`,
        edit: { changes: { [uri]: [suppression] } },
      });
    }
    const { clientCommands } = session.settings;
    actions.push({
      ...common,
      title: `Explain ${rule}`,
      command: {
        title: 'Explain',
        command: clientCommands ? 'quiesce.explainRule' : 'quiesce.server.explain',
        arguments: [rule],
      },
    });
    actions.push({
      ...common,
      title: `Simulate a kexec with ${driver.instance}`,
      command: {
        title: 'Simulate',
        command: clientCommands ? 'quiesce.showSimulation' : 'quiesce.server.simulate',
        arguments: [{ uri, instance: driver.instance }],
      },
    });
    return actions;
  }

  async function insertHook(
    path: string,
    driver: Driver,
  ): Promise<{ title: string; edits: TextEdit[] } | undefined> {
    const lines = linesOf(session, path);
    if (!lines) return undefined;
    const { root } = live.locate(path);
    const hook = await buildHook(root, driver, lines.text);
    if (!hook) return undefined;
    const edits = hook.insertions.map(({ at, text }) => {
      const position = lines.positionAt(at);
      return { range: { start: position, end: position }, newText: text };
    });
    const by = hook.by === null ? 'TODO: no stop routine is known' : hook.by;
    return { title: `Insert a .shutdown hook for ${driver.instance} (${by})`, edits };
  }

  /** A comment above the driver struct; the reason is for the author to write. */
  function suppress(path: string, diagnostic: Diagnostic, rule: string): TextEdit | undefined {
    const lines = linesOf(session, path);
    if (!lines || rule === 'unknown-rule' || rule === 'unused-suppression') return undefined;
    const { line } = diagnostic.range.start;
    const indent = /^\s*/.exec(lines.line(line))![0];
    const position = { line, character: 0 };
    const eol = lines.text.includes('\r\n') ? '\r\n' : '\n';
    return {
      range: { start: position, end: position },
      newText: `${indent}/* quiesce-ignore ${rule}: say here who stops the device */${eol}`,
    };
  }
}
