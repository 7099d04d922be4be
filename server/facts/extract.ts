import { bodyInsides, initialiserInsides, type Span } from '../../grammars/bodies.ts';
import { lex, type Masked, maskAndCount } from '../../grammars/mask.ts';
import {
  type CCursor,
  type CParser,
  type CTree,
  EngineFailure,
  parseParts,
  walkTop,
} from '../../grammars/parser.ts';
import { busOf, functionMacroRow } from '../kernel/index.ts';
import { type BodyContext, scanBody } from './body.ts';
import { byElement } from './elements.ts';
import { DRIVER_NAME, readInitializer } from './initializer.ts';
import {
  type FunctionItem,
  readFunctionHead,
  readFunctionsByLayout,
  readVariables,
  type VariableItem,
} from './items.ts';
import { conditionsAt, type Directives, readDirectives } from './preprocessor.ts';
import { type Mentions, readReached, rootsOf } from './reached.ts';
import { isSound } from './sound.ts';
import { readSuppressions } from './suppressions.ts';
import { ID_STRUCTS, readIds } from './tables.ts';
import { LineMap, simpleText, skipBrackets, splitList, unwrap } from './text.ts';
import type {
  DamageFact,
  Facts,
  FlowFact,
  FunctionFact,
  HookAssignment,
  InstanceFact,
  MacroUse,
  Member,
  ObjectFact,
  Place,
  StructFact,
  TableFact,
} from './types.ts';

/** In a declaration: it may be that of a driver, on whichever bus. */
const DRIVER_STRUCT = /\bstruct\s+\w*(?:driver|drv)/i;
const EXPORT = /^[ \t]*EXPORT_\w*SYMBOL\w*\s*\(\s*(\w+)/gm;
const TOP_MACRO = /^([A-Za-z_]\w*)[ \t]*\(/gm;
const FUNCTION_MACRO = /^(static\s+)?([A-Z][A-Z\d_]+)\s*\(\s*(\w+)\s*\)/gm;
const DULL_MACRO =
  /^(?:MODULE_\w+|EXPORT_\w+|DEFINE_\w*(?:SHOW|ATTR|MUTEX|SPINLOCK|IDA|PER_CPU|DEBUGFS|RAW)\w*|DECLARE_\w+|SIMPLE_\w+|\w*_PM_OPS|static_assert|LIST_HEAD|late_param|__setup|early_param|module_param\w*|CREATE_TRACE\w*|TRACE_EVENT|ATTRIBUTE_GROUPS|DEVICE_ATTR\w*)$/;
/** Preprocessor conditionals nested deeper than this are not looked into. */
const MAX_DEPTH = 200;
const BUS_ADDRESS =
  /\bdma_addr\b|\bdma_buffer\.addr\b|\bsnd_(?:pcm_)?sgbuf_get_|\bsnd_dmaengine_|\bsnd_pcm_get_dma_buf/;
/** A sound buffer of one's own, and the member that is its bus address (`include/sound/memalloc.h:snd_dma_buffer`). */
const SOUND_BUFFER = /\bsnd_(?:dma_buffer|(?:devm|dma)_alloc_\w*pages\w*)\b/;
const BUFFER_ADDRESS = /(?:\.|->)addr\b/;
/** A file with more functions (the kernel's largest has some 2,000) gives only those that its drivers lead to. */
const MANY_FUNCTIONS = 20_000;
/** A template whose members matter even where it names no function (`include/linux/usb/hcd.h:hc_driver`). */
const HOST_TEMPLATE = 'hc_driver';
const STRUCT = /^[ \t]*struct\s+(\w+)\s*\{/gm;
const STRUCT_MEMBER = /\bstruct\s+(\w+_driver)\s*(\*?)\s*(\w+)\s*;/g;

/**
 * Reads what one file of C says. A function of the text alone; never throws, whatever the bytes.
 * @param parser frees nothing of ours; the tree is freed here
 * @param text the file: one character a byte (latin1) from disk, or UTF-16 from an editor
 * @param read reads a body; an editor's remembers those of the text before (`memo.ts`)
 * @param seen what the parser is shown; the facts are the same
 */
export function extractFacts(parser: CParser, text: string, read = scanBody, seen = LEAST): Facts {
  return extractFile(parser, text, read, seen).facts;
}

/** What of a file the parser is shown; never its directives but for conditionals: they are read by themselves. */
export interface Seen {
  /** The insides of functions: facts do not need them parsed, who wants to know of half a statement does. */
  readonly bodies: 'parse' | 'skip';
  /** Long blanks, also those that masking made: a tree to parse on from needs one text without gaps. */
  readonly blanks: 'parse' | 'skip';
}

const LEAST: Seen = { bodies: 'skip', blanks: 'skip' };

/** As `extractFacts`, with what an editor needs to read a stretch of the file by itself (`stretch.ts`). */
export function extractFile(parser: CParser, text: string, read = scanBody, seen = LEAST): ReadFile {
  const { code } = lex(text);
  const lines = new LineMap(text);
  const directives = readDirectives(text, code);
  const { plain, regions } = directives;
  const masked = maskAndCount(text, seen.bodies === 'skip' ? unread(plain, regions) : [], 'skip');
  const layout = layoutOf(parser, masked, plain, lines, seen.blanks);
  return {
    facts: assemble(
      { text, code, directives, lines },
      layout,
      read,
      layout.functions.length > MANY_FUNCTIONS,
    ),
    items: layout.items,
    directives,
  };
}

/** What the parser need not read: facts are read from its text. */
function unread(plain: string, regions: Directives['regions']): Span[] {
  const bodies = bodyInsides(plain, regions);
  // Whether a driver struct's initialiser parses is a fact.
  const isDull = (open: number): boolean => {
    const from = Math.max(plain.lastIndexOf(';', open), plain.lastIndexOf('}', open), open - 300);
    return !DRIVER_STRUCT.test(plain.slice(from, open));
  };
  return [...bodies, ...initialiserInsides(plain, regions, bodies, isDull)];
}

/** A file's facts, the spans of its top-level items in the tree, and its directives. */
export interface ReadFile {
  readonly facts: Facts;
  readonly items: readonly [number, number][];
  readonly directives: Directives;
}

/** What the grammar makes of a text. Where the engine itself gives up, nothing parsed: the whole file is damaged. */
function layoutOf(
  parser: CParser,
  masked: Masked,
  plain: string,
  lines: LineMap,
  blanks: Seen['blanks'],
): Layout {
  const layout: Layout = { items: [], functions: [], declarations: [], damage: [], damaged: [] };
  try {
    for (const tree of parseParts(parser, masked, blanks)) readLayout(tree, plain, lines, layout);
    return layout;
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    const { length } = masked.text;
    const whole = { line: 1, endLine: lines.lineAt(length), bytes: length };
    return { items: [], functions: [], declarations: [], damage: [whole], damaged: [[0, length]] };
  }
}

/** What the tree gives: the file's top-level items, and where it could not read. */
export interface Layout {
  /** Every child of the translation unit. */
  readonly items: [number, number][];
  readonly functions: FunctionItem[];
  readonly declarations: [number, number][];
  readonly damage: DamageFact[];
  readonly damaged: [number, number][];
}

function readLayout(tree: CTree, plain: string, lines: LineMap, layout: Layout): void {
  walkTop(tree, (cursor, depth) => {
    const { nodeType: type, startIndex: start, endIndex: end } = cursor;
    if (depth === 1) layout.items.push([start, end]);
    if (type === 'function_definition') {
      const body = bodyOf(cursor);
      const item = body >= 0 ? readFunctionHead(plain, start, body, end) : undefined;
      if (item) layout.functions.push(item);
    } else if (type === 'declaration') {
      layout.declarations.push([start, end]);
    } else if (type === 'ERROR') {
      layout.damaged.push([start, end]);
      layout.damage.push({
        line: lines.lineAt(start),
        endLine: lines.lineAt(Math.max(start, end - 1)),
        bytes: end - start,
      });
    }
    return depth < MAX_DEPTH;
  });
}

/** Offset of the body of the function definition under the cursor, -1 without one; the cursor stays. */
function bodyOf(cursor: CCursor): number {
  let body = -1;
  if (!cursor.gotoFirstChild()) return body;
  do {
    if (cursor.nodeType === 'compound_statement') body = cursor.startIndex;
  } while (body < 0 && cursor.gotoNextSibling());
  cursor.gotoParent();
  return body;
}

/** A file's text as it is read from: as written, without comments and literals, and what its directives say. */
export interface ReadText {
  readonly text: string;
  readonly code: string;
  readonly directives: Directives;
  readonly lines: LineMap;
}

/**
 * Puts the facts of a file together from its text and its layout.
 * @param reached only functions that the file's drivers and exports lead to are read, in no order
 */
export function assemble(
  { text, code, directives, lines }: ReadText,
  layout: Layout,
  read: typeof scanBody,
  reached: boolean,
): Facts {
  const { plain, regions } = directives;
  const context = { text, plain, lines, regions };
  const instances: InstanceFact[] = [];
  const objects: ObjectFact[] = [];
  const tables: TableFact[] = [];
  const hookAssignments: HookAssignment[] = [];
  const functions: FunctionFact[] = [];
  const seen = new Set<number>();

  const items = layout.functions;
  const spans = items.map((item) => [item.bodyStart, item.end] as const).sort((a, b) => a[0] - b[0]);
  const inFunction = (at: number): boolean => within(spans, at);
  for (const item of readFunctionsByLayout(plain, inFunction)) items.push(item);
  // In the order of the text, whoever found them: a stretch read by itself has the same.
  items.sort((a, b) => a.nameAt - b.nameAt);
  const readItem = (item: FunctionItem): FunctionFact => readFunction(context, item, hookAssignments, read);
  if (!reached) for (const item of items) functions.push(readItem(item));
  const made = readFunctionMacros(plain, lines);
  functions.push(...made);
  if (made.length > 0) functions.sort(byPlace);
  for (const macro of directives.macros) {
    if (/\w\s*\(|->/.test(macro.body)) functions.push(readMacro(context, macro));
  }

  const damaged = layout.damaged;
  for (const [start, end] of layout.declarations) {
    if (!plain.slice(start, end).includes('{')) continue;
    for (const item of readVariables(plain, start, end)) addVariable(item, end, 'tree');
  }
  // Where the grammar lost a driver struct (or it stands in a function), its text still has it.
  for (const match of plain.matchAll(/\bstruct\s+(\w+)[\s*]+(?:const\s+)?\w+/g)) {
    if (!busOf(match[1]!) && !ID_STRUCTS.has(match[1]!)) continue;
    const from = match.index;
    const brace = plain.indexOf('{', from);
    if (brace < 0 || brace - from > 160 || /[;})]/.test(plain.slice(from, brace))) continue;
    const close = skipBrackets(plain, brace, plain.length);
    const [item] = readVariables(plain, from, close);
    if (item && !seen.has(item.open)) addVariable(item, close, 'text');
  }

  const macroUses = readMacroUses(plain, lines, inFunction);
  const exports = plain.includes('EXPORT_') ? [...plain.matchAll(EXPORT)].map((match) => match[1]!) : [];
  if (reached) {
    const roots = [...rootsOf(instances, tables, macroUses), ...exports];
    for (const fact of readReached(items, [...objects, ...mentionsOf(functions)], roots, readItem))
      functions.push(fact);
  }
  return {
    instances: instances.sort(byPlace),
    objects: objects.sort(byPlace),
    tables: tables.sort(byPlace),
    functions,
    hookAssignments,
    structs: readStructs(plain),
    macros: driverMacros(directives).map(({ at, bodyAt: _, ...macro }) => ({ ...macro, ...lines.at(at) })),
    macroUses,
    constants: directives.constants,
    strings: directives.strings,
    includes: directives.includes,
    exports,
    takesBusAddress: BUS_ADDRESS.test(plain) || (SOUND_BUFFER.test(plain) && BUFFER_ADDRESS.test(plain)),
    suppressions: readSuppressions(text, code, lines),
    damage: layout.damage,
  };

  function addVariable(item: VariableItem, end: number, found: 'tree' | 'text'): void {
    if (seen.has(item.open)) return;
    seen.add(item.open);
    const place = lines.at(item.nameAt);
    if (ID_STRUCTS.has(item.struct) && !item.isPointer) {
      const { refs } = readInitializer(context, item.open, end);
      const ids = readIds(item.struct, text, plain, item.open, end);
      tables.push({ name: item.name, struct: item.struct, ids, refs, ...place });
      return;
    }
    const isDriver = busOf(item.struct) !== undefined && !item.isPointer;
    if (!isDriver && item.struct === '' && !item.isPointer) {
      if (inFunction(item.open)) return;
      // Arrays of numbers and the like; only tables of functions are of interest.
      if (!/\b[a-z_]\w{2,}/.test(plain.slice(item.open, item.open + 400))) return;
    }
    const { members, refs } = readInitializer(context, item.open, end, isDriver ? DRIVER_NAME : undefined);
    const conditions = regions.length ? conditionsAt(regions, item.open) : undefined;
    const common = {
      isStatic: item.isStatic,
      ...place,
      ...(conditions ? { conditions } : {}),
    };
    if (!isDriver) {
      if (refs.length === 0 && item.struct !== HOST_TEMPLATE) return;
      objects.push({
        name: item.name,
        struct: item.struct,
        isArray: item.isArray,
        refs,
        members: worthKeeping(members),
        ...common,
      });
      return;
    }
    const isDamaged =
      found === 'text' ||
      damaged.some(([a, b]) => item.open >= a && item.open < b) ||
      !isSound(plain, item.open, end) ||
      (!item.isArray && members.some(isOpaque));
    const base = {
      struct: item.struct,
      variable: item.name,
      found,
      ...common,
      ...(isDamaged ? { damaged: true } : {}),
    };
    if (!item.isArray) {
      instances.push({ ...base, name: item.name, members });
      return;
    }
    for (const [element, own] of byElement(members)) {
      const at = members.find((m) => m.path === element);
      instances.push({
        ...base,
        ...(at ? { line: at.line, column: at.column } : {}),
        name: `${item.name}${element}`,
        members: own,
      });
    }
  }
}

/** A macro in a designator's place: which members it sets is not told here. */
function isOpaque({ path, value }: Member): boolean {
  return /^\[\d+\]$/.test(path) && /^\w+\(/.test(value);
}

/** Members that lead somewhere: a name or a flag; numbers and blanks in data tables are dropped. */
function worthKeeping(members: readonly Member[]): Member[] {
  return members
    .filter(
      (m) =>
        m.value !== '' && m.value !== '{}' && !m.value.startsWith('"') && /\b[A-Za-z_]\w{2}/.test(m.value),
    )
    .slice(0, 400);
}

function readFunction(
  context: BodyContext,
  item: FunctionItem,
  hooks: HookAssignment[],
  read: typeof scanBody,
): FunctionFact {
  const { lines, regions } = context;
  const { hookAssignments, ...body } = read(context, item.bodyStart, item.end, item.name, item.params);
  hooks.push(...hookAssignments);
  const conditions = regions.length ? conditionsAt(regions, item.bodyStart) : undefined;
  return {
    name: item.name,
    isStatic: item.isStatic,
    endLine: lines.lineAt(item.end - 1),
    params: item.params,
    ...lines.at(item.nameAt),
    ...body,
    ...(conditions ? { conditions } : {}),
  };
}

/** What functions and macros that were read lead to. */
function mentionsOf(functions: readonly FunctionFact[]): Mentions[] {
  return functions.map(({ name, calls, refs }) => ({
    name,
    refs: [...calls, ...refs].map((one) => one.name),
  }));
}

function readMacro(context: BodyContext, macro: Directives['macros'][number]): FunctionFact {
  const { lines } = context;
  const params = macro.params.map((name) => ({ name, type: '' }));
  // A macro's text is blank in `plain`: scan its body alone and give its calls the macro's own place.
  const place = lines.at(macro.at);
  const body = { plain: macro.body.replace(/\\\n/g, ' \n'), lines: new LineMap(macro.body), regions: [] };
  const { hookAssignments: _, ...facts } = scanBody(body, 0, body.plain.length, macro.name, params);
  return {
    name: macro.name,
    isStatic: true,
    isMacro: true,
    endLine: place.line + macro.body.split('\n').length - 1,
    params,
    ...place,
    ...facts,
    calls: facts.calls.map((call) => ({ ...call, line: call.line + place.line - 1 })),
    refs: facts.refs.map((ref) => ({ ...ref, line: ref.line + place.line - 1 })),
    flows: [...facts.flows, ...expressionOf(macro.body)].map((flow) => ({
      ...flow,
      line: flow.line + place.line - 1,
    })),
  };
}

/** What a macro that is one expression stands for: `#define foo_dev(foo) (&(foo)->pdev->dev)`. */
function expressionOf(body: string): FlowFact[] {
  const right = unwrap(simpleText(body, 0, body.length)).replace(/\((\w+)\)(?=->|\.)/g, '$1');
  return /->|\./.test(right) || /^\w+\(.+\)$/.test(right) ? [{ left: 'return', right, line: 1 }] : [];
}

/** Macros that make driver structs, and those that use such macros. */
function driverMacros(directives: Directives): Directives['macros'][number][] {
  const kept = new Set(directives.macros.filter((macro) => /_driver\b|_DRIVER/.test(macro.body)));
  for (let before = -1; before !== kept.size; ) {
    before = kept.size;
    const names = [...kept].map((macro) => macro.name);
    if (names.length === 0) break;
    const uses = new RegExp(`\\b(?:${names.join('|')})\\s*\\(`);
    for (const macro of directives.macros) if (uses.test(macro.body)) kept.add(macro);
  }
  return [...kept];
}

function readStructs(plain: string): StructFact[] {
  const found: StructFact[] = [];
  if (!plain.includes('_driver')) return found;
  for (const match of plain.matchAll(STRUCT)) {
    const open = match.index + match[0].length - 1;
    const body = plain.slice(open, skipBrackets(plain, open, plain.length));
    if (!body.includes('_driver')) continue;
    const members = [...body.matchAll(STRUCT_MEMBER)].map((m) => ({
      struct: m[1]!,
      pointer: m[2] === '*',
      name: m[3]!,
    }));
    if (members.length > 0) found.push({ name: match[1]!, members });
  }
  return found;
}

function readMacroUses(plain: string, lines: LineMap, inFunction: (at: number) => boolean): MacroUse[] {
  const found: MacroUse[] = [];
  for (const match of plain.matchAll(TOP_MACRO)) {
    const name = match[1]!;
    if (DULL_MACRO.test(name) || inFunction(match.index)) continue;
    const open = match.index + match[0].length - 1;
    const close = skipBrackets(plain, open, plain.length);
    // `name(…) {` or `name(…)\n{` is a definition, not a use.
    if (/^\s*\{/.test(plain.slice(close, close + 40))) continue;
    const args = splitList(plain, open + 1, close - 1).map(([a, b]) => simpleText(plain, a, b));
    found.push({ name, args, ...lines.at(match.index) });
  }
  return found;
}

function byPlace(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column;
}

/** Functions that a macro of the kernel's defines around another: `static DEF_SCSI_QCMD(foo_queue)`. */
function readFunctionMacros(plain: string, lines: LineMap): FunctionFact[] {
  const found: FunctionFact[] = [];
  for (const match of plain.matchAll(FUNCTION_MACRO)) {
    const [, storage, macro, name] = match;
    const row = functionMacroRow(macro!);
    if (!row) continue;
    const place = lines.at(match.index);
    const call = { name: row.calls.replace('$1', name!), args: [], ...place };
    found.push({
      name: row.defines.replace('$1', name!),
      isStatic: storage !== undefined,
      endLine: place.line,
      params: [],
      locals: {},
      calls: [call],
      refs: [],
      flows: [],
      stores: 0,
      ...place,
    });
  }
  return found;
}

function within(spans: readonly (readonly [number, number])[], at: number): boolean {
  let low = 0;
  let high = spans.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [start, end] = spans[middle]!;
    if (at < start) high = middle - 1;
    else if (at >= end) low = middle + 1;
    else return true;
  }
  return false;
}
