/** The plot of wall time by threads and by the size of what is checked. */
import { type Measured, median } from './timed.ts';

const WIDTH = 480;
const HEIGHT = 260;
const LEFT = 56;
const BOTTOM = 40;
const TOP = 16;
const SIZES = ['quarter', 'half', 'whole'] as const;
const SHARE = { quarter: 0.25, half: 0.5, whole: 1 } as const;
const COLOURS = ['#b04a1f', '#1f6fb0'] as const;

/** An SVG: one line a number of threads; empty axes when nothing was measured. */
export function plotOf(rows: readonly Measured[]): string {
  const lines = [1, 2].map((jobs) =>
    SIZES.flatMap((size) => {
      const row = rows.find(({ id }) => id === `scaling/${jobs}/${size}`);
      return row ? [{ share: SHARE[size], wall: median(row.wall) }] : [];
    }),
  );
  const most = Math.max(1, ...lines.flat().map(({ wall }) => wall)) * 1.1;
  const x = (share: number): number => LEFT + share * (WIDTH - LEFT - 90);
  const y = (wall: number): number => HEIGHT - BOTTOM - (wall / most) * (HEIGHT - BOTTOM - TOP);
  const step = 10 ** Math.floor(Math.log10(most)) / (most / 10 ** Math.floor(Math.log10(most)) < 3 ? 2 : 1);
  const marks = Array.from({ length: Math.floor(most / step) + 1 }, (_, at) => at * step);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<title>Wall time of a check of drivers/net/ethernet by threads and size</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...marks.map(
      (wall) =>
        `<path d="M${LEFT} ${y(wall).toFixed(1)}H${WIDTH - 90}" stroke="#ddd"/><text x="${LEFT - 6}" y="${(y(wall) + 4).toFixed(1)}" text-anchor="end">${wall} s</text>`,
    ),
    ...SIZES.map(
      (size) =>
        `<text x="${x(SHARE[size])}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${size === 'whole' ? 'all' : `a ${size}`}</text>`,
    ),
    ...lines.flatMap((line, at) => draw(line, x, y, COLOURS[at]!, at === 0 ? 'one thread' : 'two threads')),
    '</svg>',
    '',
  ].join('\n');
}

function draw(
  line: readonly { share: number; wall: number }[],
  x: (share: number) => number,
  y: (wall: number) => number,
  colour: string,
  label: string,
): string[] {
  const last = line.at(-1);
  if (!last) return [];
  const points = line.map(({ share, wall }) => `${x(share).toFixed(1)},${y(wall).toFixed(1)}`);
  return [
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...line.map(
      ({ share, wall }) =>
        `<circle cx="${x(share).toFixed(1)}" cy="${y(wall).toFixed(1)}" r="3" fill="${colour}"/>`,
    ),
    `<text x="${(x(last.share) + 8).toFixed(1)}" y="${(y(last.wall) + 4).toFixed(1)}" fill="${colour}">${label}</text>`,
  ];
}
