import { type LogicalLine, logicalLines } from './lexer.ts';
import type {
  AssignOperator,
  Branch,
  Conditional,
  ConditionTest,
  Define,
  KbuildFile,
  Statement,
} from './types.ts';

const DIRECTIVE =
  /^(ifeq|ifneq|ifdef|ifndef|else|endif|include|-include|sinclude|define|undefine|vpath)(?=[\s("']|$)/;
const MODIFIER = /^(?:export|unexport|override|private)(?=\s|$)\s*/;

/**
 * Parses one Makefile or Kbuild file. Pure; never throws: a line it cannot place is listed in `problems`.
 * Rules and their recipes are skipped, target-specific variables too; both branches of a conditional are kept.
 */
export function parseKbuild(text: string): KbuildFile {
  const state = new ParseState();
  const lines = logicalLines(text);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.tabbed && state.inRule) continue;
    const trimmed = line.text.trim().replace(/^(?:(?:export|override|private)\s+)+(?=define\s)/, '');
    if (trimmed === '') continue;
    const directive = DIRECTIVE.exec(trimmed)?.[1];
    if (directive === 'define') i = readDefine(state, lines, i, trimmed);
    else if (directive !== undefined) readDirective(state, directive, trimmed, line.line);
    else readPlain(state, trimmed, line.line);
  }
  if (state.open.length > 0) {
    for (const c of state.open) state.problem(c.line, 'conditional is never closed by endif');
  }
  return { statements: state.top, variables: collectVariables(state.top), problems: state.problems };
}

class ParseState {
  readonly top: Statement[] = [];
  readonly open: Conditional[] = [];
  readonly problems: { line: number; message: string }[] = [];
  inRule = false;

  add(statement: Statement): void {
    const conditional = this.open.at(-1);
    (conditional === undefined ? this.top : conditional.branches.at(-1)!.body).push(statement);
  }

  problem(line: number, message: string): void {
    this.problems.push({ line, message });
  }
}

function readDirective(state: ParseState, directive: string, text: string, line: number): void {
  const rest = text.slice(directive.length).trim();
  switch (directive) {
    case 'ifeq':
    case 'ifneq':
    case 'ifdef':
    case 'ifndef': {
      const conditional: Conditional = {
        kind: 'conditional',
        branches: [{ test: parseTest(directive, rest), body: [] }],
        line,
      };
      state.add(conditional);
      state.open.push(conditional);
      return;
    }
    case 'else': {
      const conditional = state.open.at(-1);
      if (conditional === undefined) {
        state.problem(line, 'else without an open conditional');
        return;
      }
      const next = /^(ifeq|ifneq|ifdef|ifndef)(?=[\s("'])/.exec(rest)?.[1];
      const test = next === undefined ? null : parseTest(next, rest.slice(next.length).trim());
      conditional.branches.push({ test, body: [] } satisfies Branch);
      return;
    }
    case 'endif':
      if (state.open.pop() === undefined) state.problem(line, 'endif without an open conditional');
      return;
    case 'include':
    case '-include':
    case 'sinclude':
      state.inRule = false;
      state.add({ kind: 'include', path: rest, optional: directive !== 'include', line });
      return;
    default: // undefine, vpath: of no consequence here
      state.inRule = false;
  }
}

function parseTest(op: string, rest: string): ConditionTest {
  if (op === 'ifdef' || op === 'ifndef') return { op, left: rest, right: '' };
  const kind = op === 'ifeq' ? 'ifeq' : 'ifneq';
  if (rest.startsWith('(')) {
    const end = rest.lastIndexOf(')');
    const inner = rest.slice(1, end > 0 ? end : undefined);
    const comma = topLevelIndex(inner, (c) => c === ',');
    if (comma < 0) return { op: kind, left: inner.trim(), right: '' };
    return { op: kind, left: inner.slice(0, comma).trim(), right: inner.slice(comma + 1).trim() };
  }
  const quoted = /^(["'])(.*?)\1\s*(["'])(.*?)\3$/.exec(rest);
  return { op: kind, left: quoted?.[2] ?? rest, right: quoted?.[4] ?? '' };
}

function readDefine(state: ParseState, lines: readonly LogicalLine[], start: number, text: string): number {
  const head = /^define\s+(\S+?)\s*(\+=|\?=|:?:?:?=)?$/.exec(text);
  const body: string[] = [];
  let depth = 1;
  let i = start + 1;
  for (; i < lines.length; i++) {
    const word = lines[i]!.text.trim();
    if (/^(?:(?:export|override|private)\s+)*define\s/.test(word)) depth++;
    else if (/^endef\b/.test(word) && --depth === 0) break;
    body.push(lines[i]!.raw);
  }
  if (i >= lines.length) state.problem(lines[start]!.line, 'define is never closed by endef');
  state.inRule = false;
  state.add({
    kind: 'define',
    name: head?.[1] ?? '',
    operator: (head?.[2] ?? '=') as AssignOperator,
    body: body.join('\n'),
    line: lines[start]!.line,
  } satisfies Define);
  return i;
}

function readPlain(state: ParseState, text: string, line: number): void {
  let rest = text;
  let exported = false;
  for (
    let m = MODIFIER.exec(rest);
    m !== null && !/^\s*[:+?!]?=/.test(rest.slice(m[0].length));
    m = MODIFIER.exec(rest)
  ) {
    rest = rest.slice(m[0].length);
    exported = true;
  }
  const sign = topLevelIndex(rest, (c) => c === '=' || c === ':');
  const op = sign < 0 ? undefined : operatorAt(rest, sign);
  if (op !== undefined) {
    const value = rest.slice(op.end).trim();
    state.inRule = false;
    state.add({
      kind: 'assign',
      name: rest.slice(0, op.start).trim(),
      operator: op.operator,
      value,
      words: splitWords(value),
      line,
    });
  } else if (sign >= 0) state.inRule = true;
  else if (exported) state.inRule = false;
  else if (rest.startsWith('$')) {
    state.inRule = false;
    state.add({ kind: 'expression', text: rest, line });
  } else state.problem(line, `missing separator: ${rest.slice(0, 60)}`);
}

interface OperatorSpan {
  readonly operator: AssignOperator;
  readonly start: number;
  readonly end: number;
}

function operatorAt(text: string, at: number): OperatorSpan | undefined {
  if (text[at] === '=') {
    const before = text[at - 1];
    if (before === '+' || before === '?' || before === '!') {
      return { operator: `${before}=`, start: at - 1, end: at + 1 };
    }
    return { operator: '=', start: at, end: at + 1 };
  }
  const colons = /^:{1,3}=/.exec(text.slice(at))?.[0];
  return colons === undefined
    ? undefined
    : { operator: colons as AssignOperator, start: at, end: at + colons.length };
}

/** Index of the first character outside of `$(…)`, `${…}` and plain parentheses that satisfies `want`, or -1. */
export function topLevelIndex(text: string, want: (c: string) => boolean, from = 0): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const c = text[i]!;
    if (c === '(' || c === '{') depth++;
    else if (c === ')' || c === '}') depth = Math.max(0, depth - 1);
    else if (depth === 0 && want(c)) return i;
  }
  return -1;
}

/** Splits at white space outside of references: `a.o $(addprefix x/, b.o c.o)` is two words. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = topLevelIndex(text, isSpace, start);
    if (end < 0) {
      words.push(text.slice(start));
      break;
    }
    if (end > start) words.push(text.slice(start, end));
    start = end + 1;
  }
  return words;
}

function isSpace(c: string): boolean {
  return c === ' ' || c === '\t' || c === '\n';
}

function collectVariables(statements: readonly Statement[]): Map<string, string[]> {
  const out = new Map<string, string[]>();
  const visit = (list: readonly Statement[]): void => {
    for (const s of list) {
      if (s.kind === 'conditional') for (const b of s.branches) visit(b.body);
      else if (s.kind === 'assign') {
        const words = out.get(s.name);
        if (words === undefined) out.set(s.name, [...s.words]);
        else words.push(...s.words);
      }
    }
  };
  visit(statements);
  return out;
}
