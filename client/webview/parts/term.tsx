/** Words of the glossary: underlined, explained on hover and focus. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { GLOSSARY, termOf } from '../../../simulator/view/glossary.ts';

const TIP = 'term-tip';
const TIP_WIDTH = 300;
/** The most that a bubble is high. */
const TIP_ROOM = 160;

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

/** The one bubble that all words share: for the word under the pointer, else for the one with the focus. */
export function TermTip() {
  const [shown, show] = useState<{ text: string; style: Record<string, string> } | null>(null);
  const bubble = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let word: HTMLElement | null = null;
    const explain = (next: HTMLElement | null) => {
      word = next;
      show(next && { text: next.dataset.says ?? '', style: placeBeside(next) });
    };
    const wordAt = (target: EventTarget | null) =>
      target instanceof Element ? target.closest<HTMLElement>('.term') : null;
    const over = ({ target }: Event) => {
      // The pointer may go over the bubble, to read it at leisure.
      if (target !== bubble.current) explain(wordAt(target));
    };
    const out = () => explain(null);
    // Focus may scroll a word into sight. What Escape has closed stays closed, whenever the scroll is heard of.
    const moved = () => word && explain(word);
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && explain(null);
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
  return (
    <div
      id={TIP}
      role="tooltip"
      ref={bubble}
      class={shown ? 'tip' : 'tip hidden'}
      style={{ ...shown?.style, maxWidth: `${TIP_WIDTH}px` }}
    >
      {shown?.text ?? ''}
    </div>
  );
}

/** Below a word, or above it where there is no room below. */
function placeBeside(word: HTMLElement): Record<string, string> {
  const { left, top, bottom } = word.getBoundingClientRect();
  const x = `${Math.max(4, Math.min(left, innerWidth - TIP_WIDTH - 12))}px`;
  return bottom + TIP_ROOM < innerHeight
    ? { left: x, top: `${bottom}px`, bottom: 'auto' }
    : { left: x, top: 'auto', bottom: `${innerHeight - top}px` };
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
