/**
 * Checks the findings against fixes that were really made: drivers that gained an effective hook from one tree to the
 * next must have a finding before and no warning after.
 *
 * Use: node test/run.js test/accuracy/gained.ts --before DIR --after DIR [--inventory-before FILE.jsonl]
 *        [--inventory-after FILE.jsonl] [--reasons test/accuracy/reasons-gained.tsv] [--write docs/accuracy-gained.md]
 * Exits 1 when an exception has no reason in the reasons file (file, instance, reason; parted by tabs).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type DriverPair, gainedHooks, pairTrees } from '../../server/audit/gained.ts';
import type { Driver } from '../../server/audit/model.ts';
import { RULES } from '../../server/audit/rules/index.ts';
import { kernelRootAt } from '../../server/tree/root.ts';
import { driversOf } from './draw.ts';
import { keyOf } from './truth.ts';

const HOOK_RULES = new Set(RULES.filter((rule) => rule.aboutHook).map((rule) => rule.id));

const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    after: { type: 'string' },
    'inventory-before': { type: 'string' },
    'inventory-after': { type: 'string' },
    reasons: { type: 'string', default: 'test/accuracy/reasons-gained.tsv' },
    write: { type: 'string' },
  },
});
if (!values.before || !values.after) {
  process.stderr.write('gained: give --before DIR and --after DIR, two kernel trees\n');
  process.exit(2);
}
const versions = [values.before, values.after].map((tree) => kernelRootAt(tree)?.version ?? tree);
const before = await driversOf(values.before, values['inventory-before']);
const after = await driversOf(values.after, values['inventory-after']);
const reasons = readReasons(values.reasons);
const text = report(pairTrees(before, after));
process.stdout.write(text.body);
if (values.write) writeFileSync(values.write, text.body);
if (text.unexplained > 0) process.stderr.write(`gained: ${text.unexplained} exceptions without a reason\n`);
process.exit(text.unexplained > 0 ? 1 : 0);

function report(pairs: readonly DriverPair[]): { body: string; unexplained: number } {
  const { effective, others } = gainedHooks(pairs);
  const fires = effective.filter(({ before }) => before.findings.some(({ rule }) => HOOK_RULES.has(rule)));
  const quiet = effective.filter(({ after }) => !warns(after));
  const exceptions: { pair: DriverPair; what: string }[] = [];
  for (const pair of effective) {
    if (!fires.includes(pair)) exceptions.push({ pair, what: `no finding in ${versions[0]}` });
    if (!quiet.includes(pair)) exceptions.push({ pair, what: `a warning in ${versions[1]}` });
  }
  const lines = [
    `# Drivers that gained a hook between Linux ${versions[0]} and ${versions[1]}`,
    '',
    'Made by `node test/run.js test/accuracy/gained.ts --before DIR --after DIR --write docs/accuracy-gained.md`. Of the',
    `drivers found in both trees (${pairs.length}; renamed files are followed by instance and ids), those that do DMA and got an`,
    'effective `.shutdown` in between. A checker counts when it fires before the real fix and not after.',
    '',
    '| | count |',
    '|---|---|',
    `| gained an effective hook, with DMA | ${effective.length} |`,
    `| finding of a shutdown rule in ${versions[0]} | ${fires.length} |`,
    `| no warning in ${versions[1]} | ${quiet.length} |`,
    `| gained a hook that is judged conditional, empty or ineffective | ${others.length} |`,
    '',
    `## Exceptions (${exceptions.length})`,
    '',
  ];
  let unexplained = 0;
  for (const { pair, what } of exceptions) {
    const reason = reasons.get(keyOf(pair.after.file, pair.after.instance));
    if (!reason) unexplained++;
    lines.push(
      `- \`${pair.after.file}\` \`${pair.after.instance}\`: ${what} (${say(pair.before)}). ${reason ?? 'NO REASON GIVEN'}`,
    );
  }
  lines.push('', '## Hooks gained that are not judged effective', '');
  for (const { after } of others) {
    const reason = reasons.get(keyOf(after.file, after.instance));
    lines.push(
      `- \`${after.file}\` \`${after.instance}\`: ${after.hook.state} \`${after.hook.function}\`.${reason ? ` ${reason}` : ''}`,
    );
  }
  lines.push('', '## All', '', '| driver | before | after |', '|---|---|---|');
  for (const { before, after } of effective) {
    lines.push(
      `| \`${after.file}\` \`${after.instance}\` | ${rulesOf(before)} | \`${after.hook.function}\`; ${rulesOf(after)} |`,
    );
  }
  return { body: `${lines.join('\n')}\n`, unexplained };
}

function warns(driver: Driver): boolean {
  return driver.findings.some(({ severity }) => severity === 'warning');
}

function rulesOf(driver: Driver): string {
  return driver.findings.map(({ rule, severity }) => `${severity} ${rule}`).join(', ') || 'nothing';
}

function say(driver: Driver): string {
  const by = driver.quiescedBy.map(({ kind, by }) => `, by ${kind} ${by}`).join('');
  return `${driver.dma.class}, ${driver.confidence}, hook ${driver.hook.state}${by}`;
}

function readReasons(file: string): Map<string, string> {
  if (!existsSync(file)) return new Map();
  return new Map(
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes('\t'))
      .map((line) => {
        const [path, instance, ...reason] = line.split('\t');
        return [keyOf(path!, instance!), reason.join(' ')];
      }),
  );
}
