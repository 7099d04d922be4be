import type {
  PageAssumption,
  PageEvidence,
  PageFinding,
  PageMatrix,
} from '../../../server/report/html/data.ts';
import { usePage } from '../context.ts';
import { Matrix } from './matrix.tsx';
import { SourceLink } from './source-link.tsx';

/** Everything that is known of one finding. */
export function Detail({ finding, matrix }: { finding: PageFinding; matrix: PageMatrix }) {
  const { data } = usePage();
  const [what, ...rest] = finding.message.map((ref) => data.texts[ref]!);
  const rule = data.rules.find(({ id }) => id === finding.rule);
  return (
    <div class="detail-body">
      <div class="say">
        <p class="what">{what}</p>
        {rest.map((text) => (
          <p key={text}>{text}</p>
        ))}
        {finding.suppressed !== undefined && (
          <p>
            <strong>Suppressed in the source:</strong> {finding.suppressed}
          </p>
        )}
        <p class="facts">
          DMA {finding.class}, {finding.kind}; confidence {finding.confidence}; {finding.subsystem}
        </p>
      </div>
      <section aria-labelledby={`evidence-${finding.id}`}>
        <h3 id={`evidence-${finding.id}`}>How it gets to its DMA</h3>
        {finding.evidence.length === 0 && <p>No DMA call was found.</p>}
        {finding.evidence.map((proof) => (
          <Path key={`${proof.file}:${proof.line}:${proof.api}`} proof={proof} />
        ))}
      </section>
      <section aria-labelledby={`matrix-${finding.id}`}>
        <h3 id={`matrix-${finding.id}`}>Its kexec under every policy</h3>
        <p class="hint">{data.texts[matrix.machine]}</p>
        <Matrix matrix={matrix} labelledBy={`matrix-${finding.id}`} />
        <p class="hint">
          Again, with other machines and in full:{' '}
          <code>
            quiesce simulate {finding.file}:{finding.instance}
          </code>
        </p>
      </section>
      <Assumed title="Read from the driver" list={finding.read} />
      <Assumed title="Assumed" list={matrix.assumed} />
      {rule && (
        <details>
          <summary>About the rule {rule.id}</summary>
          <RulePage page={rule.page} />
        </details>
      )}
    </div>
  );
}

function Path({ proof }: { proof: PageEvidence }) {
  return (
    <ol class="path">
      {proof.steps.map((step) => (
        <li key={`${step.file}:${step.line}:${step.name}`}>
          <code>{step.name}</code> <SourceLink file={step.file} line={step.line} />
        </li>
      ))}
      <li class="call">
        <code>{proof.api}</code> <SourceLink file={proof.file} line={proof.line} />
      </li>
    </ol>
  );
}

function Assumed({ title, list }: { title: string; list: readonly PageAssumption[] }) {
  const { data } = usePage();
  if (list.length === 0) return null;
  return (
    <details>
      <summary>
        {title}: {list.length} {list.length === 1 ? 'value' : 'values'}
      </summary>
      <ul class="assumed">
        {list.map(([field, value, because, file, line]) => (
          <li key={field + because}>
            <code>
              {field} = {value}
            </code>
            : {data.texts[because]} {file !== undefined && <SourceLink file={file} line={line ?? 1} />}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A rule's page: headings, paragraphs, `code` and fenced code, which is all that they are written in. */
function RulePage({ page }: { page: string }) {
  const [, ...body] = page.trim().split('\n');
  // Every second part is inside a fence.
  const parts = body.join('\n').split(/^```(?:c\n)?/m);
  return (
    <div class="rule-page">
      {parts.map((part, i) => (i % 2 === 1 ? <CodeBlock key={part} text={part} /> : textBlocks(part)))}
    </div>
  );
}

function CodeBlock({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre class="scroll" tabIndex={0}>
      <code>{text}</code>
    </pre>
  );
}

function textBlocks(text: string) {
  return text
    .trim()
    .split(/\n{2,}|\n(?=## )|(?<=## [^\n]*)\n/)
    .filter((block) => block !== '')
    .map((block) =>
      block.startsWith('## ') ? <h4 key={block}>{block.slice(3)}</h4> : <p key={block}>{withCode(block)}</p>,
    );
}

function withCode(text: string) {
  return text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part));
}
