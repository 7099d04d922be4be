import { conditionsAt, type Region } from './preprocessor.ts';
import { KEYWORDS, type LineMap, simpleText, skipBrackets, splitList, unwrap } from './text.ts';
import type { CallFact, FlowFact, FunctionFact, HookAssignment } from './types.ts';

/** What a body needs to be read: the file's blanked text and where things are. */
export interface BodyContext {
  /** Comments, literals and directive lines blank. */
  readonly plain: string;
  /** The same as written, where it is at hand: offsets agree. */
  readonly text?: string;
  readonly lines: LineMap;
  readonly regions: readonly Region[];
}

/** The parts of a function that its body gives. */
export interface BodyFacts
  extends Pick<FunctionFact, 'calls' | 'refs' | 'flows' | 'stores' | 'locals' | 'bailsOut'> {
  readonly hookAssignments: readonly HookAssignment[];
}

/** ASCII characters of a word: 1 where one begins, 2 for a digit, 0 for others. */
const WORD_UNITS = Uint8Array.from({ length: 128 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  return /[A-Za-z_]/.test(character) ? 1 : /\d/.test(character) ? 2 : 0;
});
const DECLARATION =
  /(?:^|[;{}])\s*((?:(?:const|static|volatile|unsigned|signed|struct|union|enum|register)\s+)*[A-Za-z_]\w*(?:\s+(?:const|int|long|char))*)(\s*(?:\*\s*(?:const\s+)?)+|\s+)([A-Za-z_]\w*)\s*(?==[^=]|;|,|\[|:)/g;
const NO_TYPE = new Set(['return', 'goto', 'else', 'case', 'break', 'continue', 'do', 'sizeof', 'default']);
const LOGGING =
  /^(?:dev_(?:dbg|info|notice|warn|err|crit|alert|emerg|printk|vdbg|err_probe|warn_once|err_once|info_once|dbg_once)\w*|pr_\w+|printk\w*|netdev_(?:dbg|info|warn|err|notice)\w*|netif_(?:dbg|info|warn|err)\w*|WARN\w*|BUG\w*|trace_\w+|drm_(?:dbg|info|warn|err)\w*|DRM_\w+|v4l2_(?:dbg|info|warn|err)|might_sleep|lockdep_\w+|dump_stack|memset|memcpy|strcmp|strscpy|snprintf|sprintf|kfree|ARRAY_SIZE|le\d+_to_cpu|cpu_to_\w+|BIT_ULL|FIELD_(?:GET|PREP))$/;
/** A path that may hold a pointer: no number, no constant, no sum. */
const POINTER_PATH = /^&?[A-Za-z_](?:\w|->|\.|\[\w*\])*$/;
const CONSTANT = /^[A-Z][A-Z\d_]*$|^(?:true|false)$/;
/** Conditions that never hold at kexec: the hook sees SYSTEM_RESTART, a reboot notifier SYS_RESTART. */
const OFF = '(?:system_state\\s*==\\s*SYSTEM_(?:POWER_OFF|HALT)|\\w+\\s*==\\s*SYS_(?:POWER_OFF|HALT))';
const POWER_OFF = new RegExp(`^\\(+\\s*${OFF}(?:[\\s()]*\\|\\|[\\s()]*${OFF})*\\s*\\)+$`);
/** The same, turned round: who gets past the `return` is switched off. */
const NOT_POWER_OFF =
  /^\(+\s*(?:system_state\s*!=\s*SYSTEM_(?:POWER_OFF|HALT)|\w+\s*!=\s*SYS_(?:POWER_OFF|HALT))\s*\)+$/;
const OFF_LABELS = /(?:\bcase\s+SYS(?:TEM)?_(?:POWER_OFF|HALT)\s*:\s*)+/g;
const ENABLED = /\bif\s*\(\s*IS_(?:ENABLED|REACHABLE|BUILTIN)\s*\(\s*(CONFIG_\w+)\s*\)\s*\)\s*/g;
/** Calls that make a platform device, named by a literal (drivers/base/platform.c). */
const MAKES_DEVICE = /^platform_device_(?:alloc|register_\w+)$/;
const LITERAL = /^\s*("[^"\\\n]*")\s*$/;
/** Calls that free DMA memory: who frees on every path has no DMA left when it returns. */
const FREES_DMA = /^(?:dmam?|pci)_free_/;
const BUSY_RETURN =
  /\bif\s*\((?![^;{}]*[!<]|[^;{}]*==\s*0\b)[^;{}]*\b(?:atomic_read|refcount_read|kref_read)\s*\([^;{}]*\)\s*(?:\{[^{}]*)?\breturn\b/;

/** What was asked for, as the same names come again and again; forgotten when there are many. */
const talk = new Map<string, boolean>();
const MOST_NAMES = 4096;

/** True for calls that only talk (logging, formatting, assertions): they leave no trace in the call graph. */
export function isTalk(name: string): boolean {
  let known = talk.get(name);
  if (known === undefined) {
    known = LOGGING.test(name);
    if (talk.size >= MOST_NAMES) talk.clear();
    talk.set(name, known);
  }
  return known;
}

/**
 * Reads a body: calls with their arguments, names mentioned, and how device pointers travel.
 * @param start offset of the opening brace (or of a macro's body)
 * @param params names of the function's parameters: never references to something at file scope
 */
export function scanBody(
  context: BodyContext,
  start: number,
  end: number,
  owner: string,
  params: readonly { name: string; type: string }[],
): BodyFacts {
  const { plain, lines, regions } = context;
  const body = plain.slice(start, end);
  const { names, locals, pointers } = readLocals(body);
  for (const param of params) {
    names.add(param.name);
    if (param.type === '' || param.type.endsWith('*')) pointers.add(param.name);
  }
  const calls: CallFact[] = [];
  const flows: FlowFact[] = [];
  const refs = new Map<string, number>();
  const hookAssignments: HookAssignment[] = [];
  const powerOff = powerOffRanges(body);
  const enabled = enabledRanges(body);
  let stores = 0;
  for (let behind = 0; ; ) {
    const at = wordFrom(body, behind);
    if (at === body.length) break;
    behind = at + 1;
    while (behind < body.length && WORD_UNITS[body.charCodeAt(behind)]! > 0) behind++;
    const name = body.slice(at, behind);
    const next = skipSpace(body, behind);
    const c = body.charCodeAt(next);
    const before = previous(body, at);
    const member = before === '.' || before === '>';
    if (member) {
      if (c === 40) addCall(`->${name}`, at, next);
      else if (c === 61 && body.charCodeAt(next + 1) !== 61) assign(at, behind, next, name);
      else if (c === 91 || isStore(body, next)) stores++;
      continue;
    }
    if (name === 'return') returned(behind, at);
    if (KEYWORDS.has(name) || before === '#') continue;
    if (c === 40) {
      if (!isTalk(name) && !names.has(name)) addCall(name, at, next);
      else if (names.has(name)) addCall(`->${name}`, at, next);
      continue;
    }
    if (c === 61 && body.charCodeAt(next + 1) !== 61) {
      // `struct device *dev = …` declares, `*p = …` stores.
      if (before === '*' && !isDeclared(body, at)) stores++;
      else assignLocal(name, at, next);
      if (!names.has(name)) stores++;
    }
    if (!names.has(name) && !refs.has(name) && couldBeName(name)) refs.set(name, lines.lineAt(start + at));
  }
  return {
    calls,
    refs: [...refs].map(([name, line]) => ({ name, line })),
    flows,
    stores,
    locals,
    hookAssignments,
    ...(BUSY_RETURN.test(body) ? { bailsOut: true as const } : {}),
  };

  function addCall(name: string, at: number, open: number): void {
    const close = skipBrackets(body, open, body.length);
    const args = splitList(body, open + 1, Math.max(open + 1, close - 1)).map(([a, b]) =>
      MAKES_DEVICE.test(name) ? literalOr(a, b) : simpleText(body, a, b),
    );
    const into = target(body, at);
    const under = enabled.filter(([a, b]) => at >= a && at < b).map(([, , option]) => `defined(${option})`);
    const around = regions.length ? conditionsAt(regions, start + at, start) : undefined;
    const conditions = under.length > 0 ? [...(around ?? []), ...under] : around;
    calls.push({
      name,
      args,
      ...lines.at(start + at),
      ...(into ? { into } : {}),
      ...(conditions ? { conditions } : {}),
      ...(powerOff.some(([a, b]) => at >= a && at < b) ? { powerOffOnly: true as const } : {}),
      ...(FREES_DMA.test(name) && isAlwaysRun(body, at) ? { always: true as const } : {}),
    });
    if (into && mayPoint(into)) {
      flows.push({ left: into, right: `${name}(${args.join(',')})`, line: lines.lineAt(start + at) });
    }
  }

  function literalOr(from: number, to: number): string {
    const written = context.text?.slice(start + from, start + to) ?? '';
    return LITERAL.exec(written)?.[1] ?? simpleText(body, from, to);
  }

  function assign(at: number, behind: number, equals: number, member: string): void {
    stores++;
    const [from, to] = rightSide(body, equals + 1);
    const right = simpleText(body, from, to);
    if (!right) return;
    const left = leftSide(body, at, behind);
    if (member === 'shutdown') {
      const root = /^\w+/.exec(left)?.[0] ?? '';
      const struct = locals[root] ?? params.find((p) => p.name === root)?.type.replace(/\W*\*+$/, '') ?? '';
      const conditions = regions.length ? conditionsAt(regions, start + at, start) : undefined;
      hookAssignments.push({
        left,
        member,
        value: unwrap(right),
        function: owner,
        struct,
        ...lines.at(start + at),
        ...(conditions ? { conditions } : {}),
      });
    }
    if (isPointer(right)) flows.push({ left, right, line: lines.lineAt(start + at) });
  }

  function assignLocal(name: string, at: number, equals: number): void {
    const [from, to] = rightSide(body, equals + 1);
    const right = simpleText(body, from, to);
    if (mayPoint(name) && isPointer(right)) {
      flows.push({ left: name, right, line: lines.lineAt(start + at) });
    }
  }

  /** `return priv->dev;` and `return to_dev(x);`: what the function hands back. */
  function returned(behind: number, at: number): void {
    const right = simpleText(body, ...rightSide(body, behind));
    const call = /^\w+\(.+\)$/.test(right);
    if (call || isPointer(right)) flows.push({ left: 'return', right, line: lines.lineAt(start + at) });
  }

  /** True for a path that starts at a pointer or at something that is no local: a number's root is a plain local. */
  function mayPoint(path: string): boolean {
    const root = /\w+/.exec(path)?.[0] ?? '';
    return !names.has(root) || pointers.has(root) || locals[root] !== undefined;
  }

  function isPointer(right: string): boolean {
    const path = unwrap(right);
    return POINTER_PATH.test(path) && !CONSTANT.test(path) && mayPoint(path);
  }
}

/** True for a statement of the function's own block that no `return` of that block comes before. */
function isAlwaysRun(body: string, at: number): boolean {
  // A function's body has its braces, a macro's may have none.
  let depth = body.startsWith('{') ? -1 : 0;
  for (const match of body.slice(0, at).matchAll(/[{}]|\breturn\b/g)) {
    if (match[0] === '{') depth++;
    else if (match[0] === '}') depth--;
    else if (depth === 0 && !isBranch(body, match.index)) return false;
  }
  return depth === 0 && !isBranch(body, at);
}

/** True for a statement without braces behind `if (…)`, `else` and the like. */
function isBranch(body: string, at: number): boolean {
  return /(?:\)|\belse|\bdo)\s*$/.test(body.slice(Math.max(0, at - 80), at));
}

/** Names declared in a body, the struct tags of those that are pointers to (or are) structs, and other pointers. */
function readLocals(body: string): {
  names: Set<string>;
  locals: Record<string, string>;
  pointers: Set<string>;
} {
  const names = new Set<string>();
  const pointers = new Set<string>();
  const locals: Record<string, string> = {};
  DECLARATION.lastIndex = 0;
  for (let match = DECLARATION.exec(body); match; match = DECLARATION.exec(body)) {
    const type = match[1]!;
    const words = type.split(/\s+/);
    if (NO_TYPE.has(words[0]!) || NO_TYPE.has(words.at(-1)!)) continue;
    const tag = words.includes('struct') ? words.at(-1)! : '';
    add(match[3]!, tag);
    if (match[2]!.includes('*') || /_t$/.test(words.at(-1)!)) pointers.add(match[3]!);
    const semicolon = body.indexOf(';', DECLARATION.lastIndex);
    const stop = semicolon < 0 ? body.length : semicolon;
    for (const [from, to] of splitList(body, DECLARATION.lastIndex, stop).slice(1)) {
      const more = /^[\s*]*([A-Za-z_]\w*)/.exec(body.slice(from, to));
      if (more) add(more[1]!, tag);
      if (more?.[0].includes('*')) pointers.add(more[1]!);
    }
    // The terminator of this declaration starts the next one.
    if (semicolon >= 0) DECLARATION.lastIndex = semicolon;
  }
  return { names, locals, pointers };

  function add(name: string, tag: string): void {
    names.add(name);
    if (tag) locals[name] = tag;
  }
}

/** Where the next word begins, at `from` or behind; the end where there is none. */
function wordFrom(text: string, from: number): number {
  let at = from;
  while (at < text.length && WORD_UNITS[text.charCodeAt(at)] !== 1) at++;
  return at;
}

function couldBeName(name: string): boolean {
  return name.length > 2 && /[a-z]/.test(name);
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
}

function previous(text: string, at: number): string {
  let i = at - 1;
  while (i >= 0 && text.charCodeAt(i) <= 32) i--;
  return i < 0 ? '' : text[i] === '>' && text[i - 1] !== '-' ? '' : text[i]!;
}

/** True when the stars before a name belong to a declaration: a word stands before them. */
function isDeclared(text: string, at: number): boolean {
  let i = at - 1;
  while (i >= 0 && (text.charCodeAt(i) <= 32 || text[i] === '*')) i--;
  return (
    i >= 0 && /\w/.test(text[i]!) && !/\b(?:else|return|do)$/.test(text.slice(Math.max(0, i - 7), i + 1))
  );
}

function isStore(text: string, at: number): boolean {
  const two = text.slice(at, at + 2);
  return /^(?:[|&+^-]=|\+\+|--)/.test(two);
}

/** The path on the left of `= call(`: scans back over the equals sign. */
function target(body: string, callAt: number): string {
  let i = callAt - 1;
  while (i >= 0 && body.charCodeAt(i) <= 32) i--;
  if (body[i] !== '=' || /[=!<>|&+-]/.test(body[i - 1] ?? '')) return '';
  i--;
  while (i >= 0 && body.charCodeAt(i) <= 32) i--;
  return leftSide(body, i + 1, i + 1);
}

/** The path that ends at `end`, read backwards: `priv->dev`, `x[0].y`. */
function leftSide(body: string, at: number, end: number): string {
  let i = at - 1;
  for (; i >= 0; i--) {
    const c = body[i]!;
    if (/\w/.test(c) || c === '.' || (c === '>' && body[i - 1] === '-') || (c === '-' && body[i + 1] === '>'))
      continue;
    if (c === ']') {
      const open = body.lastIndexOf('[', i);
      if (open < 0) break;
      i = open;
      continue;
    }
    break;
  }
  return body.slice(i + 1, end).replace(/\s+/g, '');
}

function rightSide(body: string, from: number): [number, number] {
  let depth = 0;
  for (let at = from; at < body.length; at++) {
    const c = body.charCodeAt(at);
    if (c === 40 || c === 91 || c === 123) depth++;
    else if (c === 41 || c === 93 || c === 125) {
      depth--;
      if (depth < 0) return [from, at];
    } else if ((c === 59 || c === 44) && depth === 0) return [from, at];
  }
  return [from, body.length];
}

/** Ranges of statements that run only when the machine powers off. */
function powerOffRanges(body: string): [number, number][] {
  const ranges: [number, number][] = [];
  if (!/SYS(?:TEM)?_(?:POWER_OFF|HALT)/.test(body)) return ranges;
  for (const match of body.matchAll(/\bif\s*(?=\()/g)) {
    const open = match.index + match[0].length;
    const close = skipBrackets(body, open, body.length);
    const condition = body.slice(open, close);
    const [from, to] = statementAt(body, close);
    if (POWER_OFF.test(condition)) ranges.push([from, to]);
    else if (NOT_POWER_OFF.test(condition) && /\breturn\b/.test(body.slice(from, to))) {
      ranges.push([to, body.length]);
    }
  }
  for (const match of body.matchAll(OFF_LABELS)) {
    // Falling in from `case SYS_RESTART:` above is the same branch.
    if (/:\s*$/.test(body.slice(0, match.index))) continue;
    const from = match.index + match[0].length;
    const after = /\b(?:break|return\b[^;]*|case\s+\w+|default)\s*[;:]/.exec(body.slice(from));
    if (after && !/^(?:case|default)/.test(after[0]))
      ranges.push([from, from + after.index + after[0].length]);
  }
  return ranges;
}

/** Ranges of statements under `if (IS_ENABLED(CONFIG_X))`, with the option. */
function enabledRanges(body: string): [number, number, string][] {
  if (!body.includes('IS_')) return [];
  return [...body.matchAll(ENABLED)].map((match) => [
    ...statementAt(body, match.index + match[0].length),
    match[1]!,
  ]);
}

/** The statement that begins at or behind `at`: a block, or up to its semicolon. */
function statementAt(body: string, at: number): [number, number] {
  const from = skipSpace(body, at);
  if (body[from] === '{') return [from, skipBrackets(body, from, body.length)];
  const semicolon = body.indexOf(';', from);
  return [from, semicolon < 0 ? body.length : semicolon + 1];
}
