/** One policy over time: the tracks of its accesses and the memory under them, with the playhead across both. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { PHASE_TEXT, PHASES } from '../../../simulator/kexec/clock.ts';
import { formatTime, hex, type Span } from '../../../simulator/machine/address.ts';
import { MARKS } from '../../../simulator/view/marks.ts';
import { drawMemory, labelsOf, labelText, lanesFor, memoryHit } from '../draw/memory.ts';
import { timeScale } from '../draw/scales.ts';
import { drawSoon } from '../draw/soon.ts';
import { type Colours, prepared } from '../draw/theme.ts';
import { drawTracks, STEPS_HEIGHT, TRACK_HEIGHT, TRACKS, TRACKS_HEIGHT, trackHit } from '../draw/tracks.ts';
import type { Played } from '../sim/protocol.ts';
import { phaseEdges, type Zoom } from '../state.ts';
import { PageView } from './page.tsx';
import { VerdictName } from './verdict.tsx';

export const GUTTER = 132;
const MEMORY_HEIGHT = 236;

export interface ViewProps {
  readonly played: Played;
  readonly compared: boolean;
  readonly t: number;
  readonly index: number;
  readonly zoom: Zoom;
  /** Where accesses landed in this policy or the one beside it. */
  readonly hits: readonly Span[];
  readonly colours: Colours;
  readonly setZoom: (zoom: Zoom) => void;
  /** The playhead goes to a moment, or on by some accesses. */
  readonly seek: (t: number) => void;
  readonly step: (by: number) => void;
  readonly hover: (index: number) => void;
}

/** Width of an element as it changes. */
function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, set] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => set(Math.floor(entry!.contentRect.width)));
    if (box.current) {
      set(Math.floor(box.current.clientWidth));
      observer.observe(box.current);
    }
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

const KEYS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
  End: 1e9,
  Home: -1e9,
};

export function PolicyView(props: ViewProps) {
  const { played, t, index, zoom, hits, colours } = props;
  const { outcome, columns } = played;
  const map = played.map!;
  const clock = played.clock!;
  const [box, full] = useWidth();
  const width = Math.max(120, full - GUTTER);
  const tracks = useRef<HTMLCanvasElement>(null);
  const memory = useRef<HTMLCanvasElement>(null);
  const x = useMemo(() => timeScale(clock, width), [clock, width]);
  const edges = useMemo(() => phaseEdges(clock), [clock]);
  const lanes = useMemo(() => lanesFor(map, hits, zoom.span, MEMORY_HEIGHT), [map, hits, zoom.span]);
  const labels = useMemo(() => labelsOf(map, lanes, zoom.span !== null), [map, lanes, zoom.span]);

  useEffect(() => {
    const canvas = tracks.current;
    if (!canvas || full === 0) return;
    return drawSoon(() => {
      const context = prepared(canvas, width, TRACKS_HEIGHT);
      drawTracks(context, width, columns, outcome.steps, x, edges, colours);
    });
  }, [columns, x, edges, colours, full, width, outcome.steps]);
  useEffect(() => {
    const canvas = memory.current;
    if (!canvas || full === 0) return;
    return drawSoon(() => {
      const context = prepared(canvas, width, MEMORY_HEIGHT);
      drawMemory(context, width, MEMORY_HEIGHT, lanes, map, columns, x, edges, colours);
    });
  }, [columns, map, lanes, x, edges, colours, full, width]);

  const hit = (event: PointerEvent): number => {
    const canvas = event.currentTarget as HTMLCanvasElement;
    const { left, top } = canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - left, event.clientY - top];
    return canvas === tracks.current ? trackHit(columns, x, px, py) : memoryHit(columns, lanes, x, px, py);
  };
  const scrub = (event: PointerEvent): void => {
    const { left } = tracks.current!.getBoundingClientRect();
    props.seek(Math.round(x.invert(event.clientX - left)));
  };
  const pointer = {
    onPointerDown: (event: PointerEvent) => {
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      const found = hit(event);
      if (found >= 0) props.step(found - index);
      else scrub(event);
    },
    onPointerMove: (event: PointerEvent) => {
      if (event.buttons === 1) scrub(event);
      else props.hover(hit(event));
    },
    onPointerLeave: () => props.hover(-1),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = KEYS[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    props.step(by);
  };
  const done = `${index + 1} of ${columns.count}`;
  const playhead = GUTTER + x(t);
  const valueText = `${formatTime(t)}, ${phaseName(edges, t)}, transaction ${done}`;

  return (
    <section class="view" aria-label={`Policy ${outcome.policy}`} ref={box}>
      <header class="view-head">
        <h3>{outcome.policy}</h3>
        <VerdictName verdict={outcome.verdict} />
        <span class="reason">{outcome.reason}.</span>
      </header>
      <div class="phases" aria-hidden="true">
        {PHASES.map((phase, i) => {
          const left = GUTTER + x(edges[i]!);
          const wide = x(edges[i + 1]!) - x(edges[i]!);
          return (
            <span key={phase} title={PHASE_TEXT[phase]} style={{ left: `${left}px`, width: `${wide}px` }}>
              {phase}
              {wide > 90 && <small>{formatTime(edges[i]!)}</small>}
            </span>
          );
        })}
      </div>
      <div class="plot">
        <div class="track-names" style={{ height: `${TRACKS_HEIGHT}px` }}>
          <span
            style={{ height: `${STEPS_HEIGHT}px` }}
            title="Register and table writes of the two kernels' SMMU drivers"
          >
            SMMU writes
          </span>
          {TRACKS.map((name, i) => (
            <span key={name} title={MARKS[i]![1]} style={{ height: `${TRACK_HEIGHT}px` }}>
              <i class={`dot mark-${MARKS[i]![0]}`} aria-hidden="true" />
              {name}
            </span>
          ))}
        </div>
        <canvas
          ref={tracks}
          class="tracks"
          style={{ left: `${GUTTER}px`, width: `${width}px`, height: `${TRACKS_HEIGHT}px` }}
          role="slider"
          tabIndex={0}
          aria-label={`Timeline of ${outcome.policy}`}
          aria-valuemin={0}
          aria-valuemax={columns.count}
          aria-valuenow={index + 1}
          aria-valuetext={valueText}
          onKeyDown={onKeyDown}
          {...pointer}
        />
        <div class="memory" style={{ height: `${MEMORY_HEIGHT}px` }}>
          <div class="lanes">
            {labels.map((label) => (
              <button
                type="button"
                key={label.start}
                class={label.hit ? 'lane hit' : 'lane'}
                title={`${labelText(label)}: zoom`}
                style={{ top: `${label.top}px`, height: `${label.height}px` }}
                onClick={() => props.setZoom({ ...zoom, span: { start: label.start, end: label.end } })}
              >
                <span>{label.name}</span>
                {label.height >= 27 && <small>{hex(label.start)}</small>}
                <i class="hidden-text">, zoom</i>
              </button>
            ))}
          </div>
          <canvas
            ref={memory}
            role="img"
            aria-label={`Physical memory over time under ${outcome.policy}: ${outcome.reason}`}
            style={{ left: `${GUTTER}px`, width: `${width}px`, height: `${MEMORY_HEIGHT}px` }}
            {...pointer}
          />
        </div>
        <div
          class="future"
          style={{ left: `${GUTTER}px`, width: `${width}px`, clipPath: `inset(0 0 0 ${x(t)}px)` }}
        />
        <div class="playhead" style={{ transform: `translateX(${playhead}px)` }} />
      </div>
      {zoom.span && (
        <p class="crumbs">
          <button type="button" class="link" onClick={() => props.setZoom({ ...zoom, span: null })}>
            all of memory
          </button>{' '}
          / {hex(zoom.span.start)} to {hex(zoom.span.end - 1)}
        </p>
      )}
      {zoom.page !== null && (
        <PageView
          page={zoom.page}
          t={t}
          index={index}
          columns={columns}
          map={map}
          colours={colours}
          policy={outcome.policy}
          close={() => props.setZoom({ ...zoom, page: null })}
        />
      )}
    </section>
  );
}

function phaseName(edges: readonly number[], t: number): string {
  let i = 0;
  while (i < PHASES.length - 1 && t >= edges[i + 1]!) i++;
  return PHASES[i]!;
}
