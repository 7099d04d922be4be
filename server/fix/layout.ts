/** Where in a file a hook goes, and in what style: read from the initialiser that is there. */
export interface HookPlace {
  /** Offset of the line above which the function goes. */
  readonly functionAt: number;
  /** Offset behind the member after which `.shutdown` goes (the start of a line). */
  readonly memberAt: number;
  /** The member's line, without its end, for a hook's name. */
  readonly member: (hook: string) => string;
}

const MEMBER = /^([ \t]*)\.(\w+)([ \t]*)=([ \t]*)(?=[^=])/;
const ANCHORS = ['remove', 'remove_new', 'probe', 'probe_new', 'id_table'];

/**
 * Finds the place for a hook.
 * @param text the file
 * @param nameAt offset of the instance's name in its definition
 * @returns undefined where the initialiser is not laid out one member a line
 */
export function hookPlace(text: string, nameAt: number): HookPlace | undefined {
  const open = text.indexOf('{', nameAt);
  if (open < 0 || text.slice(nameAt, open).includes(';')) return undefined;
  const found = new Map<string, { start: number; end: number; line: string }>();
  let depth = 1;
  let conditional = 0;
  for (let at = text.indexOf('\n', open) + 1; at > 0 && at < text.length && depth > 0; ) {
    const next = text.indexOf('\n', at);
    const end = next < 0 ? text.length : next + 1;
    const line = text.slice(at, end).replace(/\r?\n$/, '');
    if (/^[ \t]*#[ \t]*if/.test(line)) conditional++;
    else if (/^[ \t]*#[ \t]*endif/.test(line)) conditional--;
    const before = depth;
    for (const c of line.replace(/"(?:[^"\\]|\\.)*"|\/\*.*?\*\//g, '')) {
      if (c === '{' || c === '(') depth++;
      else if (c === '}' || c === ')') depth--;
    }
    const name = before === 1 && depth === 1 && conditional === 0 ? MEMBER.exec(line)?.[2] : undefined;
    if (name && /,[ \t]*(?:\/[/*].*)?$/.test(line)) found.set(name, { start: at, end, line });
    at = end;
  }
  const anchor = ANCHORS.map((name) => found.get(name)).find(Boolean) ?? [...found.values()][0];
  if (!anchor) return undefined;
  const shape = MEMBER.exec(anchor.line)!;
  const taken = text.slice(0, open).lastIndexOf('\n', nameAt) + 1;
  return {
    functionAt: aboveComment(text, startOfDefinition(text, taken)),
    memberAt: anchor.end,
    member: (hook) => `${shape[1]}.shutdown${gap(shape, '.shutdown')}=${shape[4]}${hook},`,
  };
}

/** White space behind the new member's name so that its `=` stands under the others'. */
function gap(shape: RegExpExecArray, name: string): string {
  const space = shape[3]!;
  if (space === '' || space === ' ') return space;
  const indent = width(shape[1]!, 0);
  const equals = width(space, indent + 1 + shape[2]!.length);
  let column = indent + name.length;
  if (column >= equals) return ' ';
  let made = '';
  if (!space.includes('\t')) return ' '.repeat(equals - column);
  while (column < equals) {
    const stop = (column & ~7) + 8;
    if (stop > equals) return made + ' '.repeat(equals - column);
    made += '\t';
    column = stop;
  }
  return made;
}

function width(space: string, from: number): number {
  let column = from;
  for (const c of space) column = c === '\t' ? (column & ~7) + 8 : column + 1;
  return column;
}

/** The definition may start on the line above its name: `static struct x\nname = {`. */
function startOfDefinition(text: string, lineStart: number): number {
  const line = text.slice(lineStart, text.indexOf('\n', lineStart));
  if (/\bstruct\b/.test(line) || lineStart === 0) return lineStart;
  const above = text.lastIndexOf('\n', lineStart - 2) + 1;
  return /\bstruct\b/.test(text.slice(above, lineStart)) ? above : lineStart;
}

/** The start of a definition with the comment right above, which belongs to it. */
export function aboveComment(text: string, at: number): number {
  let start = at;
  for (;;) {
    const above = text.lastIndexOf('\n', start - 2) + 1;
    const line = text.slice(above, start).trim();
    if (start === 0 || !/^(?:\/\*|\*|\/\/)|\*\/$/.test(line) || line === '') return start;
    start = above;
  }
}
