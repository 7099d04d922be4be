/** The answer on top: what is overwritten, whose it is, when, what would stop it, what was assumed. */
import type { PolicyChoice, Scenario } from '../../../simulator/kexec/scenario-types.ts';
import { answerOf } from '../../../simulator/view/answer.ts';
import type { TodaysPolicy } from '../messages.ts';
import type { Played } from '../sim/protocol.ts';
import { ordered } from '../state.ts';
import { SourceLink } from './link.tsx';
import { Term } from './term.tsx';
import { VerdictSign } from './verdict.tsx';

interface Props {
  readonly played: ReadonlyMap<PolicyChoice, Played>;
  readonly policy: PolicyChoice;
  readonly today: TodaysPolicy;
  readonly scenario: Scenario;
  readonly done: boolean;
  readonly fixed: readonly string[];
}

export function AnswerCard({ played, policy, today, scenario, done, fixed }: Props) {
  const outcomes = ordered(played).map(({ outcome }) => outcome);
  const answer = answerOf(outcomes, policy, scenario.assumptions);
  const verdict = played.get(policy)?.outcome.verdict;
  return (
    <section class={`answer is-${verdict ?? 'open'}`} aria-labelledby="answer-title" aria-live="polite">
      <h2 id="answer-title">
        {verdict && <VerdictSign verdict={verdict} />}
        <span>{answer?.headline ?? 'Simulating…'}</span>
      </h2>
      <p class="policy-line">
        Under <Term name={policy}>{policy}</Term>
        {policy === today.policy ? ', what this tree does today: ' : `; today it is ${today.policy}: `}
        {today.says}
        {today.file && (
          <>
            {' '}
            <SourceLink file={today.file} line={today.line ?? 1} />
          </>
        )}
      </p>
      {answer && (
        <dl class="facts">
          <Fact name="What">{answer.what}</Fact>
          <Fact name="Whose">{answer.whose}</Fact>
          <Fact name="When">{answer.when}</Fact>
          <Fact name="What stops it">{done ? answer.stops : '…'}</Fact>
          <Fact name="Assumed">
            {answer.assumed} <a href="#assumed">Read them</a>
          </Fact>
          {fixed.length > 0 && <Fact name="Stays in use">{fixed.join('. ')}.</Fact>}
        </dl>
      )}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
