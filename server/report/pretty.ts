import picocolors from 'picocolors';
import type { Driver } from '../audit/model.ts';
import { type ChangeReport, changeSentences } from './changes.ts';
import type { Report, Reported } from './findings.ts';
import type { Format } from './format.ts';
import type { Summary } from './summary.ts';
import { wrap } from './wrap.ts';

/** Findings for a person at a terminal: the place, what, why, what to do; then the totals. */
export const pretty: Format = {
  name: 'pretty',
  summary: 'for a person at a terminal',
  render: (report, { color }) => prettyReport(report, color),
};

function prettyReport(report: Report, color: boolean): string {
  const { totals, baseline, quiet, change } = report;
  const c = picocolors.createColors(color);
  const lines: string[] = [];
  for (const [group, reported] of groupsOf(report)) {
    if (group !== undefined) lines.push(c.underline(`${group} (${count(reported.length, 'finding')})`), '');
    for (const one of reported) lines.push(...findingLines(one, c), '');
  }
  if (!quiet)
    lines.push(...(change ? changeLines(change, c) : summaryLines(totals, c)), ...baselineLines(baseline));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** The findings by group, the groups by name; one without a name where nothing is grouped. */
function groupsOf({ reported, groupOf }: Report): [string | undefined, Reported[]][] {
  const groups = new Map<string | undefined, Reported[]>();
  for (const one of reported) {
    const group = groupOf?.(one.driver);
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  return [...groups].sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0));
}

function findingLines(
  { driver, finding }: Reported,
  c: ReturnType<typeof picocolors.createColors>,
): string[] {
  const [what, ...rest] = finding.message.split('\n');
  const severity = finding.severity === 'warning' ? c.yellow('warning') : c.cyan('note');
  const place = c.bold(`${driver.file}:${driver.line}:${driver.column}`);
  return [
    `${place}: ${severity}: ${what} ${c.dim(`[${finding.rule}]`)}`,
    ...rest.flatMap((part) => wrap(part, 96).map((line) => `    ${line}`)),
  ];
}

/** Drivers as a table. */
export function prettyInventory(drivers: readonly Driver[], totals: Summary, color: boolean): string {
  const c = picocolors.createColors(color);
  const rows = drivers.map((driver) => [
    `${driver.file}:${driver.line}`,
    driver.instance,
    driver.bus,
    driver.hook.state,
    driver.dma.class,
    driver.confidence,
  ]);
  const head = ['file', 'instance', 'bus', 'hook', 'dma', 'confidence'];
  const widths = head.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]!.length), title.length),
  );
  const print = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  return `${[c.bold(print(head)), ...rows.map(print), '', ...summaryLines(totals, c)].join('\n')}\n`;
}

/** What a change did besides its new findings, then the counts. */
function changeLines(report: ChangeReport, c: ReturnType<typeof picocolors.createColors>): string[] {
  const { changes, against, notes } = report;
  const lines = changeSentences(report).map(
    ({ kind, driver, text }) =>
      `${c.bold(`${driver.file}:${driver.line}`)}: ${kind === 'fixed' ? c.green(kind) : c.yellow(kind)}: ${text}`,
  );
  if (lines.length > 0) lines.push('');
  for (const note of notes) lines.push(c.dim(`Note: ${note}.`));
  const { introduced, fixed, weaker } = changes;
  const counts = `${introduced.length} introduced, ${fixed.length} fixed, ${weaker.length} made weaker`;
  return [...lines, `${counts} (${against}).`];
}

/** Entries of a baseline that are named one by one; more are only counted. */
const MOST_ENTRIES = 20;

function baselineLines(baseline: Report['baseline']): string[] {
  if (!baseline || baseline.known + baseline.fixed.length + baseline.gone.length === 0) return [];
  const { known, fixed, gone } = baseline;
  const lines = [
    `baseline: ${count(known, 'known finding')} not shown, ${fixed.length} fixed, ${gone.length} without their driver`,
  ];
  const named = [
    ...fixed.map((entry) => ({ what: 'fixed', ...entry })),
    ...gone.map((entry) => ({ what: 'gone ', ...entry })),
  ];
  for (const { what, file, instance, rule } of named.slice(0, MOST_ENTRIES))
    lines.push(`  ${what} ${file}: ${instance} [${rule}]`);
  if (named.length > MOST_ENTRIES) lines.push(`  and ${named.length - MOST_ENTRIES} more`);
  if (named.length > 0) lines.push('  --write-baseline takes them out');
  return lines;
}

function summaryLines(totals: Summary, c: ReturnType<typeof picocolors.createColors>): string[] {
  const lines = [
    `${count(totals.drivers, 'driver')} in ${count(totals.files, 'file')} (${totals.parsedFiles} parsed); ${totals.masters} do DMA themselves, ${totals.hooked} of them with a .shutdown hook.`,
  ];
  if (totals.loose > 0)
    lines.push(
      `${count(totals.loose, 'file')} that no Makefile claims, judged alone: code in other files was not seen.`,
    );
  if (totals.notJudged > 0)
    lines.push(
      `${count(totals.notJudged, 'driver')} not judged: code in the way did not parse or is not in the tree.`,
    );
  const found = `${count(totals.warnings, 'warning')}, ${count(totals.notes, 'note')}`;
  lines.push(totals.warnings > 0 ? c.yellow(found) : found);
  return lines;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
