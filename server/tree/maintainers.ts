/** Whose a file is, by the tree's MAINTAINERS, read as `scripts/get_maintainer.pl` reads it. */

/** One section of MAINTAINERS. */
export interface Section {
  readonly name: string;
  /** `M:` lines as written: `FullName <address@domain>`. */
  readonly maintainers: readonly string[];
  /** How a path matches: from the most telling pattern to the least. */
  readonly patterns: readonly Pattern[];
  readonly excluded: readonly Pattern[];
  /** It has `K:` lines: they speak of a patch's text, and no path matches them. */
  readonly hasKeywords: boolean;
}

/** An `F:`, `X:` or `N:` line. */
export interface Pattern {
  readonly text: string;
  readonly matches: (file: string) => boolean;
  /** How much of a path it says: the folders of an `F:` line without wildcards; 0 for `N:`. */
  readonly depth: number;
}

/**
 * Reads the sections of a MAINTAINERS file: everything behind its first entry, one section a paragraph.
 * @param isDirectory whether a root-relative path is a directory: such an `F:` line means what is below it too
 */
export function readMaintainers(text: string, isDirectory: (path: string) => boolean): Section[] {
  const start = text.search(/^[^\s:][^\n:]*\n[A-Z]:\t/m);
  if (start < 0) return [];
  const sections: Section[] = [];
  let name = '';
  let lines: [string, string][] = [];
  const finish = (): void => {
    if (name !== '' && lines.length > 0) sections.push(sectionOf(name, lines, isDirectory));
    lines = [];
  };
  for (const line of text.slice(start).split('\n')) {
    const [, type, value] = /^([A-Z]):\s*(.*?)\s*$/.exec(line) ?? [];
    if (type !== undefined) lines.push([type, value!]);
    else if (line.trim() !== '' && !line.startsWith('#')) {
      finish();
      name = line.trim();
    }
  }
  finish();
  return sections;
}

/** True when a file belongs to a section. */
export function isIn(section: Section, file: string): boolean {
  return (
    section.patterns.some((one) => one.matches(file)) && !section.excluded.some((one) => one.matches(file))
  );
}

/** The sections of a file, the most telling first; `THE REST`, which is everybody's, is none. */
export function sectionsOf(sections: readonly Section[], file: string): Section[] {
  const found = sections.filter((section) => section.name !== 'THE REST' && isIn(section, file));
  const depth = (section: Section): number =>
    Math.max(...section.patterns.filter((one) => one.matches(file)).map((one) => one.depth));
  return found.sort((a, b) => depth(b) - depth(a) || (a.name < b.name ? -1 : 1));
}

function sectionOf(
  name: string,
  lines: readonly [string, string][],
  isDirectory: (path: string) => boolean,
): Section {
  const of = (type: string): string[] => lines.filter(([one]) => one === type).map(([, value]) => value);
  return {
    name,
    maintainers: of('M'),
    patterns: [...of('F').map((value) => filePattern(value, isDirectory)), ...of('N').map(namePattern)],
    excluded: of('X').map((value) => filePattern(value, isDirectory)),
    hasKeywords: of('K').length > 0,
  };
}

/**
 * `scripts/get_maintainer.pl:file_match_pattern`: a pattern that ends in `/` matches what begins with it; any other
 * one only where the path has as many slashes as it. `*` and `?` are the only wildcards.
 */
function filePattern(value: string, isDirectory: (path: string) => boolean): Pattern {
  const text = !value.endsWith('/') && !/[*?]/.test(value) && isDirectory(value) ? `${value}/` : value;
  const source = text
    .replace(/[\\^$+()[\]{}|.]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const start = new RegExp(`^${source}`);
  const slashes = countSlashes(text);
  const isFolder = text.endsWith('/');
  return {
    text,
    matches: (file) => start.test(file) && (isFolder || countSlashes(file) === slashes),
    depth: slashes + (isFolder ? 0 : 1),
  };
}

/** An `N:` line: a Perl expression with `/x`, in which white space says nothing. */
function namePattern(value: string): Pattern {
  try {
    const expression = new RegExp(value.replace(/(?<!\\)\s+/g, ''));
    return { text: value, matches: (file) => expression.test(file), depth: 0 };
  } catch {
    return { text: value, matches: () => false, depth: 0 };
  }
}

function countSlashes(text: string): number {
  return text.split('/').length - 1;
}
