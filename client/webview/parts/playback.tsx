/** Play, step and jump; the moment and where it is. */
import { formatTime } from '../../../simulator/machine/address.ts';
import type { Played } from '../sim/protocol.ts';
import { findMark, highlightOf } from '../state.ts';

interface Props {
  readonly played: Played;
  readonly t: number;
  readonly index: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly toggle: () => void;
  readonly step: (by: number) => void;
  readonly setSpeed: (speed: number) => void;
}

const SPEEDS = [0.25, 0.5, 1, 2, 4];

export function Playback({ played, t, index, playing, speed, toggle, step, setSpeed }: Props) {
  const { columns, outcome } = played;
  const first = highlightOf(outcome);
  const found = first ? findMark(columns, first.marks) : -1;
  return (
    <div class="playback" role="toolbar" aria-label="Playback">
      <vscode-button onClick={toggle}>{playing ? 'Pause' : 'Play'}</vscode-button>
      <vscode-button secondary onClick={() => step(-1)} aria-label="Previous transaction">
        ◂
      </vscode-button>
      <vscode-button secondary onClick={() => step(1)} aria-label="Next transaction">
        ▸
      </vscode-button>
      {first && found >= 0 && (
        <vscode-button secondary onClick={() => step(found - index)}>
          {first.name}
        </vscode-button>
      )}
      <vscode-single-select
        class="speed"
        label="Speed"
        onChange={(e: Event) => setSpeed(Number((e.currentTarget as unknown as { value: string }).value))}
      >
        {SPEEDS.map((one) => (
          <vscode-option key={one} value={String(one)} selected={one === speed}>
            {one}×
          </vscode-option>
        ))}
      </vscode-single-select>
      <output class="now">
        {formatTime(t)} · transaction {index + 1} of {columns.count}
      </output>
    </div>
  );
}
