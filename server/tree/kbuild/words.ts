import { ALWAYS, allOf, anyOf, type Guards, negate } from './guards.ts';

/**
 * One word of an expanded list. A configuration option is not known when a Makefile is read, so its value stays in the
 * text as a marker, and a word that is there only under some option carries the condition.
 */
export interface Word {
  readonly text: string;
  readonly guards: Guards;
  /** One of several alternatives, not of a list: glue text to each of them on its own. */
  readonly alternative: boolean;
}

/*
 * Markers are delimited by Unicode noncharacters, which no Makefile holds.
 */

/** Opens and closes a marker whose value is `y`, `m` or empty; the text between is a conjunction joined by `&`. */
const TRISTATE = '\ufdd0';
/** The same for a marker that can't be `m` (`$(subst m,y,$(CONFIG_X))`). */
const BOOLEAN = '\ufdd2';
/** Opens and closes text that nobody can know from the tree (`$(shell …)`). */
const OPAQUE = '\ufdd1';

const MARKER = /([\ufdd0\ufdd2])([^\ufdd0\ufdd2]*)\1/g;
const OPAQUE_TEXT = /\ufdd1([^\ufdd1]*)\ufdd1/g;
const ANY_MARKER = /[\ufdd0\ufdd1\ufdd2]/;

export function word(text: string, guards: Guards = ALWAYS, alternative = false): Word {
  return { text, guards, alternative };
}

export function symbol(name: string): string {
  return TRISTATE + name + TRISTATE;
}

export function opaque(what: string): string {
  return OPAQUE + what + OPAQUE;
}

/** True when a marker or something unknown is left in the text. */
export function isUnresolved(text: string): boolean {
  return ANY_MARKER.test(text);
}

/** The text as a person wrote it: markers turned back to `$(NAME)`. */
export function display(text: string): string {
  return text
    .replace(MARKER, (_, _kind: string, body: string) =>
      body
        .split('&')
        .map((name) => `$(${name})`)
        .join(''),
    )
    .replace(OPAQUE_TEXT, (_, what: string) => `$(${what})`);
}

export interface Marker {
  /** The options that must all be set. */
  readonly guards: Guards;
  readonly boolean: boolean;
}

/** Splits `foo-<marker><marker>` into its stem and the markers at its end. */
export function splitMarkers(text: string): { stem: string; markers: Marker[] } {
  const markers: Marker[] = [];
  let stem = text;
  for (;;) {
    const last = stem.at(-1);
    if (last !== TRISTATE && last !== BOOLEAN) break;
    const open = stem.lastIndexOf(last, stem.length - 2);
    if (open < 0) break;
    markers.unshift({ guards: stem.slice(open + 1, -1).split('&'), boolean: last === BOOLEAN });
    stem = stem.slice(0, open);
  }
  return { stem, markers };
}

/** The condition under which a word is not empty: of a word that is all markers, that one of them is set. */
export function presence(w: Word): Guards {
  const { stem, markers } = splitMarkers(w.text);
  if (stem !== '' || markers.length === 0) return w.guards;
  return allOf(w.guards, markers.map((m) => m.guards).reduce(anyOf));
}

/** `$(subst m,y,MARKER)` makes it boolean; `$(subst y,OTHER,MARKER)` asks for both. Undefined: no marker, use plain text. */
export function substMarker(text: string, from: string, to: string): string | undefined {
  if (!/^[ymn]$/.test(from) || !isUnresolved(text)) return undefined;
  const other = splitMarkers(to);
  if (other.markers.length > 0 && other.stem === '') {
    const extra = other.markers.flatMap((m) => m.guards);
    return text.replace(MARKER, (_, kind: string, body: string) => kind + [body, ...extra].join('&') + kind);
  }
  const boolean = from === 'm' && to === 'y';
  return text.replace(MARKER, (_, kind: string, body: string) => {
    const k = boolean ? BOOLEAN : kind;
    return k + body + k;
  });
}

/**
 * The condition under which text with markers equals a literal: every marker tried as `y`, `m` and empty.
 * @returns undefined when it can't be said (something opaque, or more than three markers)
 */
export function equalityGuards(text: string, literal: string): Guards | undefined {
  if (text.includes(OPAQUE)) return undefined;
  const found = [...text.matchAll(MARKER)];
  if (found.length === 0 || found.length > 3) return undefined;
  let result: Guards | undefined;
  const values = ['', 'y', 'm'];
  for (let n = 0; n < 3 ** found.length; n++) {
    let rest = n;
    let guards: Guards | undefined = ALWAYS;
    const filled = text.replace(MARKER, (_, kind: string, body: string) => {
      const v = values[rest % 3]!;
      rest = Math.floor(rest / 3);
      if (v === 'm' && kind === BOOLEAN) guards = undefined;
      if (guards !== undefined) {
        const options = body.split('&');
        const term: Guards | undefined =
          v === '' ? negate(options) : kind === BOOLEAN ? options : options.map((o) => `${o}=${v}`);
        guards = term === undefined ? undefined : allOf(guards, term);
      }
      return v;
    });
    if (guards === undefined || filled.trim() !== literal) continue;
    result = result === undefined ? guards : anyOf(result, guards);
  }
  return result;
}

/** Merges repeated words: the same text under two conditions is there when either holds. */
export function mergeWords(words: readonly Word[]): Word[] {
  const byText = new Map<string, Word>();
  for (const w of words) {
    const seen = byText.get(w.text);
    byText.set(w.text, seen === undefined ? w : word(w.text, anyOf(seen.guards, w.guards), seen.alternative));
  }
  return [...byText.values()];
}
