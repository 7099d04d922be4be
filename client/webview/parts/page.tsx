/** One page of memory, byte by byte, as it is at the playhead. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { MemoryMap } from '../../../simulator/kexec/engine.ts';
import { formatSize, hex } from '../../../simulator/machine/address.ts';
import type { TimelineColumns } from '../../../simulator/view/columns.ts';
import { MARKS } from '../../../simulator/view/marks.ts';
import { fillOf } from '../../../simulator/view/svg-style.ts';
import { drawPage, ownerOf, PAGE_ROW, pageBytes } from '../draw/memory.ts';
import { type Colours, prepared } from '../draw/theme.ts';

const CELL = 4;

interface Props {
  readonly page: number;
  readonly t: number;
  readonly index: number;
  readonly columns: TimelineColumns;
  readonly map: MemoryMap;
  readonly colours: Colours;
  readonly policy: string;
  readonly close: () => void;
}

export function PageView({ page, t, index, columns, map, colours, policy, close }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const bytes = useMemo(() => pageBytes(columns, page, index), [columns, page, index]);
  const region = ownerOf(map, page, t);
  useEffect(() => {
    const side = PAGE_ROW * CELL;
    const context = prepared(canvas.current!, side, side);
    const fill = region ? fillOf(region.kind, region.side, region.live).slice(2) : 'free';
    drawPage(context, bytes, CELL, colours.fills[fill]!, colours);
  }, [bytes, region, colours]);
  const counts = MARKS.map(([mark, meaning], i) => ({
    mark,
    meaning,
    count: bytes.reduce((sum, b) => sum + (b === i ? 1 : 0), 0),
  })).filter(({ count }) => count > 0);
  const said = counts.map(({ count, meaning }) => `${formatSize(count)}: ${meaning}`).join('; ');
  return (
    <figure class="page">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Page ${hex(page)} under ${policy}: ${said || 'not touched so far'}`}
        style={{ width: `${PAGE_ROW * CELL}px`, height: `${PAGE_ROW * CELL}px` }}
      />
      <figcaption>
        <h4>Page {hex(page)}</h4>
        <p>{region?.label ?? 'no memory'}</p>
        {counts.length === 0 && <p>Not touched so far.</p>}
        {counts.map(({ mark, meaning, count }) => (
          <p key={mark} class={`mark-${mark}`}>
            <span class="dot" aria-hidden="true" />
            {formatSize(count)}: {meaning}
          </p>
        ))}
        <p class="note">A cell is a byte, a row 64 bytes.</p>
        <button type="button" class="link" onClick={close}>
          close the page
        </button>
      </figcaption>
    </figure>
  );
}
