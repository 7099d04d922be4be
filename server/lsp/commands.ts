import { ExecuteCommandRequest } from 'vscode-languageserver/node.js';
import type { Driver } from '../audit/model.ts';
import { RULES, ruleOf } from '../audit/rules/index.ts';
import { todayOf, todaySoFar } from '../project/todays-policy.ts';
import { rulePage } from '../report/rule-page.ts';
import { pathOf, type Session } from './session.ts';
import type { Subject } from './simulation-types.ts';

/** Commands of the server, for clients without an extension of ours and for the extension itself. */
export const SERVER_COMMANDS = [
  'quiesce.server.simulate',
  'quiesce.server.simulation',
  'quiesce.server.today',
  'quiesce.server.explain',
  'quiesce.server.auditFile',
  'quiesce.server.auditWorkspace',
] as const;

/** A driver by its document and name. */
interface DriverName {
  readonly uri: string;
  readonly instance?: string;
}

/** Registers the commands; each returns what it has to say (Markdown, or counts). */
export function registerCommands(session: Session): void {
  const { connection, live } = session;
  connection.onRequest(ExecuteCommandRequest.type, async ({ command, arguments: given }) => {
    const argument = given?.[0] as unknown;
    switch (command) {
      case 'quiesce.server.simulate': {
        const driver = await find(argument as DriverName);
        const { simulationPage } = await import('./simulate.ts');
        const page = driver ? simulationPage(driver) : 'No driver is there.';
        if (!session.settings.clientCommands && driver) connection.window.showInformationMessage(brief(page));
        return page;
      }
      case 'quiesce.server.simulation':
        return subjectOf(argument as DriverName);
      // Apart from the subject: reading two large drivers takes longer than a person waits for a picture.
      case 'quiesce.server.today': {
        const path = pathOf((argument as DriverName).uri);
        return path === undefined ? null : todayOf(live.locate(path).root);
      }
      case 'quiesce.server.explain':
        return explain(String(argument ?? ''));
      case 'quiesce.server.auditFile': {
        const path = pathOf((argument as DriverName).uri);
        if (path === undefined) return null;
        await session.judged(path);
        const drivers = live.driversOf(path);
        return { drivers: drivers.length, findings: drivers.reduce((sum, d) => sum + d.findings.length, 0) };
      }
      case 'quiesce.server.auditWorkspace':
        session.reindex();
        return null;
      default:
        return null;
    }
  });

  /** What the panel simulates; null where no driver is. */
  async function subjectOf(name: DriverName): Promise<Subject | null> {
    const driver = await find(name);
    const path = pathOf(name.uri);
    if (!driver || path === undefined) return null;
    const { root } = live.locate(path);
    const { simulationSubject } = await import('./simulate.ts');
    return simulationSubject(root.root, driver, todaySoFar(root));
  }

  async function find({ uri, instance }: DriverName): Promise<Driver | undefined> {
    const path = pathOf(uri);
    if (path === undefined) return undefined;
    await session.judged(path);
    const drivers = live.driversOf(path);
    return drivers.find((driver) => driver.instance === instance) ?? drivers[0];
  }
}

/** A rule's page, or the list of rules, as Markdown. */
export function explain(id: string): string {
  const rule = ruleOf(id);
  if (rule) return rulePage(rule);
  return `# Rules\n\n${RULES.map((one) => `- \`${one.id}\`: ${one.summary}`).join('\n')}\n`;
}

function brief(page: string): string {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, 3).join('').replace(/[`*]/g, '').trim())
    .join(' · ');
}
