import { scaleLinear } from 'd3-scale';
import { useState } from 'preact/hooks';
import type { Grouping, GroupRow } from '../../../server/report/html/data.ts';
import { usePage } from '../context.ts';
import type { Facet, Query } from '../query.ts';

const TITLES = {
  subsystem: 'By subsystem',
  bus: 'By bus',
  class: 'By class of DMA',
} as const;

/** The parts of a bar, in their order. */
const PARTS = [
  ['warning', 'warning'],
  ['note', 'note'],
  ['hook', 'has a hook'],
  ['other', 'stopped by somebody else, or nothing to say'],
] as const;

const SHOWN = 12;
interface Props {
  readonly query: Query;
  readonly onChoose: (facet: Facet, value: string | undefined) => void;
  /** Show all rows. */
  readonly isWhole: boolean;
}

/** Drivers that do DMA, counted three ways. A row's name filters the list below. */
export function Plots({ query, onChoose, isWhole }: Props) {
  const { groups } = usePage().data;
  return (
    <section class="plots" aria-labelledby="plots">
      <h2 id="plots">Where they are</h2>
      <ul class="legend" aria-label="Parts of the bars: drivers that do DMA">
        {PARTS.map(([part, name]) => (
          <li key={part}>
            <svg width="12" height="12" aria-hidden="true">
              <rect width="12" height="12" class={`bar-${part}`} />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <div class="plot-grid">
        {groups.map((grouping) => (
          <Plot key={grouping.by} grouping={grouping} query={query} onChoose={onChoose} isWhole={isWhole} />
        ))}
      </div>
    </section>
  );
}

function Plot({ grouping, query, onChoose, isWhole }: Props & { grouping: Grouping }) {
  const { by, rows } = grouping;
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen || isWhole ? rows : rows.slice(0, SHOWN);
  const most = Math.max(1, ...rows.map(total));
  const scale = scaleLinear().domain([0, most]).range([0, 100]).nice(4);
  const chosen = query.facets[by];
  return (
    <div class="plot">
      <h3 id={`plot-${by}`}>{TITLES[by]}</h3>
      <table aria-labelledby={`plot-${by}`}>
        <thead>
          <tr>
            <th scope="col">{by}</th>
            <th scope="col" class="axis">
              <span class="sr">bar, </span>
              <Axis ticks={scale.ticks(4)} scale={scale} />
            </th>
            <th scope="col" class="number">
              <abbr title="warnings">warn.</abbr>
            </th>
            <th scope="col" class="number">
              notes
            </th>
            <th scope="col" class="number">
              all
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.name} class={chosen === row.name ? 'chosen' : ''}>
              <th scope="row">
                <button
                  type="button"
                  class="link"
                  aria-pressed={chosen === row.name}
                  disabled={row.warning + row.note === 0}
                  onClick={() => onChoose(by, chosen === row.name ? undefined : row.name)}
                >
                  {row.name}
                </button>
              </th>
              <td class="axis">
                <Bar row={row} scale={scale} />
              </td>
              <td class="number">{row.warning || ''}</td>
              <td class="number">{row.note || ''}</td>
              <td class="number">{total(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && !isWhole && (
        <button type="button" class="link more" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Show fewer' : `Show all ${rows.length}`}
        </button>
      )}
    </div>
  );
}

/** Counts to per cent of the width. */
type Scale = (value: number) => number;

function Axis({ ticks, scale }: { ticks: readonly number[]; scale: Scale }) {
  return (
    <svg class="axis-line" aria-hidden="true">
      {ticks.map((tick) => (
        <text
          key={tick}
          x={`${scale(tick)}%`}
          y="11"
          text-anchor={tick === 0 ? 'start' : scale(tick) > 99 ? 'end' : 'middle'}
        >
          {tick}
        </text>
      ))}
    </svg>
  );
}

function Bar({ row, scale }: { row: GroupRow; scale: Scale }) {
  let at = 0;
  return (
    <svg class="bar" aria-hidden="true">
      {PARTS.map(([part, name]) => {
        const from = scale(at);
        at += row[part];
        if (row[part] === 0) return null;
        return (
          <rect key={part} x={`${from}%`} width={`${scale(at) - from}%`} height="100%" class={`bar-${part}`}>
            <title>{`${row.name}: ${row[part]} ${name}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function total(row: GroupRow): number {
  return row.warning + row.note + row.hook + row.other;
}
