/**
 * Checks that findings hang on structure, not on names: copies modules out of a tree into folders of their own, once as
 * they are and once with every identifier of the module's own and every file renamed, and compares what is found.
 *
 * Use: node test/run.js test/accuracy/rename.ts --tree DIR --inventory FILE.jsonl [--seed N] [--count 40] [--keep DIR]
 * Kept are the names that occur in the tree's headers below `include/` and `arch/* /include/` (the kernel's API), what the
 * module exports, and words pasted by `##`. Parameters and locals get new names too. Exits 1 when a finding differs.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Driver } from '../../server/audit/model.ts';
import { KEYWORDS } from '../../server/facts/text.ts';
import { busOf } from '../../server/kernel/index.ts';
import { auditPaths } from '../../server/project/project.ts';
import { modulesAround, unitsOf } from '../../server/project/units.ts';
import { kernelRootAt } from '../../server/tree/root.ts';
import { draw, readInventory } from './draw.ts';
import { SourceText } from './source-text.ts';

const { values } = parseArgs({
  options: {
    tree: { type: 'string' },
    inventory: { type: 'string' },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '40' },
    keep: { type: 'string' },
  },
});
const kernel = values.tree ? kernelRootAt(resolve(values.tree)) : undefined;
if (!kernel || !values.inventory) {
  process.stderr.write('rename: give --tree DIR (a kernel tree) and --inventory FILE.jsonl\n');
  process.exit(2);
}
const root = kernel.root;
const source = new SourceText(root);
const api = apiWords();
const work = values.keep ?? mkdtempSync(join(tmpdir(), 'quiesce-rename-'));

/** A module copied out, with its names. */
interface Copy {
  readonly name: string;
  readonly files: readonly string[];
  readonly names: ReadonlyMap<string, string>;
}

const copies = copyModules();
const drivers = { plain: await audit('plain'), renamed: await audit('renamed') };
let different = 0;
let shifted = 0;
let compared = 0;
for (const copy of copies) {
  const [plain, renamed] = [drivers.plain, drivers.renamed].map((all) =>
    all.filter((one) => folderOf(one) === copy.name),
  );
  const expected = plain!.map((driver) => saying(driver, copy.names)).sort(byInstance);
  const got = renamed!.map((driver) => saying(driver, new Map())).sort(byInstance);
  compared += expected.length;
  for (const one of expected) {
    const other = got.find(({ instance }) => instance === one.instance);
    if (!other || other.findings !== one.findings) {
      different++;
      process.stdout.write(
        `FINDINGS ${copy.name} ${one.original} (${one.instance}): ${one.findings} | renamed: ${other?.findings ?? 'no such driver'}\n  ${one.rest}\n  ${other?.rest}\n`,
      );
    } else if (other.rest !== one.rest) {
      shifted++;
      process.stdout.write(
        `evidence ${copy.name} ${one.original} (${one.instance}):\n  ${one.rest}\n  ${other.rest}\n`,
      );
    }
  }
  if (got.length !== expected.length) {
    different++;
    process.stdout.write(`FINDINGS ${copy.name}: ${expected.length} drivers, renamed ${got.length}\n`);
  }
}
process.stdout.write(
  `${copies.length} modules, ${compared} drivers, ${copies.reduce((n, { names }) => n + names.size, 0)} names changed: ` +
    `${different} with other findings, ${shifted} with the same findings but other evidence, seed ${values.seed}\n`,
);
if (!values.keep) rmSync(work, { recursive: true });
process.exit(different > 0 ? 1 : 0);

async function audit(kind: string): Promise<readonly Driver[]> {
  return (await auditPaths({ paths: [join(work, kind)], version: kernel!.version, jobs: 1 })).drivers;
}

/** Draws modules that hold a driver with DMA (three of four) or none, and writes both copies of each. */
function copyModules(): Copy[] {
  const all = readInventory(values.inventory!).filter(({ modules }) => modules.length > 0);
  const withDma = all.filter(({ dma }) => dma.class !== 'none');
  const seed = Number(values.seed);
  const pool = draw(withDma, 4 * Number(values.count), seed);
  pool.splice(Number(values.count), 0, ...draw(all, Number(values.count), seed + 1));
  const taken: Copy[] = [];
  const seen = new Set<string>();
  const wanted = [pool.slice(0, 2 * Number(values.count)), pool.slice(2 * Number(values.count))].flat();
  for (const driver of wanted) {
    if (taken.length === Number(values.count)) break;
    const path = driver.modules[0]!;
    if (seen.has(path)) continue;
    seen.add(path);
    const copy = copyModule(path, driver.file);
    if (copy) taken.push(copy);
  }
  return taken;
}

function copyModule(path: string, file: string): Copy | undefined {
  const [unit] = unitsOf([join(root, file)], root);
  const module = modulesAround(unit!).modules.find((one) => one.path === path);
  if (!module || module.sources.length > 60) return undefined;
  const files = filesOf(module.sources);
  const top = commonFolder(files);
  const name = path.replaceAll('/', '_');
  const pasted = wordsPasted(files);
  const names = new Map<string, string>();
  const random = draw([...Array(90000).keys()], 20000, Number(values.seed));
  // Headers declare what other modules of the folder export.
  const neighbours = new Set(files.flatMap((one) => source.filesBelow(dirname(one))));
  const exported = new Set(
    [...neighbours].flatMap((one) =>
      [...source.text(one).matchAll(/EXPORT_SYMBOL\w*\(\s*(\w+)/g)].map((match) => match[1]!),
    ),
  );
  for (const word of ownWords(files)) {
    // The tags of bus driver structs are the kernel's, wherever they are declared.
    if (api.has(word) || exported.has(word) || busOf(word) || pasted(word)) continue;
    // As random words go; macros keep their case, which C gives a meaning by custom only.
    const fresh = `v${random[names.size]}`;
    names.set(word, word === word.toUpperCase() ? fresh.toUpperCase() : fresh);
  }
  const renamedFiles = new Map(
    files.map((one, index) => [one, `w${index}${one.slice(one.lastIndexOf('.'))}`]),
  );
  for (const one of files) {
    const raw = readFileSync(join(root, one), 'latin1');
    put(join(work, 'plain', name, relative(top, one)), raw);
    const includes = raw.replace(/^(\s*#\s*include\s*")([^"]+)(")/gm, (whole, before, target, after) => {
      const found = renamedFiles.get(join(dirname(one), target));
      return found ? `${before}${found}${after}` : whole;
    });
    const locals = new Map<string, string>();
    for (const word of localWords(source.text(one))) {
      if (!names.has(word)) locals.set(word, `l${random[names.size + locals.size]}`);
    }
    const renamed = replaceWords(replaceLocals(includes, locals), names);
    put(join(work, 'renamed', name, renamedFiles.get(one)!), renamed);
  }
  const objects = (list: readonly string[]): string =>
    list.length === 1 && !module.composite
      ? `obj-m := ${list[0]!.replace(/\.c$/, '.o')}\n`
      : `obj-m := themodule.o\nthemodule-y := ${list.map((one) => one.replace(/\.c$/, '.o')).join(' ')}\n`;
  put(join(work, 'plain', name, 'Makefile'), objects(module.sources.map((one) => relative(top, one))));
  put(join(work, 'renamed', name, 'Makefile'), objects(module.sources.map((one) => renamedFiles.get(one)!)));
  return { name, files, names };
}

/** The sources and what they include by `"…"` from beside themselves, all the way. */
function filesOf(sources: readonly string[]): string[] {
  const files = new Set(sources);
  for (const file of files) {
    for (const match of readFileSync(join(root, file), 'latin1').matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)) {
      const path = join(dirname(file), match[1]!);
      if (/\.[ch]$/.test(path) && source.text(path) !== '') files.add(path);
    }
  }
  return [...files];
}

/** What the files define: functions, objects, tags, members, enumerators, types and macros. */
function ownWords(files: readonly string[]): Set<string> {
  const words = new Set<string>();
  for (const file of files) {
    const text = source.text(file);
    for (const [, word] of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)/gm)) words.add(word!);
    for (const [, word] of text.matchAll(/\b(?:struct|union|enum)\s+(\w+)\s*\{/g)) words.add(word!);
    for (const [, word] of text.matchAll(
      /^(?:[a-zA-Z_][\w \t*]*[ \t*\n])(\w+)\s*\([^;{}()]*(?:\([^()]*\)[^;{}()]*)*\)\s*\{/gm,
    )) {
      words.add(word!);
    }
    for (const [, word] of text.matchAll(
      /^(?:static|const|struct)\b[\w \t*]*?[ \t*](\w+)(?:\s*\[[^\]]*\])*\s*(?:=|;)/gm,
    )) {
      words.add(word!);
    }
    // Members and enumerators.
    for (const [, body] of text.matchAll(
      /\b(?:struct|union)(?:\s+\w+)?\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g,
    )) {
      for (const [, word] of body!.matchAll(
        /\b[\w*]+[ \t*]+\**(\w+)(?:\s*\[[^\]]*\])*(?:\s*:\s*\w+)?\s*[;,]/g,
      ))
        words.add(word!);
      for (const [, word] of body!.matchAll(/\(\s*\*\s*(\w+)\s*\)\s*\(/g)) words.add(word!);
    }
    for (const [, body] of text.matchAll(/\benum(?:\s+\w+)?\s*\{([^{}]*)\}/g)) {
      for (const [, word] of body!.matchAll(/(?:^|,)\s*(\w+)/g)) words.add(word!);
    }
  }
  for (const word of words) if (!/^[A-Za-z_]\w{2,}$/.test(word)) words.delete(word);
  return words;
}

/**
 * Parameters and local variables of a file whose names are nothing else in it: no macro touches them, no `offsetof`
 * names them as a member.
 */
function localWords(text: string): Set<string> {
  const words = new Set<string>();
  const code = text.replace(/^[ \t]*#(?:[^\n\\]|\\[\s\S])*$/gm, '');
  for (const [, word] of code.matchAll(
    /[(,;{}]\s*(?:(?:const|static|unsigned|struct|union|enum|volatile)\s+)*[A-Za-z_]\w*(?:\s*\*+\s*(?:const\s+)?|\s+)(\w+)\s*(?=[=;,)[])/g,
  )) {
    words.add(word!);
  }
  const taken = [
    ...text.matchAll(/^[ \t]*#(?:[^\n\\]|\\[\s\S])*$/gm),
    ...text.matchAll(
      /\b\w*(?:container_of|offsetof|entry|entry_safe|struct_size|FIELD|sizeof_field)\w*\s*\([^;{}]*/g,
    ),
    ...text.matchAll(/\b(?:struct|union|enum|goto)\s+\w+/g),
    ...text.matchAll(/^[ \t]*\w+:/gm),
    ...text.matchAll(/\b\w+(?=\s*\()/g),
    ...text.matchAll(/^(?!\s)[^(){};]*[;=]/gm),
  ].join(' ');
  const keep = new Set(taken.match(/\w+/g));
  for (const word of words) {
    if (keep.has(word) || !/^[a-z_]\w*$/.test(word) || KEYWORDS.has(word)) words.delete(word);
  }
  return words;
}

/** Replaces locals where they are no member: not behind `.` or `->`, not in a struct's body. */
function replaceLocals(text: string, names: ReadonlyMap<string, string>): string {
  let depth = 0;
  let structDepth = 0;
  let isHead = false;
  let before = '';
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:[^\n\\]|\\[\s\S])*$|\w+|->|\S/gm,
    (token) => {
      if (/^(?:\/\*|\/\/|\s*#)/.test(token)) return token;
      const isMember = before === '.' || before === '->';
      if (/^(?:struct|union|enum)$/.test(token)) isHead = true;
      else if (token === '{') {
        depth++;
        if (isHead && structDepth === 0) structDepth = depth;
        isHead = false;
      } else if (token === '}') {
        if (depth === structDepth) structDepth = 0;
        depth--;
      } else if (!/^\w+$/.test(token)) isHead = false;
      before = token;
      return !isMember && structDepth === 0 && names.has(token) ? names.get(token)! : token;
    },
  );
}

/** Words that `##` may make or take apart must stay as they are. */
function wordsPasted(files: readonly string[]): (word: string) => boolean {
  const parts: string[] = [];
  for (const file of files) {
    for (const [, left, right] of source.text(file).matchAll(/(\w*)\s*##\s*(\w*)/g)) {
      parts.push(...[left!, right!].filter((part) => part.length > 2));
    }
  }
  if (files.some((file) => source.text(file).includes('##')) && parts.length === 0) return () => true;
  return (word) => parts.some((part) => word.includes(part));
}

/** Every word of the kernel's headers. */
function apiWords(): Set<string> {
  const words = new Set<string>();
  const folders = ['include', ...readdirSync(join(root, 'arch')).map((arch) => `arch/${arch}/include`)];
  for (const folder of folders) {
    let files: string[] = [];
    try {
      files = source.filesBelow(folder);
    } catch {
      continue;
    }
    for (const file of files) {
      for (const [word] of readFileSync(join(root, file), 'latin1').matchAll(/[A-Za-z_]\w+/g))
        words.add(word);
    }
  }
  return words;
}

/** Replaces words outside of comments, strings and include lines. */
function replaceWords(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|^[ \t]*#[ \t]*include[^\n]*|[A-Za-z_]\w*/gm,
    (token) => names.get(token) ?? token,
  );
}

/** What is said of a driver, in words of the renamed copy; lines stay, columns and paths do not. */
function saying(
  driver: Driver,
  names: ReadonlyMap<string, string>,
): { original: string; instance: string; findings: string; rest: string } {
  const to = (name: string | null): string => (name ?? '').replace(/\w+/g, (word) => names.get(word) ?? word);
  const { dma, hook } = driver;
  return {
    original: driver.instance,
    instance: to(driver.instance),
    findings: driver.findings.map(({ rule, severity }) => `${severity} ${rule}`).join(', ') || 'none',
    rest: [
      `hook ${hook.state} ${to(hook.function)}`,
      `${dma.class} ${dma.kind} ${driver.confidence} ${dma.mask}`,
      driver.quiescedBy.map(({ kind, by }) => `${kind} ${to(by)}`).join(','),
      dma.evidence.map(({ api, path, line }) => `${path.map(to).join('>')}>${to(api)}:${line}`).join(' '),
    ].join('; '),
  };
}

function byInstance(a: { instance: string }, b: { instance: string }): number {
  return a.instance.localeCompare(b.instance);
}

function folderOf(driver: Driver): string {
  return relative(work, resolve(driver.file)).split('/')[1] ?? '';
}

function commonFolder(files: readonly string[]): string {
  const parts = files.map((file) => dirname(file).split('/'));
  const shared: string[] = [];
  for (const [index, part] of parts[0]!.entries()) {
    if (parts.some((one) => one[index] !== part)) break;
    shared.push(part);
  }
  return shared.join('/');
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, 'latin1');
}
