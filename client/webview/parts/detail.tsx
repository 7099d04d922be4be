/** One access from the device to the memory: what the SMMU looked at, step by step. */
import type { TimelineEntry } from '../../../simulator/kexec/outcome-types.ts';
import type { PolicyChoice, Scenario } from '../../../simulator/kexec/scenario-types.ts';
import { alignDown, formatTime, hex, PAGE } from '../../../simulator/machine/address.ts';
import type { ExplainStep } from '../../../simulator/smmu/types.ts';
import { markOf, markOfEntry } from '../../../simulator/view/marks.ts';
import { Term } from './term.tsx';

interface Station {
  readonly title: string;
  readonly term: string;
  readonly value: string;
  readonly text: string;
  readonly bad?: boolean;
}

/** A step of the SMMU's as a station on the way. */
function stationOf(step: ExplainStep): Station {
  switch (step.kind) {
    case 'gate':
      return { title: step.register, term: step.register, value: step.value, text: step.text };
    case 'smr':
      return { title: `SMR${step.index}`, term: 'SMR', value: step.value, text: step.text };
    case 's2cr':
      return { title: `S2CR${step.index}`, term: 'S2CR', value: step.value, text: step.text };
    case 'bank':
      return { title: `CB${step.index}`, term: 'CB', value: `SCTLR ${step.sctlr}`, text: step.text };
    case 'l1std':
      return { title: 'L1STD', term: 'L1STD', value: step.value, text: `${step.text}, at ${hex(step.pa)}` };
    case 'ste':
    case 'cd': {
      const from = step.cached ? 'from the cache' : `at ${hex(step.pa)}`;
      return {
        title: step.kind.toUpperCase(),
        term: step.kind,
        value: step.words[0] ?? '',
        text: `${step.text}, ${from}`,
      };
    }
    case 'tlb':
      return { title: 'TLB', term: 'TLB', value: step.page, text: step.text };
    case 'walk':
      return {
        title: `Walk, level ${step.level}${step.stage === 2 ? ' of stage 2' : ''}`,
        term: 'walk',
        value: step.value,
        text: `${step.descriptor}, at ${hex(step.pa)}`,
        bad: step.descriptor === 'invalid' || step.descriptor === 'unreadable',
      };
    case 'fault':
      return { title: 'Fault', term: 'fault', value: step.name, text: step.text, bad: true };
    case 'land':
      return {
        title: 'Out',
        term: 'physical address',
        value: hex(step.pa),
        text: `${step.len} bytes of IOVA ${step.iova}${step.ram ? '' : ': nothing answers there'}`,
        bad: !step.ram,
      };
  }
}

function stationsOf(entry: TimelineEntry): Station[] {
  if (!entry.decision) {
    return [{ title: 'No SMMU', term: 'SMMU', value: hex(entry.iova), text: 'the address is physical' }];
  }
  return (entry.decision.explain ?? []).map(stationOf);
}

interface Props {
  readonly entry: TimelineEntry | undefined;
  readonly policy: PolicyChoice;
  readonly index: number;
  readonly count: number;
  readonly scenario: Scenario;
  readonly zoomTo: (page: number) => void;
}

export function Detail({ entry, policy, index, count, scenario, zoomTo }: Props) {
  return (
    <section class="section detail" aria-labelledby="detail-title">
      <h2 id="detail-title">
        <Term name="transaction">Transaction</Term>
        {index >= 0 && (
          <span class="count">
            {index + 1} of {count}, {policy}
          </span>
        )}
      </h2>
      {entry ? (
        <Way entry={entry} scenario={scenario} zoomTo={zoomTo} />
      ) : (
        <p class="empty">
          {count === 0
            ? 'The device makes none.'
            : 'Hover an access in the timeline or the memory map, or step through them with the arrow keys.'}
        </p>
      )}
    </section>
  );
}

function Way({ entry, scenario, zoomTo }: Pick<Props, 'scenario' | 'zoomTo'> & { entry: TimelineEntry }) {
  const { device } = scenario;
  const second = entry.secondOrder ? ' to an address that it read from foreign memory' : '';
  return (
    <>
      <p class={`line mark-${markOfEntry(entry)}`}>
        <span class="dot" aria-hidden="true" />
        {formatTime(entry.t)}, {entry.phase}: {device.name} {entry.dir === 'write' ? 'writes' : 'reads'}{' '}
        {entry.len} bytes ({entry.purpose}){second}; it hears <code>{entry.response}</code>
        {entry.faults.length > 0 && <> with {entry.faults.join(', ')}</>}.
      </p>
      <ol class="way">
        <li>
          <b>Device</b>
          <code>{hex(entry.iova)}</code>
          <span>
            <Term name="IOVA">IOVA</Term>, <Term name="StreamID">StreamID</Term> {hex(device.streamId)}
          </span>
        </li>
        {stationsOf(entry).map((station, i) => (
          <li class={station.bad ? 'bad' : ''} key={i}>
            <b>
              <Term name={station.term}>{station.title}</Term>
            </b>
            <code>{station.value}</code>
            <span>{station.text}</span>
          </li>
        ))}
        {entry.pieces.map((piece) => (
          <li class={`owner mark-${markOf(entry, piece)}`} key={piece.pa}>
            <b>
              <span class="dot" aria-hidden="true" />
              {piece.owner.label}
            </b>
            <code>{hex(piece.pa)}</code>
            <span>
              {piece.len} bytes{' '}
              <button type="button" class="link" onClick={() => zoomTo(alignDown(piece.pa, PAGE))}>
                show the page
              </button>
            </span>
          </li>
        ))}
        {entry.pieces.length === 0 && (
          <li class="owner mark-stop">
            <b>Nothing arrives</b>
            <code>{entry.response}</code>
            <span>no memory is touched</span>
          </li>
        )}
      </ol>
    </>
  );
}
