/** Words of the glossary: underlined, explained on hover and focus. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { GLOSSARY, termOf } from '../../../simulator/view/glossary.ts';

const TIP = 'term-tip';

/** A word with its explanation. A word that the glossary does not have is shown as it is. */
export function Term({ name, children }: { name: string; children?: ComponentChildren }) {
  const term = termOf(name);
  if (!term) return <>{children ?? name}</>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the explanation has to be reached by keyboard too
    <dfn class="term" tabIndex={0} data-says={`${term.name}: ${term.says}`} aria-describedby={TIP}>
      {children ?? name}
    </dfn>
  );
}

/** The one bubble that all words share. */
export function TermTip() {
  const [shown, show] = useState<{ text: string; x: number; y: number } | null>(null);
  const bubble = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const point = (target: EventTarget | null) => {
      const word = target instanceof Element ? target.closest<HTMLElement>('.term') : null;
      if (!word) return show(null);
      const { left, bottom } = word.getBoundingClientRect();
      show({ text: word.dataset.says ?? '', x: left, y: bottom });
    };
    const over = ({ target }: Event) => point(target);
    const out = () => show(null);
    // A word that was focused may have been scrolled into sight by that.
    const moved = () => point(document.activeElement);
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && show(null);
    document.addEventListener('mouseover', over);
    document.addEventListener('focusin', over);
    document.addEventListener('focusout', out);
    document.addEventListener('scroll', moved, true);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('mouseover', over);
      document.removeEventListener('focusin', over);
      document.removeEventListener('focusout', out);
      document.removeEventListener('scroll', moved, true);
      document.removeEventListener('keydown', onKey);
    };
  }, []);
  const width = 300;
  const left = shown ? Math.max(4, Math.min(shown.x, innerWidth - width - 12)) : 0;
  return (
    <div
      id={TIP}
      role="tooltip"
      ref={bubble}
      class={shown ? 'tip' : 'tip hidden'}
      style={{ left: `${left}px`, top: `${(shown?.y ?? 0) + 4}px`, maxWidth: `${width}px` }}
    >
      {shown?.text ?? ''}
    </div>
  );
}

/** All words, for who reads from end to end. */
export function Glossary() {
  return (
    <details class="section">
      <summary>
        <h2>Glossary</h2>
      </summary>
      <dl class="glossary">
        {GLOSSARY.map(({ name, says }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
