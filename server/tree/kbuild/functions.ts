import { posix } from 'node:path';
import { allOf } from './guards.ts';
import { isUnresolved, opaque, presence, splitMarkers, substMarker, type Word, word } from './words.ts';

/** What a function needs from outside of its arguments. */
export interface FunctionHost {
  /** Paths that match a shell pattern, spelled with the pattern's own directory. */
  wildcard(pattern: string): readonly string[];
  /** The directory Make runs in, spelled as `$(CURDIR)` is. */
  readonly currentDir: string;
}

type WordFunction = (args: readonly (readonly Word[])[], host: FunctionHost) => Word[];

export function textOf(words: readonly Word[]): string {
  return words.map((w) => w.text).join(' ');
}

function mapText(words: readonly Word[] | undefined, change: (text: string) => string): Word[] {
  return (words ?? []).map((w) => word(change(w.text), w.guards, w.alternative)).filter((w) => w.text !== '');
}

/** Matches Make's `%` patterns; undefined when the text does not match, else what `%` stood for. */
export function matchPattern(pattern: string, text: string): string | undefined {
  const percent = pattern.indexOf('%');
  if (percent < 0) return pattern === text ? '' : undefined;
  const head = pattern.slice(0, percent);
  const tail = pattern.slice(percent + 1);
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail))
    return undefined;
  return text.slice(head.length, text.length - tail.length);
}

/** `$(patsubst FROM,TO,…)` and `$(NAME:FROM=TO)`; without a `%` the latter replaces a suffix. */
export function substitute(words: readonly Word[], from: string, to: string): Word[] {
  return words.flatMap((w) => {
    const marked = from.includes('%') ? undefined : substMarker(w.text, from, to);
    if (marked !== undefined) return [word(marked, w.guards, w.alternative)];
    const stem = matchPattern(from.includes('%') ? from : `%${from}`, w.text);
    const replacement = from.includes('%') ? to : `%${to}`;
    const text =
      stem === undefined
        ? w.text
        : from.includes('%')
          ? to.replace('%', () => stem)
          : replacement.replace('%', () => stem);
    return text === '' ? [] : [word(text, w.guards, w.alternative)];
  });
}

/** Words that pass `$(filter …)`; a bare option passes as the values that match. */
function filterWords(patterns: readonly Word[], words: readonly Word[], keepMatching: boolean): Word[] {
  const matches = (text: string): boolean =>
    patterns.some((p) => matchPattern(p.text, text) !== undefined) === keepMatching;
  return words.flatMap((w) => {
    if (!isUnresolved(w.text)) return matches(w.text) ? [w] : [];
    const { stem, markers } = splitMarkers(w.text);
    if (stem !== '' || markers.length !== 1) return [w];
    const y = matches('y');
    const m = !markers[0]!.boolean && matches('m');
    if (y && (m || markers[0]!.boolean)) return [w];
    if (!y && !m) return [];
    const value = y ? 'y' : 'm';
    return [
      word(
        value,
        allOf(
          w.guards,
          markers[0]!.guards.map((g) => `${g}=${value}`),
        ),
        true,
      ),
    ];
  });
}

function pair(a: Word, b: Word, text: string): Word {
  return word(text, allOf(a.guards, b.guards), a.alternative || b.alternative);
}

function affix(
  affixes: readonly Word[],
  words: readonly Word[],
  join: (affix: string, text: string) => string,
): Word[] {
  if (affixes.length === 0) return [...words];
  const list = affixes.length > 1 && !affixes.some((a) => a.alternative) ? [word(textOf(affixes))] : affixes;
  return list.flatMap((a) => words.map((w) => pair(a, w, join(a.text, w.text))));
}

function index(words: readonly Word[] | undefined): number {
  const n = Number.parseInt(textOf(words ?? []), 10);
  return Number.isNaN(n) ? 0 : n;
}

/** Functions of GNU make on word lists; the lazy ones (`if`, `foreach`, `call`…) are in `expand.ts`. */
export const WORD_FUNCTIONS: ReadonlyMap<string, WordFunction> = new Map<string, WordFunction>([
  [
    'subst',
    ([from, to, words]) => {
      const f = textOf(from ?? []);
      const t = textOf(to ?? []);
      return (words ?? []).flatMap((w) => {
        const text = substMarker(w.text, f, t) ?? (f === '' ? w.text : w.text.replaceAll(f, () => t));
        return text
          .split(' ')
          .filter((x) => x !== '')
          .map((x) => word(x, w.guards, w.alternative));
      });
    },
  ],
  [
    'patsubst',
    ([from, to, words]) => {
      const f = textOf(from ?? []);
      const t = textOf(to ?? []);
      return f.includes('%')
        ? substitute(words ?? [], f, t)
        : mapText(words, (text) =>
            text === f ? t : ((f.length === 1 ? substMarker(text, f, t) : undefined) ?? text),
          );
    },
  ],
  ['filter', ([patterns, words]) => filterWords(patterns ?? [], words ?? [], true)],
  ['filter-out', ([patterns, words]) => filterWords(patterns ?? [], words ?? [], false)],
  ['addprefix', ([prefix, words]) => affix(prefix ?? [], words ?? [], (a, text) => a + text)],
  ['addsuffix', ([suffix, words]) => affix(suffix ?? [], words ?? [], (a, text) => text + a)],
  [
    'join',
    ([a, b]) => {
      const n = Math.max(a?.length ?? 0, b?.length ?? 0);
      return Array.from({ length: n }, (_, i) =>
        pair(a?.[i] ?? word(''), b?.[i] ?? word(''), (a?.[i]?.text ?? '') + (b?.[i]?.text ?? '')),
      );
    },
  ],
  ['notdir', ([words]) => mapText(words, (text) => text.slice(text.lastIndexOf('/') + 1))],
  [
    'dir',
    ([words]) =>
      mapText(words, (text) => (text.includes('/') ? text.slice(0, text.lastIndexOf('/') + 1) : './')),
  ],
  [
    'basename',
    ([words]) => mapText(words, (text) => text.slice(0, text.length - posix.extname(text).length)),
  ],
  ['suffix', ([words]) => mapText(words, (text) => posix.extname(text))],
  ['abspath', ([words]) => mapText(words, (text) => posix.normalize(text))],
  ['realpath', ([words]) => mapText(words, (text) => posix.normalize(text))],
  ['sort', ([words]) => [...(words ?? [])]],
  ['strip', ([words]) => [...(words ?? [])]],
  ['firstword', ([words]) => (words ?? []).slice(0, 1)],
  ['lastword', ([words]) => (words ?? []).slice(-1)],
  ['word', ([n, words]) => (words ?? []).slice(index(n) - 1, Math.max(index(n), 0))],
  [
    'wordlist',
    ([from, to, words]) => (words ?? []).slice(Math.max(index(from) - 1, 0), Math.max(index(to), 0)),
  ],
  ['words', ([words]) => [word(String(words?.length ?? 0))]],
  [
    'findstring',
    ([wanted, words]) => {
      const f = textOf(wanted ?? []);
      return (words ?? []).filter((w) => w.text.includes(f)).map((w) => word(f, w.guards, w.alternative));
    },
  ],
  [
    'wildcard',
    ([patterns], host) =>
      (patterns ?? []).flatMap((p) =>
        isUnresolved(p.text) ? [p] : host.wildcard(p.text).map((path) => word(path, p.guards, p.alternative)),
      ),
  ],
  [
    'and',
    (args) => {
      let guards = word('').guards;
      for (const arg of args) {
        if (arg.length === 0) return [];
        guards = allOf(guards, presence(arg[0]!));
      }
      return (args.at(-1) ?? []).map((w) =>
        word(isUnresolved(w.text) ? 'y' : w.text, allOf(guards, w.guards), true),
      );
    },
  ],
  [
    'or',
    (args) => {
      const out: Word[] = [];
      for (const arg of args) {
        out.push(...arg.map((w) => word(w.text, w.guards, true)));
        // A word that is always there decides it: what follows is never reached.
        if (arg.some((w) => presence(w).length === 0 && !w.alternative))
          return out.length === arg.length ? [...arg] : out;
      }
      return out;
    },
  ],
]);

/** `$(shell …)`: nothing is ever run. `pwd` is known without running it; the rest stays unknown. */
export function shellResult(command: string, host: FunctionHost): Word[] {
  return [word(/^\s*pwd(\s+-[LP])?\s*$/.test(command) ? host.currentDir : opaque(`shell ${command.trim()}`))];
}
