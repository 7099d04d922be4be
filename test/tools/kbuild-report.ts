/**
 * Reports what the Kbuild reader makes of a kernel tree: modules, words it could not evaluate, `.c` files below
 * drivers, sound and net that no module compiles (with the reason), and, where given, how it agrees with a build.
 *
 *   node test/run.js test/tools/kbuild-report.ts TREE [--truth compiled-truth.csv]... [--modules modules.order]... [--config FILE] [--list]
 *
 * `--truth`: each row's source_file must be compiled into the row's module. `--modules`: each name in modules.order or
 * modules.builtin must be known. `--config`: a kernel's `.config`; each module of `--modules` must have its conditions
 * met, and each loadable module whose conditions are met must be in the list. `--list` prints every unclaimed file.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  configsHold,
  type KbuildModule,
  type ModuleMap,
  onDisk,
  readModules,
  withIncludedSources,
} from '../../server/tree/kbuild/index.ts';

const WHOLE = [
  'drivers',
  'sound',
  'net',
  'arch',
  'fs',
  'lib',
  'crypto',
  'kernel',
  'mm',
  'block',
  'security',
  'virt',
  'init',
  'ipc',
  'io_uring',
  'certs',
  'usr',
  'samples',
];
const COUNTED = ['drivers', 'sound', 'net'];

interface Arguments {
  tree: string;
  truth: string[];
  modules: string[];
  config: string | undefined;
  list: boolean;
}

function main(): void {
  const args = readArguments(process.argv.slice(2));
  for (let run = 1; run <= 2; run++) {
    const start = performance.now();
    const part = read(args.tree, ['drivers', 'sound', 'net', 'arch', 'fs', 'lib', 'crypto']);
    console.log(
      `run ${run}: ${part.directories.length} directories, ${part.modules.length} modules in ${(performance.now() - start).toFixed(0)} ms`,
    );
  }
  const map = includeSources(args.tree, read(args.tree, WHOLE));
  console.log(
    `whole tree: ${map.modules.length} modules (${map.modules.filter((m) => m.builtinOnly).length} built-in only), ${map.directories.length} directories`,
  );
  console.log(`words not evaluated: ${map.unresolved.count}`);
  for (const u of map.unresolved.words) console.log(`  ${u.dir}: ${u.list} ${u.word}`);
  for (const file of args.truth) reportTruth(map, file);
  for (const file of args.modules) reportModules(map, file);
  if (args.config !== undefined) reportConfig(map, args);
  reportUnclaimed(map, args);
}

function readArguments(argv: readonly string[]): Arguments {
  const args: Arguments = { tree: '', truth: [], modules: [], config: undefined, list: false };
  for (let i = 0; i < argv.length; i++) {
    const a = argv[i]!;
    if (a === '--truth') args.truth.push(argv[++i] ?? '');
    else if (a === '--modules') args.modules.push(argv[++i] ?? '');
    else if (a === '--config') args.config = argv[++i];
    else if (a === '--list') args.list = true;
    else args.tree = a;
  }
  if (args.tree === '') {
    console.error('usage: kbuild-report TREE [--truth CSV]... [--modules FILE]... [--config FILE] [--list]');
    process.exit(2);
  }
  return args;
}

function read(root: string, dirs: readonly string[]): ModuleMap {
  return readModules({ root, dirs: [...dirs], ...onDisk });
}

/** `kernel/drivers/net/foo/foo-bar.ko (built-in)` -> `drivers/net/foo/foo_bar`. */
function modulePath(ko: string): string {
  const path = ko
    .replace(/ \(built-in\)$/, '')
    .replace(/^kernel\//, '')
    .replace(/\.k?o$/, '');
  return path.replace(/[^/]*$/, (name) => name.replaceAll('-', '_'));
}

function underscored(m: KbuildModule): string {
  return modulePath(m.path);
}

function reportTruth(map: ModuleMap, file: string): void {
  const [head, ...rows] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((l) => l.split(','));
  const ko = head!.indexOf('module');
  const source = head!.indexOf('source_file');
  const pairs = new Map(rows.map((r) => [`${r[ko]} ${r[source]}`, { module: r[ko]!, source: r[source]! }]));
  const wrong = [...pairs.values()].filter(
    (p) =>
      !map
        .modulesOf(p.source)
        .some((m) => / \(built-in\)$/.test(p.module) || underscored(m) === modulePath(p.module)),
  );
  console.log(
    `${basename(file)}: ${pairs.size - wrong.length} of ${pairs.size} (module, source file) pairs agree`,
  );
  for (const p of wrong) {
    const known =
      map
        .modulesOf(p.source)
        .map((m) => m.path)
        .join(' ') || 'none';
    console.log(`  ${p.source}: ${p.module}, here ${known}`);
  }
}

function reportModules(map: ModuleMap, file: string): void {
  const wanted = [...new Set(readFileSync(file, 'utf8').trim().split('\n').map(modulePath))];
  const paths = new Set(map.modules.map(underscored));
  const missing = wanted.filter((w) => !paths.has(w));
  console.log(`${basename(file)}: ${wanted.length - missing.length} of ${wanted.length} modules known`);
  for (const m of missing) console.log(`  ${m}`);
}

function reportConfig(map: ModuleMap, args: Arguments): void {
  const values = new Map<string, string>();
  for (const line of readFileSync(args.config!, 'utf8').split('\n')) {
    const m = /^(CONFIG_\w+)=(.*)$/.exec(line);
    if (m !== null) values.set(m[1]!, m[2]!.replace(/^"|"$/g, ''));
  }
  values.set('SRCARCH', 'arm64');
  const hold = (m: KbuildModule): boolean => configsHold(m.configs, (name) => values.get(name));
  const built = new Set(
    args.modules.flatMap((f) => readFileSync(f, 'utf8').trim().split('\n').map(modulePath)),
  );
  const byPath = groupBy(map.modules, underscored);
  const off = [...built].filter((b) => byPath.has(b) && !byPath.get(b)!.some(hold));
  console.log(`conditions met under ${basename(args.config!)}: ${built.size - off.length} of ${built.size}`);
  for (const b of off) console.log(`  off: ${b} ${JSON.stringify(byPath.get(b)![0]!.configs)}`);
  // An object under an option that is `m` is a module of its own, so the build must have made it (unless the option is
  // only asked for around it, as for `drivers/firmware/efi/capsule`, whose own list is a bool's).
  const modular = map.modules.filter(
    (m) => !m.builtinOnly && hold(m) && m.configs.some((c) => values.get(c) === 'm'),
  );
  const extra = modular.filter((m) => !built.has(underscored(m)));
  console.log(
    `modules whose conditions are met with an option =m: ${modular.length}, not built: ${extra.length}`,
  );
  for (const m of extra) console.log(`  on: ${m.path} ${JSON.stringify(m.configs)}`);
}

function reportUnclaimed(map: ModuleMap, args: Arguments): void {
  const files = COUNTED.flatMap((dir) => walk(args.tree, dir));
  const unclaimed = files.filter((f) => map.modulesOf(f).length === 0);
  console.log(`.c files below ${COUNTED.join(', ')}: ${files.length}, in no module: ${unclaimed.length}`);
  const byReason = groupBy(unclaimed, (f) => reasonFor(f, args.tree));
  for (const [reason, list] of byReason) {
    console.log(`  ${reason}: ${list.length}`);
    if (args.list || list.length < 20) for (const f of list) console.log(`    ${f}`);
  }
}

/** Why a file is compiled into no module, by what the Makefiles near it say of its name. */
function reasonFor(file: string, root: string): string {
  const stem = basename(file, '.c').replace(/[.+]/g, '\\$&');
  const named = new RegExp(`(?<![\\w-])${stem}(?![\\w-])`);
  if (file.endsWith('.bpf.c')) return 'a BPF program, loaded from user space';
  for (let dir = join(file, '..'); dir !== '.'; dir = join(dir, '..')) {
    for (const name of ['Kbuild', 'Makefile']) {
      const lines = (onDisk.readText(join(root, dir, name)) ?? '').replace(/\\\n/g, ' ').split('\n');
      if (lines.some((l) => /^\s*(host|user)progs|-objs\s*:?=/.test(l) && named.test(l)))
        return 'a program that the build runs (hostprogs, userprogs)';
      if (lines.some((l) => !/^\s*#/.test(l) && named.test(l)))
        return 'named in a rule or in a list that nothing uses';
      if (lines.some((l) => named.test(l))) return 'commented out';
    }
  }
  return 'no Makefile names it';
}

function walk(root: string, dir: string): string[] {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((e) => {
    const path = `${dir}/${e.name}`;
    return e.isDirectory() ? walk(root, path) : e.isFile() && e.name.endsWith('.c') ? [path] : [];
  });
}

/** Adds the `.c` files that sources include, by their text. */
function includeSources(root: string, map: ModuleMap): ModuleMap {
  const includes = new Map<string, string[]>();
  return withIncludedSources(map, {
    exists: (path) => existsSync(join(root, path)),
    includesOf(file) {
      let names = includes.get(file);
      if (names === undefined) {
        const text = onDisk.readText(join(root, file)) ?? '';
        names = [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(["<][^"<>\n]+\.c[">])/gm)].map((m) => m[1]!);
        includes.set(file, names);
      }
      return names;
    },
  });
}

function groupBy<K, V>(list: readonly V[], key: (value: V) => K): Map<K, V[]> {
  const out = new Map<K, V[]>();
  for (const v of list) out.set(key(v), [...(out.get(key(v)) ?? []), v]);
  return out;
}

main();
