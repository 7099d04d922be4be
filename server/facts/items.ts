import { skipBrackets } from './text.ts';

/** A function definition found in the text: where its name, its parameters and its body are. */
export interface FunctionItem {
  readonly name: string;
  readonly nameAt: number;
  readonly isStatic: boolean;
  readonly params: readonly { readonly name: string; readonly type: string }[];
  readonly bodyStart: number;
  readonly end: number;
}

/** A variable with an initialiser in braces. */
export interface VariableItem {
  readonly name: string;
  readonly nameAt: number;
  /** Struct tag, `''` for other types. */
  readonly struct: string;
  readonly isStatic: boolean;
  readonly isArray: boolean;
  readonly isPointer: boolean;
  /** Offset of the opening brace. */
  readonly open: number;
}

/** Behind a function's head: `__cold`, `__attribute__((…))`, and the annotations that take arguments. */
const ATTRIBUTE =
  /\s*\b(?:__\w+(?:\s*\(\([^)]*\)\))?|__(?:releases|acquires|acquire|release|must_hold|cond_acquires|printf|scanf|section|aligned|no_sanitize\w*)\w*\s*\((?:[^()]|\([^()]*\))*\))\s*$/;
/** `__aligned(8)`, with brackets two deep: what may stand between a declarator and its `=`. */
const ATTRIBUTES = String.raw`(?:__\w+\b(?:\s*\((?:[^()]|\([^()]*\))*\))?\s*)*`;
const DIMENSIONS = String.raw`(?:\s*\[[^\]]{0,200}\])*`;
/** Written so that no text makes it try the same stretch in many ways: its parts cannot overlap. */
const VARIABLE = new RegExp(
  String.raw`\b(struct\s+(\w+)|[A-Za-z_]\w*)([\s*]*(?:\b(?:const|static|volatile|__\w+)\b[\s*]*){0,6})\b([A-Za-z_]\w*)(${DIMENSIONS})\s*(?:${ATTRIBUTES})=\s*\{`,
  'g',
);

/**
 * Reads a function's head: the text between the item's start and its body.
 * @returns undefined when the text is no function definition
 */
export function readFunctionHead(
  plain: string,
  start: number,
  bodyStart: number,
  end: number,
): FunctionItem | undefined {
  let head = plain.slice(start, bodyStart).trimEnd();
  for (let round = 0; round < 4 && ATTRIBUTE.test(head); round++) head = head.replace(ATTRIBUTE, '');
  if (!head.endsWith(')')) return undefined;
  const open = openingOf(head);
  if (open < 0) return undefined;
  const named = /([A-Za-z_]\w*)\s*$/.exec(head.slice(0, open));
  if (!named) return undefined;
  return {
    name: named[1]!,
    nameAt: start + named.index,
    isStatic: /\bstatic\b/.test(head.slice(0, named.index)),
    params: readParams(head.slice(open + 1, -1)),
    bodyStart,
    end,
  };
}

/** Parameters with their types as `platform_device*` (struct tag or type name, and stars). */
function readParams(text: string): { name: string; type: string }[] {
  const params: { name: string; type: string }[] = [];
  for (const written of text.split(',')) {
    const part = written.replace(/\s__(?:maybe_unused|always_unused|unused)\s*$/, '');
    const callback = /\(\s*\*\s*(\w+)\s*\)\s*\(/.exec(part);
    if (callback) {
      params.push({ name: callback[1]!, type: 'function*' });
      continue;
    }
    const match = /(?:struct\s+)?(\w+)((?:\s|\*|\bconst\b|\b__\w+\b)*)\b(\w+)\s*(?:\[[^\]]*\])?\s*$/.exec(
      part.trim(),
    );
    if (match)
      params.push({
        name: match[3]!,
        type: `${match[1]}${'*'.repeat((match[2]!.match(/\*/g) ?? []).length)}`,
      });
    else if (part.trim() !== 'void' && part.trim() !== '') params.push({ name: '', type: part.trim() });
  }
  return params;
}

/** Offset of the bracket that the text's last one closes. */
function openingOf(text: string): number {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    const c = text[at];
    if (c === ')') depth++;
    else if (c === '(' && --depth === 0) return at;
  }
  return -1;
}

/** All variables with an initialiser in braces in `plain[start, end)`, in order. */
export function readVariables(plain: string, start: number, end: number): VariableItem[] {
  const found: VariableItem[] = [];
  const text = plain.slice(start, end);
  VARIABLE.lastIndex = 0;
  for (let match = VARIABLE.exec(text); match; match = VARIABLE.exec(text)) {
    const open = start + match.index + match[0].length - 1;
    const [, type, tag, stars, name, dimensions] = match as unknown as string[];
    if (!/^(?:struct|union|enum)$/.test(name!)) {
      found.push({
        name: name!,
        nameAt: start + match.index + type!.length + stars!.length,
        struct: tag ?? '',
        isStatic: /\bstatic\b/.test(lineBefore(text, match.index)),
        isArray: dimensions!.includes('['),
        isPointer: stars!.includes('*'),
        open,
      });
    }
    VARIABLE.lastIndex = skipBrackets(text, open - start, text.length);
  }
  return found;
}

/** The text between the previous statement's end and `at`: the specifiers of a declaration. */
function lineBefore(text: string, at: number): string {
  const from = Math.max(text.lastIndexOf(';', at), text.lastIndexOf('}', at), text.lastIndexOf(')', at));
  return text.slice(from + 1, at);
}

/**
 * Functions by layout: an opening brace in column 1 with a head before it. The fallback where the tree has no
 * function (the file's grammar broke there).
 */
export function readFunctionsByLayout(plain: string, covered: (at: number) => boolean): FunctionItem[] {
  const found: FunctionItem[] = [];
  for (const match of plain.matchAll(/^\{/gm)) {
    const bodyStart = match.index;
    if (covered(bodyStart)) continue;
    const before = plain.slice(Math.max(0, bodyStart - 600), bodyStart);
    const from = Math.max(before.lastIndexOf(';'), before.lastIndexOf('}'), lastBlankLine(before));
    const start = bodyStart - before.length + from + 1;
    const closing = plain.indexOf('\n}', bodyStart);
    // Nothing closes behind here, so nothing behind here closes either.
    if (closing < 0) break;
    const item = readFunctionHead(plain, start, bodyStart, closing + 2);
    if (item) found.push(item);
  }
  return found;
}

/** Offset of the line break before the last blank line, -1 without one. */
function lastBlankLine(text: string): number {
  for (let end = text.lastIndexOf('\n'); end > 0; ) {
    const start = text.lastIndexOf('\n', end - 1);
    if (start < 0) return -1;
    if (text.slice(start + 1, end).trim() === '') return start;
    end = start;
  }
  return -1;
}
