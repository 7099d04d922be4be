import { usePage } from '../context.ts';

/** Title and figures. */
export function Header() {
  const { data } = usePage();
  const { totals } = data;
  const suppressed = data.findings.filter((one) => one.suppressed !== undefined).length;
  const where = data.kernel ? `Linux ${data.kernel}` : data.root.split('/').at(-1);
  return (
    <header class="top">
      <p class="tool">Quiesce {data.tool}</p>
      <h1>Drivers that keep doing DMA across kexec</h1>
      <p class="where">
        {where}: {count(totals.files, 'file')}, {count(totals.drivers, 'driver')};{' '}
        {totals.masters.toLocaleString('en')} do DMA themselves.
      </p>
      <dl class="figures">
        <Figure
          value={totals.warnings}
          name={totals.warnings === 1 ? 'warning' : 'warnings'}
          tone="warning"
        />
        <Figure value={totals.notes} name={totals.notes === 1 ? 'note' : 'notes'} tone="note" />
        <Figure value={totals.hooked} name="DMA drivers with a hook" tone="hook" />
        {suppressed > 0 && <Figure value={suppressed} name="suppressed" tone="other" />}
        {totals.notJudged > 0 && <Figure value={totals.notJudged} name="not judged" tone="other" />}
      </dl>
      {totals.loose > 0 && (
        <p class="hint">
          {count(totals.loose, 'file')} that no Makefile claims were judged alone: code in other files was not
          seen.
        </p>
      )}
    </header>
  );
}

function Figure({ value, name, tone }: { value: number; name: string; tone: string }) {
  return (
    <div class={`figure tone-${tone}`}>
      <dt>{name}</dt>
      <dd>{value.toLocaleString('en')}</dd>
    </div>
  );
}

export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

/** What could not be read, if anything. */
export function Skipped() {
  const { skipped } = usePage().data;
  if (skipped.length === 0) return null;
  return (
    <section aria-labelledby="skipped">
      <h2 id="skipped">Not read</h2>
      <ul>
        {skipped.map(({ path, reason }) => (
          <li key={path}>
            <code>{path}</code>: {reason}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Every word of the simulation in one sentence. */
export function Words() {
  const { words } = usePage().data;
  return (
    <section class="words" aria-labelledby="words">
      <h2 id="words">Words used here</h2>
      <details>
        <summary>{words.length} terms, each in one sentence</summary>
        <dl>
          {words.map(([name, says]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{says}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}
