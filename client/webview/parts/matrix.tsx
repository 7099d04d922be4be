/** Policies against outcomes; a policy's name chooses it, the button beside it compares. */
import type { PolicyChoice } from '../../../simulator/kexec/scenario-types.ts';
import { POLICY_CHOICES } from '../../../simulator/kexec/scenario-types.ts';
import { matrixRow, OUTCOME_COLUMNS, POLICY_BRIEF } from '../../../simulator/view/matrix.ts';
import type { TodaysPolicy } from '../messages.ts';
import type { Played } from '../sim/protocol.ts';
import { Term } from './term.tsx';
import { VerdictName, VerdictSign } from './verdict.tsx';

export interface MatrixProps {
  readonly played: ReadonlyMap<PolicyChoice, Played>;
  readonly policy: PolicyChoice;
  readonly other: PolicyChoice | null;
  readonly today: TodaysPolicy;
  readonly choose: (policy: PolicyChoice) => void;
  readonly compare: (policy: PolicyChoice) => void;
}

/** Up and down go from policy to policy. */
function onKey(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  const table = (event.currentTarget as HTMLElement).closest('table')!;
  const names = [...table.querySelectorAll<HTMLElement>('button.policy')];
  const next = names[names.indexOf(event.currentTarget as HTMLElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
}

export function Matrix(props: MatrixProps) {
  return (
    <section class="section" aria-labelledby="matrix-title">
      <h2 id="matrix-title">Policies</h2>
      <div class="scroll">
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">
                <Term name="SMMU">SMMU</Term> policy
              </th>
              <th scope="col">Outcome</th>
              {OUTCOME_COLUMNS.map(({ verdict, title, counts }) => (
                <th scope="col" class="number" key={verdict} title={counts}>
                  <Term name={title}>{title}</Term>
                </th>
              ))}
              <th scope="col">
                <span class="hidden-text">Compare</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {POLICY_CHOICES.map((policy) => (
              <PolicyRow key={policy} name={policy} {...props} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function PolicyRow({
  name,
  played,
  policy,
  other,
  today,
  choose,
  compare,
}: MatrixProps & { name: PolicyChoice }) {
  const one = played.get(name);
  const row = one ? matrixRow(one.outcome) : undefined;
  const shown = name === policy;
  const classes = [
    shown ? 'chosen' : '',
    name === other ? 'compared' : '',
    row?.applicable === false ? 'idle' : '',
  ];
  return (
    <tr class={classes.join(' ').trim()} data-policy={name}>
      <th scope="row">
        <button
          type="button"
          class="policy"
          aria-pressed={shown}
          onClick={() => choose(name)}
          onKeyDown={onKey}
        >
          <span class="policy-name">{name}</span>
          {name === today.policy && <span class="tag">today</span>}
          <span class="brief">{POLICY_BRIEF[name]}</span>
        </button>
      </th>
      <td class="outcome">
        {row ? row.applicable ? <VerdictName verdict={row.verdict} /> : 'does not apply' : '…'}
      </td>
      {OUTCOME_COLUMNS.map(({ verdict }) => {
        const cell = row?.cells[verdict];
        const kind = cell?.isVerdict ? 'is-verdict' : cell?.holds ? 'holds' : '';
        return (
          <td class={`number ${kind} of-${verdict}`} data-outcome={verdict} key={verdict}>
            {cell?.holds ? (
              <>
                <VerdictSign verdict={verdict} />
                {cell.text}
              </>
            ) : (
              <span class="nothing" aria-hidden="true">
                ·
              </span>
            )}
          </td>
        );
      })}
      <td>
        {!shown && row?.applicable && (
          <button
            type="button"
            class="small"
            aria-pressed={name === other}
            aria-label={`Compare ${policy} with ${name}`}
            onClick={() => compare(name)}
          >
            compare
          </button>
        )}
      </td>
    </tr>
  );
}
