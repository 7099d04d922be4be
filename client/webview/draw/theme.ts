/** The page's colours as a canvas needs them: resolved from the style sheet, which follows the editor's theme. */
import { useEffect, useState } from 'preact/hooks';
import { MARKS } from '../../../simulator/view/marks.ts';

/** Names of the fills of memory, as `fillOf` of the SVG gives them. */
const FILLS = ['image', 'tables', 'data', 'cma', 'free', 'old', 'kept', 'firmware'] as const;

export interface Colours {
  readonly marks: readonly string[];
  readonly fills: Readonly<Record<string, string>>;
  readonly ground: string;
  readonly line: string;
  readonly text: string;
}

/** Reads the colours of the moment. */
export function coloursNow(): Colours {
  const probe = document.createElement('span');
  document.body.append(probe);
  const resolve = (name: string): string => {
    probe.style.color = `var(--q-${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    marks: MARKS.map(([mark]) => resolve(mark)),
    fills: Object.fromEntries(FILLS.map((name) => [name, resolve(`fill-${name}`)])),
    ground: resolve('ground'),
    line: resolve('line'),
    text: resolve('text'),
  };
  probe.remove();
  return colours;
}

/** The colours, and again whenever the editor's theme changes. */
export function useColours(): Colours {
  const [colours, set] = useState(coloursNow);
  useEffect(() => {
    const observer = new MutationObserver(() => set(coloursNow()));
    observer.observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-kind'] });
    observer.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
    return () => observer.disconnect();
  }, []);
  return colours;
}

/** A canvas of `width` x `height` CSS pixels, sharp on this screen, ready to be drawn on from its top left. */
export function prepared(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = Math.max(1, globalThis.devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
