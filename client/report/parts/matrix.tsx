import { useState } from 'preact/hooks';
import type { PageMatrix, PageOutcome, PageToday } from '../../../server/report/html/data.ts';
import { usePage } from '../context.ts';
import { SourceLink } from './source-link.tsx';
import { Verdict } from './verdict.tsx';

/** Policies against outcomes, with numbers; the chosen policy's answers below. */
export function Matrix({ matrix, labelledBy }: { matrix: PageMatrix; labelledBy: string }) {
  const { data } = usePage();
  const [chosen, choose] = useState(matrix.today.policy);
  const outcome = matrix.outcomes.find(({ policy }) => policy === chosen);
  // The machine's line above says why it was not played.
  if (!outcome) return null;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div class="scroll" tabIndex={0}>
        <table class="matrix" aria-labelledby={labelledBy}>
          <thead>
            <tr>
              <th scope="col">Policy</th>
              <th scope="col">Verdict</th>
              {data.columns.map(({ verdict, title, counts }) => (
                <th key={verdict} scope="col" title={counts}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.outcomes.map((one) => (
              <PolicyRow
                key={one.policy}
                outcome={one}
                isToday={one.policy === matrix.today.policy}
                isChosen={one.policy === chosen}
                onChoose={choose}
              />
            ))}
          </tbody>
        </table>
      </div>
      <TodayLine today={matrix.today} />
      <Answers outcome={outcome} />
    </>
  );
}

interface RowProps {
  readonly outcome: PageOutcome;
  readonly isToday: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (policy: string) => void;
}

function PolicyRow({ outcome, isToday, isChosen, onChoose }: RowProps) {
  const { data } = usePage();
  const { policy, applicable, verdict, cells } = outcome;
  const brief = data.policies.find(({ id }) => id === policy)?.brief;
  return (
    <tr class={isChosen ? 'chosen' : ''} data-policy={policy}>
      <th scope="row">
        <button type="button" class="link" aria-pressed={isChosen} onClick={() => onChoose(policy)}>
          {policy}
        </button>{' '}
        {isToday && <strong class="today">today</strong>} <span class="quiet">{brief}</span>
      </th>
      {applicable ? (
        <>
          <td>
            <Verdict verdict={verdict} />
          </td>
          {cells.map((text, at) => {
            const column = data.columns[at]!.verdict;
            return (
              <td key={column} class={text === null ? 'none' : `cell cell-${column}`} data-column={column}>
                {text === null ? '\u2013' : text || 'yes'}
              </td>
            );
          })}
        </>
      ) : (
        <td colSpan={7} class="quiet">
          does not apply here
        </td>
      )}
    </tr>
  );
}

/** Why the policy is today's, and where the tree says so. */
function TodayLine({ today }: { today: PageToday }) {
  const { texts } = usePage().data;
  return (
    <p class="todays">
      Today {today.file === undefined ? 'Linux' : 'this tree'} does <code>{today.policy}</code>:{' '}
      {texts[today.says]}
      {today.file !== undefined && (
        <>
          {' '}
          (<SourceLink file={today.file} line={today.line ?? 1} />)
        </>
      )}
      .
    </p>
  );
}

const QUESTIONS = [
  ['what', 'What'],
  ['whose', 'Whose'],
  ['when', 'When'],
  ['stops', 'What would stop it'],
] as const;

function Answers({ outcome }: { outcome: PageOutcome }) {
  const { texts } = usePage().data;
  return (
    <div class="answers" aria-live="polite">
      <p class="headline">
        <code>{outcome.policy}</code>: {texts[outcome.headline]}
      </p>
      <dl>
        {QUESTIONS.map(([key, title]) => (
          <div key={key}>
            <dt>{title}</dt>
            <dd>{texts[outcome[key]]}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
