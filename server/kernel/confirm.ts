/**
 * Reads a row of the tables again in a kernel tree: is the function there, are its arguments where the row says, has
 * the bus_type the member. Pure: the tree comes in through `TreeReader`. Used by `quiesce doctor` and by the tests.
 */
import type { HandlerRow } from './not-run.ts';
import type { SmmuStatementRow } from './smmu.ts';
import { bodyOf, declares, membersOf, parametersOf, structBody, uncommented } from './source-text.ts';
import type { BusRow, CoreAction, DmaRow, RegistrationRow, Sourced } from './types.ts';
import { holdsFor } from './version.ts';

/** A kernel tree as far as the check needs it. */
export interface TreeReader {
  /** Version of the tree, `major.minor`. */
  readonly version: string;
  /** Text of a file by its path from the kernel root; undefined when it is not there. */
  read(path: string): string | undefined;
  /** Other files that may declare a name, best first: asked when `file`, which a row names, does not. */
  find(name: string, file: string): readonly string[];
}

export interface Confirmation {
  readonly state: 'confirmed' | 'changed' | 'could-not-check';
  /** What was found, in a few words. */
  readonly why: string;
}

const CONFIRMED: Confirmation = { state: 'confirmed', why: 'as the row says' };
const changed = (why: string): Confirmation => ({ state: 'changed', why });
const unknown = (why: string): Confirmation => ({ state: 'could-not-check', why });

/** `include/linux/pci.h:pci_driver` in its two parts; arguments of `source` always have both. */
export function splitSource(source: string): { file: string; name: string } {
  const at = source.lastIndexOf(':');
  return { file: source.slice(0, at), name: source.slice(at + 1) };
}

/** Whether the row says anything about this tree's version. */
export function applies(row: Sourced, tree: TreeReader): boolean {
  return holdsFor(row.holds, tree.version);
}

/** The text (comments blanked) that declares what `source` names, and where it was found. */
function locate(source: string, tree: TreeReader): { text: string; file: string } | undefined {
  const { file, name } = splitSource(source);
  const here = cleanText(file, tree);
  if (here !== undefined && declares(here, name)) return { text: here, file };
  for (const path of tree.find(name, file)) {
    const text = cleanText(path, tree);
    if (text !== undefined && declares(text, name)) return { text, file: path };
  }
  return undefined;
}

const cleaned = new WeakMap<TreeReader, Map<string, string | undefined>>();

/** A file's text with comments blanked; remembered, for many rows name one header. */
function cleanText(path: string, tree: TreeReader): string | undefined {
  const texts = cleaned.get(tree) ?? new Map<string, string | undefined>();
  cleaned.set(tree, texts);
  if (!texts.has(path)) {
    const text = tree.read(path);
    texts.set(path, text === undefined ? undefined : uncommented(text));
  }
  return texts.get(path);
}

/** Any row: what `source` names is declared, in the named file or elsewhere. */
export function confirmSource(row: Sourced, tree: TreeReader): Confirmation {
  const { file, name } = splitSource(row.source);
  const found = locate(row.source, tree);
  if (!found)
    return tree.read(file) === undefined
      ? unknown(`no ${file}`)
      : changed(`${name} is not declared in ${file}`);
  return found.file === file ? CONFIRMED : { state: 'confirmed', why: `moved to ${found.file}` };
}

const DIRECTION = /\bdma_(data|transfer)_direction\b|\bdirection\b|\bdir\b/;
const SIZE = /\b(size|len|length|count|_size|buf_len|ac_size)\b|size_t|\bu32\b|\bint\b/;
const DEVICE = /\bstruct\s+\w*(device|_dev|dev)\b|\bvoid \*(data|dev)\b/;

/** A function of the DMA API or a library: arguments in their places. Ops tables and bare macros have none. */
export function confirmDma(row: DmaRow, tree: TreeReader): Confirmation {
  const found = locate(row.source, tree);
  const there = confirmSource(row, tree);
  if (!found || there.state !== 'confirmed') return there;
  const parameters = parametersOf(found.text, splitSource(row.source).name);
  if (!parameters) {
    return row.device === null && row.size === undefined ? there : unknown('no parameter list found');
  }
  const checks: [string, number | undefined, RegExp][] = [
    ['device', row.device ?? undefined, DEVICE],
    ['size', row.size, SIZE],
    ['direction', row.direction, DIRECTION],
    ['mask', row.mask, /\bu64\b|\bmask\b/],
    ['type', row.when?.arg, /\btype\b/],
  ];
  for (const [what, index, expected] of checks) {
    if (index === undefined) continue;
    const parameter = parameters.list[index];
    if (parameter === undefined) return changed(`argument ${index} (${what}) of ${parameters.list.length}`);
    if (!parameters.macro && !expected.test(parameter))
      return changed(`argument ${index} (${what}) is ${parameter}`);
  }
  return there;
}

/** A registering function: the argument that names the driver is there and of a driver's type. */
export function confirmRegistration(row: RegistrationRow, tree: TreeReader): Confirmation {
  const found = locate(row.source, tree);
  const there = confirmSource(row, tree);
  if (!found || there.state !== 'confirmed') return there;
  const parameters = parametersOf(found.text, row.name);
  const parameter = parameters?.list[row.driver];
  if (!parameters) return unknown('no parameter list found');
  if (parameter === undefined) return changed(`argument ${row.driver} of ${parameters.list.length}`);
  if (!parameters.macro && !/\bstruct\s+\w+/.test(parameter))
    return changed(`argument ${row.driver} is ${parameter}`);
  if (row.generates && !makes(found.text, parameters.body, row.generates.struct)) {
    return changed(`makes no struct ${row.generates.struct}`);
  }
  return there;
}

/** Whether a macro's replacement, or a macro of the same file that it uses, defines a struct of that tag. */
function makes(text: string, body: string, struct: string): boolean {
  const defines = new RegExp(`\\bstruct\\s+${struct}\\b`);
  const used = [...body.matchAll(/\b([A-Z_][A-Z0-9_]+)\s*\(/g)].map(
    (match) => parametersOf(text, match[1]!)?.body ?? '',
  );
  return [body, ...used].some((one) => defines.test(one));
}

/** A function that registers a handler: the argument is there. */
export function confirmHandler(row: HandlerRow, tree: TreeReader): Confirmation {
  const found = locate(row.source, tree);
  const there = confirmSource(row, tree);
  if (!found || there.state !== 'confirmed') return there;
  const parameters = parametersOf(found.text, row.name);
  if (!parameters) return unknown('no parameter list found');
  return row.handler < parameters.list.length
    ? there
    : changed(`argument ${row.handler} of ${parameters.list.length}`);
}

/** A bus: the embedded driver, the own member, the bus_type's `.shutdown` and what the register function assigns. */
export function confirmBus(row: BusRow, tree: TreeReader): Confirmation {
  const found = locate(row.source, tree);
  const there = confirmSource(row, tree);
  if (!found || there.state !== 'confirmed') return there;
  const body = structBody(found.text, row.struct);
  if (body === undefined) return changed(`struct ${row.struct} has no body`);
  const own = /\(\s*\*\s*shutdown\s*\)\s*\(/.test(body);
  if (own !== (row.own !== 'none'))
    return changed(own ? 'has a .shutdown member' : 'has no .shutdown member');
  const first = membersOf(body).find((member) => member.name === row.embedded[0]);
  if (!first) return changed(`no member ${row.embedded[0]}`);
  const expected = row.wraps?.struct ?? (row.embedded.length === 1 ? 'device_driver' : first.struct);
  if (first.struct !== expected) return changed(`${first.name} is a struct ${first.struct}`);
  for (const id of row.ids) {
    if (id.member.includes('.')) continue;
    if (!new RegExp(`\\*\\s*(?:const\\s+)?${id.member}\\b`).test(body))
      return changed(`no pointer ${id.member}`);
  }
  const bus = confirmBusType(row, tree);
  if (bus.state !== 'confirmed') return bus;
  return row.register === undefined ? there : confirmRegister(row.register, tree);
}

function confirmBusType(row: BusRow, tree: TreeReader): Confirmation {
  if (row.busType === undefined) return CONFIRMED;
  const found = locate(row.busType, tree);
  const { name, file } = splitSource(row.busType);
  if (!found) return unknown(`no ${name} in ${file}`);
  const body = bodyOf(found.text, new RegExp(`\\bstruct\\s+\\w+\\s+${name}\\s*=\\s*\\{`));
  if (body === undefined) return unknown(`${name} has no initialiser`);
  const hook = /\.shutdown\s*=\s*(\w+)/.exec(body)?.[1] ?? null;
  if (hook !== row.busShutdown) return changed(`${name}.shutdown is ${hook ?? 'not set'}`);
  return hook === null ? CONFIRMED : confirmCore(row, hook, found.text);
}

/** The statement in the bus's function that makes a core action what it is. */
const CORE_STATEMENT: Partial<Record<CoreAction, RegExp>> = {
  'clears-bus-master': /\bpci_clear_master\s*\(/,
  'resets-device': /->reset\s*\(/,
  'removes-device': /remove\s*\(/,
  'disables-irq': /\bdisable_irq\s*\(/,
  'suspends-device': /bus_ops->shutdown\s*\(/,
};

function confirmCore(row: BusRow, hook: string, text: string): Confirmation {
  const body = bodyOf(text, new RegExp(`\\b${hook}\\s*\\([^;{}]*\\)\\s*\\{`));
  if (body === undefined) return unknown(`${hook} has no body`);
  // A wrapper's own register function may add to what the bus does.
  if (row.register !== undefined) return CONFIRMED;
  for (const [action, statement] of Object.entries(CORE_STATEMENT)) {
    const is = statement.test(body);
    if (is && row.core !== action) return changed(`${hook} now ${action}`);
    if (!is && row.core === action) return changed(`${hook} no longer ${action}`);
  }
  return CONFIRMED;
}

/** A statement of an IOMMU driver: its function is there, and whether the tree has such a statement. */
export function confirmStatement(row: SmmuStatementRow, tree: TreeReader): Confirmation {
  const found = locate(row.source, tree);
  const there = confirmSource(row, tree);
  if (!found || there.state !== 'confirmed') return there;
  const written = row.calls.some((call) =>
    [...found.text.matchAll(new RegExp(`\\b${call}\\s*\\(([^;{}]*)\\)\\s*;`, 'g'))].some((match) => {
      const list = match[1]!.split(',').map((one) => one.trim());
      return (
        (row.register === null || list.includes(row.register)) &&
        new RegExp(row.matches).test(list[row.value] ?? '')
      );
    }),
  );
  return written ? there : { state: 'confirmed', why: 'this tree has no such statement' };
}

function confirmRegister(source: string, tree: TreeReader): Confirmation {
  const found = locate(source, tree);
  const { name, file } = splitSource(source);
  if (!found) return unknown(`no ${name} in ${file}`);
  const body = bodyOf(found.text, new RegExp(`\\b${name}\\s*\\([^;{}]*\\)\\s*\\{`));
  if (body === undefined) return unknown(`${name} has no body in ${found.file}`);
  return /(?:\.|->)shutdown\s*=|=\s*\w+_template\s*;/.test(body)
    ? CONFIRMED
    : changed(`${name} assigns no hook`);
}
