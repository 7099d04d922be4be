/** The outcomes as text: a table of policies, the reasons, what was assumed. For a terminal and for a commit message. */

import { PHASE_TEXT, PHASES } from '../kexec/clock.ts';
import type { PolicyFrequency, SimulationResult } from '../kexec/engine.ts';
import { formatFrequency } from '../kexec/frequency.ts';
import type { Effect, PolicyOutcome, TimelineEntry } from '../kexec/outcome-types.ts';
import { VERDICTS } from '../kexec/outcome-types.ts';
import { formatSize, formatTime, hex } from '../machine/address.ts';
import { assumedGroups } from './assumed.ts';

/** The colours that a terminal has; picocolors' object is one. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  magenta(text: string): string;
  cyan(text: string): string;
}

const same = (text: string) => text;

/** No colours: for files and pipes. */
export const PLAIN: Paint = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  magenta: same,
  cyan: same,
};

function paintOf(effect: Effect, paint: Paint): (text: string) => string {
  switch (effect) {
    case 'corrupts':
      return (text) => paint.bold(paint.red(text));
    case 'leaks':
      return paint.magenta;
    case 'breaks-target':
      return paint.yellow;
    case 'unknown':
      return paint.cyan;
    case 'blocked':
    case 'safe':
      return paint.green;
    case 'self-alias':
      return paint.dim;
  }
}

interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
  readonly right?: boolean;
}

/** Columns wide enough for their contents; the paint goes on after the padding, so it takes no width. */
function grid(rows: readonly (readonly Cell[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.text.length);
    });
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const last = i === row.length - 1 && !cell.right;
        const padded = cell.right
          ? cell.text.padStart(widths[i]!)
          : last
            ? cell.text
            : cell.text.padEnd(widths[i]!);
        return (cell.paint ?? same)(padded);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Breaks at blanks; following lines begin with `indent`. */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)![0];
  let empty = true;
  for (const word of text.trimStart().split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line = empty ? line + word : `${line} ${word}`;
    empty = false;
  }
  if (line) lines.push(line);
  return lines;
}

const COLUMNS = 100;

function count(value: number): Cell {
  return { text: value === 0 ? '-' : String(value), right: true };
}

function bytes(value: number): Cell {
  return { text: value === 0 ? '-' : formatSize(value), right: true };
}

function policyRow(o: PolicyOutcome, paint: Paint): Cell[] {
  if (!o.applicable) return [{ text: o.policy }, { text: '-' }, { text: 'does not apply', paint: paint.dim }];
  const faults = Object.values(o.faults).reduce((a, b) => a + b, 0);
  const { interrupts, targetDma } = o;
  const irqs =
    interrupts.beforeHandler + interrupts.handled === 0
      ? '-'
      : `${interrupts.beforeHandler}+${interrupts.handled}`;
  const dma =
    targetDma.tried === 0
      ? '-'
      : targetDma.failed === 0
        ? 'works'
        : `fails ${targetDma.failed}/${targetDma.tried}`;
  return [
    { text: o.policy, paint: paint.bold },
    { text: o.row },
    { text: o.verdict, paint: paintOf(o.verdict, paint) },
    bytes(o.bytesOverwritten),
    bytes(o.bytesLeaked),
    count(o.blocked),
    count(faults),
    { text: irqs, right: true },
    { text: dma, ...(targetDma.failed > 0 ? { paint: paint.yellow } : {}) },
  ];
}

/** What the columns are called; `irqs` is `before a handler + handled`. */
const HEAD = [
  'policy',
  'row',
  'verdict',
  'overwritten',
  'leaked',
  'blocked',
  'faults',
  'irqs',
  "target's DMA",
];

function table(result: SimulationResult, paint: Paint): string[] {
  const head = HEAD.map((text, i): Cell => ({ text, paint: paint.dim, right: i >= 3 && i <= 7 }));
  return grid([head, ...result.outcomes.map((o) => policyRow(o, paint))]);
}

function effectsLine(o: PolicyOutcome, paint: Paint): string {
  const more = o.effects.filter((e) => e !== o.verdict);
  return more.length > 0 ? paint.dim(` (also: ${more.join(', ')})`) : '';
}

/** Reasons that are the same for several policies are said once. */
function reasons(result: SimulationResult, paint: Paint): string[] {
  const groups = new Map<string, PolicyOutcome[]>();
  for (const o of result.outcomes) {
    const key = `${o.reason}|${o.unknowns.join('|')}|${o.notes.join('|')}|${o.effects.join()}`;
    groups.set(key, [...(groups.get(key) ?? []), o]);
  }
  const lines: string[] = [];
  for (const group of groups.values()) {
    const [o] = group;
    const names = group.map((g) => g.policy).join(', ');
    lines.push(paint.bold(names) + effectsLine(o!, paint));
    lines.push(...wrap(`  ${o!.reason}.`, COLUMNS, '  '));
    const rest = o!.verdict === 'unknown' ? o!.unknowns.slice(1) : o!.unknowns;
    for (const text of rest) lines.push(...wrap(`  Unknown: ${text}.`, COLUMNS, '    ').map(paint.cyan));
    for (const text of o!.notes) lines.push(...wrap(`  Note: ${text}.`, COLUMNS, '    ').map(paint.dim));
  }
  return lines;
}

function assumptions(result: SimulationResult, paint: Paint): string[] {
  return assumedGroups(result.scenario.assumptions).flatMap(({ fields, because, file, line }) => {
    const at = file ? ` [${file}${line ? `:${line}` : ''}]` : '';
    return wrap(`  ${fields.join(', ')}: ${because}${at}`, COLUMNS, '    ').map(paint.dim);
  });
}

function frequencyRows(frequencies: readonly PolicyFrequency[], paint: Paint): string[] {
  const runs = Object.values(frequencies.find((f) => f.applicable)?.verdicts ?? {})[0]?.runs ?? 0;
  const head: Cell[] = [
    { text: 'policy', paint: paint.dim },
    { text: `verdicts in ${runs} runs (95 % interval)`, paint: paint.dim },
  ];
  const rows = frequencies
    .filter((f) => f.applicable)
    .map((f): Cell[] => {
      const text = VERDICTS.filter((v) => f.verdicts[v])
        .map((v) => paintOf(v, paint)(`${v} ${formatFrequency(f.verdicts[v]!)}`))
        .join(', ');
      return [{ text: f.policy, paint: paint.bold }, { text }];
    });
  return grid([head, ...rows]);
}

/** What to print beside the table. */
export interface TableOptions {
  readonly paint?: Paint;
  readonly frequencies?: readonly PolicyFrequency[];
  /** Every transaction of each outcome. */
  readonly trace?: boolean;
}

/** One transaction on one line. */
export function traceLine(e: TimelineEntry): string {
  const where =
    e.pieces.length > 0
      ? e.pieces.map((p) => `${hex(p.pa)}+${p.len} ${p.owner.label}`).join('; ')
      : 'nothing arrives';
  const faults = e.faults.length > 0 ? ` [${e.faults.join(', ')}]` : '';
  const second = e.secondOrder ? ' (address read from foreign memory)' : '';
  return `${formatTime(e.t).padStart(9)} ${e.phase} ${e.dir.padEnd(5)} ${e.purpose} ${hex(e.iova)}+${e.len} -> ${e.response}: ${where}${faults}${second}`;
}

function traces(result: SimulationResult, paint: Paint): string[] {
  const lines: string[] = [];
  for (const o of result.outcomes) {
    if (!o.applicable) continue;
    lines.push('', paint.bold(`${o.policy}: what the drivers do to the SMMU`));
    for (const s of o.steps)
      lines.push(`${formatTime(s.t).padStart(9)} ${s.who.padEnd(4)} ${s.text} ${paint.dim(s.source)}`);
    lines.push('', paint.bold(`${o.policy}: every access of the device`), ...o.timeline.map(traceLine));
  }
  return lines;
}

/** The report for a terminal. Ends with a newline. */
export function simulationTable(result: SimulationResult, options: TableOptions = {}): string {
  const paint = options.paint ?? PLAIN;
  const { scenario, clock } = result;
  const { board, device } = scenario;
  const smmu = board.smmu ? `SMMUv${board.smmu.version} (${board.smmu.model})` : 'no SMMU';
  const what = scenario.kdump ? 'crash kexec (kdump)' : 'kexec';
  const starts = [0, clock.jump, clock.p2, clock.p3, clock.p4];
  const lines = [
    paint.bold(`${scenario.name}: ${what} on ${board.title}`),
    `${smmu}; ${device.name}: ${device.kind} on ${device.bus}, stream ${hex(device.streamId)}, ${device.maskBits} bit mask; next: ${scenario.target}`,
    ...wrap(`${result.landing}.`, COLUMNS, ''),
    '',
    ...table(result, paint),
    '',
    ...reasons(result, paint),
  ];
  if (result.fixedHits.length > 0) {
    lines.push('', paint.bold(paint.red('Memory that stays in use across the kexec')));
    for (const hit of result.fixedHits) lines.push(...wrap(`  ${hit.text}.`, COLUMNS, '    '));
  }
  if (options.frequencies) lines.push('', ...frequencyRows(options.frequencies, paint));
  lines.push('', paint.dim('Phases'));
  PHASES.forEach((p, i) => {
    lines.push(paint.dim(`  ${p} from ${formatTime(starts[i]!).padStart(8)}: ${PHASE_TEXT[p]}`));
  });
  if (scenario.assumptions.length > 0) lines.push('', paint.dim('Assumed'), ...assumptions(result, paint));
  if (options.trace) lines.push(...traces(result, paint));
  return `${lines.join('\n')}\n`;
}

/** A few lines for a commit message or a mail: plain text, 72 columns. */
export function simulationSummary(result: SimulationResult): string {
  const { scenario } = result;
  const lines = wrap(`Simulated kexec of ${scenario.name} on ${scenario.board.title}:`, 72, '');
  for (const o of result.outcomes) {
    if (o.applicable) lines.push(...wrap(`- ${o.policy}: ${o.verdict}. ${o.reason}.`, 72, '  '));
  }
  const assumed = scenario.assumptions.map((a) => `${a.field}=${a.value}`).join(', ');
  if (assumed) lines.push(...wrap(`Assumed: ${assumed}.`, 72, '  '));
  return `${lines.join('\n')}\n`;
}
