/** The tables below the pictures: whose memory was hit, what the kernels did, what was assumed. */
import type { AppliedStep, OwnerHits, PolicyOutcome } from '../../../simulator/kexec/outcome-types.ts';
import type { Scenario } from '../../../simulator/kexec/scenario-types.ts';
import { formatSize, formatTime, hex } from '../../../simulator/machine/address.ts';
import { assumedGroups } from '../../../simulator/view/assumed.ts';
import type { Mark } from '../../../simulator/view/marks.ts';
import { SourceLink } from './link.tsx';

interface Group {
  readonly title: string;
  readonly mark: Mark;
  readonly hits: readonly OwnerHits[];
}

function groupsOf(o: PolicyOutcome): Group[] {
  const groups: Group[] = [
    { title: 'overwritten', mark: 'bad', hits: o.overwritten },
    { title: "overwritten by the SMMU's own queue", mark: 'bad', hits: o.smmuWrites },
    { title: 'read by the device', mark: 'leak', hits: o.leaked },
    { title: 'written while free', mark: 'unsure', hits: o.intoFree },
    { title: 'its own fresh buffers', mark: 'alias', hits: o.selfAlias },
    { title: 'of nobody in the next kernel', mark: 'fine', hits: o.harmless },
  ];
  return groups.filter(({ hits }) => hits.length > 0);
}

/** Whose memory was reached after the hand-over. */
export function Hits({ outcome, zoomTo }: { outcome: PolicyOutcome; zoomTo: (pa: number) => void }) {
  const groups = groupsOf(outcome);
  return (
    <section class="section" aria-labelledby="hits-title">
      <h2 id="hits-title">
        Memory that was reached <span class="count">{outcome.policy}, after the hand-over</span>
      </h2>
      {groups.length === 0 ? (
        <p class="empty">None. {outcome.reason}.</p>
      ) : (
        <div class="scroll">
          <table class="hits">
            <thead>
              <tr>
                <th scope="col">Owner</th>
                <th scope="col">How</th>
                <th scope="col" class="number">
                  Bytes
                </th>
                <th scope="col" class="number">
                  Accesses
                </th>
                <th scope="col">First</th>
                <th scope="col">Range</th>
              </tr>
            </thead>
            <tbody>
              {groups.flatMap(({ title, mark, hits }) =>
                hits.map((h) => (
                  <tr key={`${title} ${h.owner}`}>
                    <th scope="row" class={`mark-${mark}`}>
                      <span class="dot" aria-hidden="true" />
                      {h.owner}
                    </th>
                    <td>
                      {title}
                      {h.secondOrder ? ', second order' : ''}
                    </td>
                    <td class="number">{formatSize(h.bytes)}</td>
                    <td class="number">{h.transactions}</td>
                    <td>
                      {formatTime(h.first.t)}, {h.first.phase}
                    </td>
                    <td>
                      <button
                        type="button"
                        class="link mono"
                        onClick={() => zoomTo(h.first.pa)}
                        title="Show the page"
                      >
                        {hex(h.lowest)}..{hex(h.highest)}
                      </button>
                    </td>
                  </tr>
                )),
              )}
            </tbody>
          </table>
        </div>
      )}
      {[...outcome.unknowns, ...outcome.notes].map((text) => (
        <p class="note" key={text}>
          {text[0]!.toUpperCase() + text.slice(1)}.
        </p>
      ))}
    </section>
  );
}

const WHO: Readonly<Record<AppliedStep['who'], string>> = { old: 'old kernel', next: 'next kernel' };

/** The SMMU drivers' work, in their order. */
export function Steps({ outcome }: { outcome: PolicyOutcome }) {
  return (
    <details class="section">
      <summary>
        <h2>
          What the kernels did to the SMMU <span class="count">{outcome.steps.length} kinds of writes</span>
        </h2>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways and has nothing else to focus */}
      <section class="scroll" aria-label="Writes to the SMMU" tabIndex={0}>
        <table class="hits">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">Write</th>
              <th scope="col">As in Linux</th>
            </tr>
          </thead>
          <tbody>
            {outcome.steps.map((s, i) => (
              <tr key={i}>
                <td>{formatTime(s.t)}</td>
                <td>{WHO[s.who]}</td>
                <td class="mono">{s.text}</td>
                <td class="mono">{s.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

/** Everything that was taken for granted, by its reason. */
export function Assumed({ scenario }: { scenario: Scenario }) {
  return (
    <section class="section" id="assumed" aria-labelledby="assumed-title">
      <h2 id="assumed-title">Taken from the driver, or assumed</h2>
      <ul class="assumed">
        {assumedGroups(scenario.assumptions).map(({ fields, because, file, line }) => (
          <li key={`${because}${file}${line}`}>
            {because[0]!.toUpperCase() + because.slice(1)}: <code>{fields.join(', ')}</code>{' '}
            {file && <SourceLink file={file} line={line ?? 1} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
