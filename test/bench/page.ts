/** The page of figures. */
import { type Measured, median } from './timed.ts';

const PARTS: readonly (readonly [prefix: string, title: string])[] = [
  ['cold/', 'Without a cache: drivers and sound'],
  ['tree/', 'Without a cache: drivers, sound, net and arch'],
  ['warm/', 'With a full cache'],
  ['directory/', 'Directories and files, beside Coccinelle'],
  ['scaling/', 'Scaling'],
];

/** docs/performance.md: what was measured, and the notes that a person wrote. */
export function pageOf(rows: readonly Measured[], notes: string): string {
  const machines = [...new Set(rows.map(({ machine, tree }) => `${tree}; ${machine}`))];
  return [
    '# Performance',
    '',
    'Made by `npm run bench -- --tree DIR`; each table is of one run, in which things took turns. Median (least to most; runs);',
    '"to" is the median of the ratios turn by turn. CPU seconds say how much work it is, also on a machine that is busy.',
    '',
    ...machines,
    '',
    ...PARTS.flatMap(([prefix, title]) => table(title, rows, prefix)),
    '![Time by threads and by size](performance.svg)',
    '',
    ...rows
      .filter(({ id }) => !id.includes('/'))
      .flatMap(({ what, note }) => [
        `## ${what.replace(/^the (\w)/, (_, c) => `The ${c}`)}`,
        '',
        '```',
        note ?? '',
        '```',
        '',
      ]),
    notes.trim(),
    '',
  ].join('\n');
}

function table(title: string, rows: readonly Measured[], prefix: string): string[] {
  const own = rows.filter(({ id }) => id.startsWith(prefix));
  if (own.length === 0) return [];
  return [
    `## ${title}`,
    '',
    '| what | wall s | CPU s | peak MB | to | limit |',
    '|---|---|---|---|---|---|',
    ...own.map((row) => line(row, rows)),
    '',
    ...own.flatMap(({ what, note }) => (note ? [`${what}: ${note}.`, ''] : [])),
  ];
}

function line(row: Measured, rows: readonly Measured[]): string {
  const peer = rows.find(({ id }) => id === row.beside);
  const ratio = peer && ratioOf(row.wall, peer.wall);
  const cpu = peer && ratioOf(row.cpu, peer.cpu);
  const to = ratio === undefined ? '' : `${show(ratio)} (CPU ${show(cpu!)}) to ${peer!.what}`;
  const more = peer && median(row.wall) - median(peer.wall);
  const within = (more ?? Infinity) <= (row.slack ?? -Infinity);
  const limits = [
    ...(row.limit === undefined
      ? []
      : [
          `${show(row.limit)}${row.slack === undefined ? '' : ` or ${row.slack} s more`} ` +
            held(within || (ratio ?? Infinity) <= row.limit),
        ]),
    ...(row.most === undefined ? [] : [`${row.most} MB ${held(median(row.rss) <= row.most)}`]),
  ];
  return `| ${row.what} | ${spread(row.wall)} | ${median(row.cpu).toFixed(2)} | ${Math.round(median(row.rss))} | ${to} | ${limits.join(', ')} |`;
}

function held(isHeld: boolean): string {
  return isHeld ? 'kept' : '**not kept**';
}

/** The median of what one is of the other, turn by turn. */
function ratioOf(own: readonly number[], other: readonly number[]): number {
  return own.length === other.length
    ? median(own.map((value, turn) => value / other[turn]!))
    : median(own) / median(other);
}

function spread(values: readonly number[]): string {
  const middle = median(values).toFixed(2);
  return values.length === 1
    ? `${middle} (1 run)`
    : `${middle} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}; ${values.length} runs)`;
}

function show(ratio: number): string {
  return ratio >= 0.1 ? ratio.toFixed(2) : ratio.toFixed(3);
}
