import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { hintFor } from './nearest.ts';
import type { Shape } from './shape.ts';

/** Something wrong in a text, with its place; lines and columns count from 1. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A text as read: plain values, and the line of each (`rules.missing-shutdown`, `overrides.0.files`). */
export interface ReadText {
  readonly value: unknown;
  readonly lines: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

/** Reads a YAML text by its shape. Never throws: what is wrong is listed, in the order of the text. */
export function readYaml(text: string, shape: Shape): ReadText {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true });
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) =>
    problem(error.pos[0], error.message),
  );
  const lines = new Map<string, number>();
  // An empty file says nothing, and that is fine.
  const isEmpty =
    document.contents === null || (isScalar(document.contents) && document.contents.value === null);
  const value = problems.length > 0 || isEmpty ? {} : read(document.contents!, shape, '', 'the file', 0);
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { value, lines, problems };

  function problem(at: number, message: string): Problem {
    const { line, col } = counter.linePos(at);
    return { line, column: col, message };
  }

  function wrong(node: Node, message: string): undefined {
    problems.push(problem(node.range?.[0] ?? 0, message));
    return undefined;
  }

  function read(given: Node, wanted: Shape, path: string, name: string, depth: number): unknown {
    const node = isAlias(given) ? given.resolve(document) : given;
    // An alias may lead back to what holds it.
    if (!node || depth > 16) return wrong(given, `${name}: an alias that leads nowhere`);
    lines.set(path, counter.linePos(given.range?.[0] ?? 0).line);
    if (wanted.kind === 'map') return readMap(node, wanted, path, name, depth);
    if (wanted.kind === 'list') {
      if (!isSeq(node)) return wrong(given, `${name}: a list is wanted (one '- ' a line)`);
      return node.items.map((item, index) =>
        read(item as Node, wanted.of, path === '' ? `${index}` : `${path}.${index}`, name, depth + 1),
      );
    }
    if (!isScalar(node)) return wrong(given, `${name}: ${wish(wanted)} is wanted`);
    return readScalar(node, given, wanted, name);
  }

  function readScalar(
    node: { value: unknown; source?: string },
    given: Node,
    wanted: Exclude<Shape, { kind: 'map' | 'list' }>,
    name: string,
  ): unknown {
    const { value } = node;
    if (wanted.kind === 'flag') {
      return typeof value === 'boolean' ? value : wrong(given, `${name}: true or false is wanted`);
    }
    if (wanted.kind === 'whole') {
      const fits =
        typeof value === 'number' && Number.isInteger(value) && value >= wanted.min && value <= wanted.max;
      return fits ? value : wrong(given, `${name}: ${wish(wanted)} is wanted`);
    }
    // `6.10` is a number to YAML, and another one than 6.1 to us.
    const text = typeof value === 'string' ? value : typeof value === 'number' ? node.source : undefined;
    if (text === undefined) return wrong(given, `${name}: ${wish(wanted)} is wanted`);
    if (wanted.kind === 'choice') {
      if (wanted.of.includes(text)) return text;
      const why = wanted.not?.[text];
      if (why) return wrong(given, `${name}: '${text}' is ${why}. Valid: ${wanted.of.join(', ')}`);
      return wrong(given, `${name}: '${text}' is not known.${hintFor(text, wanted.of)}`);
    }
    const fits = text !== '' && (wanted.pattern === undefined || new RegExp(wanted.pattern).test(text));
    return fits ? text : wrong(given, `${name}: '${text}' is not ${wanted.what}`);
  }

  function readMap(
    node: Node,
    wanted: Shape & { kind: 'map' },
    path: string,
    name: string,
    depth: number,
  ): Record<string, unknown> | undefined {
    const valid = Object.keys(wanted.keys);
    if (!isMap(node)) return wrong(node, `${name}: keys with values are wanted. Valid: ${valid.join(', ')}`);
    const found: Record<string, unknown> = {};
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const id = isScalar(key) ? String(key.value) : '';
      const known = Object.hasOwn(wanted.keys, id) ? wanted.keys[id] : undefined;
      if (!known) {
        const what = path === '' ? `unknown key '${id}'` : `unknown key '${id}' in ${name}`;
        wrong(key, `${what}.${hintFor(id, valid)}`);
        continue;
      }
      if (value === null || (isScalar(value) && value.value === null)) {
        wrong(key, `${id}: ${wish(known.shape)} is wanted`);
        continue;
      }
      found[id] = read(value, known.shape, path === '' ? id : `${path}.${id}`, id, depth + 1);
    }
    const missing = valid.filter((id) => wanted.keys[id]!.required && !(id in found) && !hasKey(node, id));
    if (missing.length > 0) wrong(node, `${name}: ${missing.join(' and ')} is missing`);
    return found;
  }
}

function hasKey(node: Node, id: string): boolean {
  return isMap(node) && node.has(id);
}

/** What a shape asks for, in words. */
function wish(shape: Shape): string {
  switch (shape.kind) {
    case 'flag':
      return 'true or false';
    case 'choice':
      return `one of ${shape.of.join(', ')}`;
    case 'text':
      return shape.what;
    case 'whole':
      return `a whole number from ${shape.min} to ${shape.max}`;
    case 'list':
      return 'a list';
    case 'map':
      return `a map with ${Object.keys(shape.keys).slice(0, 4).join(', ')}…`;
  }
}
