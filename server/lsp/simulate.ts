import { simulate } from '../../simulator/kexec/engine.ts';
import { scenarioFromDriver } from '../../simulator/kexec/from-driver.ts';
import { resolveScenario } from '../../simulator/kexec/scenario.ts';
import type { PolicyChoice } from '../../simulator/kexec/scenario-types.ts';
import type { Today } from '../../simulator/kexec/today.ts';
import type { Driver } from '../audit/model.ts';
import type { Subject } from './simulation-types.ts';

/** The policies of today's kernels and those that are proposed, and the control: a driver with a hook. */
const SHOWN: readonly PolicyChoice[] = ['bypass', 'abort', 'reset', 'retain', 'kdump', 'hook'];

const CACHE = 64;
const known = new Map<string, string>();

/** The simulator's verdict under each policy in one line; undefined where the device does no DMA of its own. */
export function verdictsOf(driver: Driver): string | undefined {
  if (!['provider', 'direct', 'library'].includes(driver.dma.class)) return undefined;
  const key = JSON.stringify([
    driver.file,
    driver.instance,
    driver.hook.state,
    driver.dma,
    driver.quiescedBy,
  ]);
  let line = known.get(key);
  if (line === undefined) {
    const { input } = scenarioFromDriver(driver);
    const { outcomes } = simulate(resolveScenario(input), { policies: SHOWN });
    line = outcomes.map(({ policy, verdict }) => `${policy} ${verdict}`).join(' · ');
    known.set(key, line);
    if (known.size > CACHE) known.delete(known.keys().next().value!);
  }
  return line;
}

/**
 * A driver's kexec for a client that simulates it itself.
 * @param root absolute path of the tree
 */
export function simulationSubject(root: string, driver: Driver, today: Today): Subject {
  const { instance, file, line, dma, hook, match } = driver;
  return {
    root,
    driver: {
      instance,
      file,
      line,
      dma: `DMA ${dma.class}, ${dma.kind}`,
      hook: hook.state,
      compatibles: match.of,
    },
    ...scenarioFromDriver(driver),
    today,
  };
}

/** What a simulated kexec of a driver's device says under every policy, as Markdown. */
export function simulationPage(driver: Driver): string {
  const { input, assumptions } = scenarioFromDriver(driver);
  const result = simulate(resolveScenario(input));
  const rows = result.outcomes
    .filter((outcome) => outcome.applicable)
    .map(
      ({ policy, verdict, reason }) =>
        `| \`${policy}\` | **${verdict}** | ${reason.replaceAll('|', '\\|')} |`,
    );
  const taken = assumptions.map(({ field, value, because, file, line }) => {
    const where = file ? ` (${file}:${line})` : '';
    return `- \`${field}\` = ${value}: ${because}${where}`;
  });
  return [
    `# kexec with ${driver.instance}`,
    '',
    `${driver.file}:${driver.line} · DMA ${driver.dma.class}, ${driver.dma.kind} · hook ${driver.hook.state}`,
    '',
    result.landing,
    '',
    '| Policy | Verdict | Why |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '## Taken from the driver, or assumed',
    '',
    ...taken,
    '',
  ].join('\n');
}
