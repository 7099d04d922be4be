/**
 * Holds the Kbuild reader against GNU make itself: evaluates every Makefile that one configuration reaches with `make`
 * and compares, for every object, the `.c` files linked into it, and for every directory the `-I` flags.
 *
 *   node test/run.js test/tools/kbuild-oracle.ts TREE CONFIG [DIR...]
 *
 * CONFIG may be `random:SEED`: every option that a Makefile names gets y, m or nothing.
 *
 * TREE is a kernel tree whose Makefiles may be executed (`$(shell …)` runs), CONFIG its `.config`, ARCH arm64.
 * The lists are computed with the tree's own rules (`scripts/Makefile.lib:real-search`), written out again below.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { configsHold, type ModuleMap, onDisk, readModules } from '../../server/tree/kbuild/index.ts';

const ARCH = 'arm64';

/** Prints one line an object, directory or flag list. `cc-option` and its kin are left empty: they name no object. */
const WRAPPER = `
obj-y :=
obj-m :=
lib-y :=
lib-m :=
always-y :=
targets :=
subdir-y :=
subdir-m :=
ccflags-y :=
asflags-y :=
subdir-ccflags-y :=
comma := ,
empty :=
space := $(empty) $(empty)
pound := \\#
quote := "
srctree := .
objtree := .
srcroot := .
src := $(obj)
SRCARCH := ${ARCH}
ARCH := ${ARCH}
BITS := 64
KERNELRELEASE := x
include $(autoconf)
include $(kbuild-file)
suffix-search = $(strip $(foreach s, $3, $($(1:%$(strip $2)=%$s))))
real-search = $(foreach m, $1, $(if $(call suffix-search, $m, $2, $3 -), $(call suffix-search, $m, $2, $3), $m))
obj-m := $(filter-out $(obj-y),$(obj-m))
lib-y := $(filter-out $(obj-y), $(sort $(lib-y) $(lib-m)))
$(foreach m,$(sort $(filter %.o,$(obj-y) $(lib-y))),$(info OBJ y $(m) $(call real-search,$m,.o,-objs -y)))
$(foreach m,$(sort $(filter %.o,$(obj-m))),$(info OBJ m $(m) $(call real-search,$m,.o,-objs -y -m)))
$(foreach d,$(sort $(filter %/,$(obj-y) $(obj-m))),$(info DIR $(d)))
$(info FLAGS $(ccflags-y) $(EXTRA_CFLAGS))
$(info INHERIT $(subdir-ccflags-y))
.DEFAULT_GOAL := __nothing
__nothing: ; @:
`;

interface Answer {
  /** Object path without `.o` -> sorted existing `.c` files. */
  readonly objects: Map<string, string[]>;
  readonly directories: string[];
  readonly includeDirs: string[];
  readonly inherited: string[];
  readonly builtin: Set<string>;
}

function main(): void {
  const [tree, config, ...dirs] = process.argv.slice(2);
  if (tree === undefined || config === undefined) {
    console.error('usage: kbuild-oracle TREE CONFIG [DIR...]');
    process.exit(2);
  }
  const work = mkdtempSync(join(tmpdir(), 'kbuild-oracle-'));
  try {
    const seed = /^random:(\d+)$/.exec(config)?.[1];
    const values = seed === undefined ? readConfig(config) : randomConfig(tree, Number(seed));
    const lines = [...values].map(([name, value]) => `${name}:=${value.replaceAll('$', '$$')}`);
    writeFileSync(join(work, 'auto.conf'), `${lines.join('\n')}\n`);
    writeFileSync(join(work, 'wrapper'), WRAPPER);
    const roots =
      dirs.length > 0
        ? dirs
        : ['drivers', 'sound', 'net', 'fs', 'lib', 'crypto', `arch/${ARCH}`, `arch/${ARCH}/lib`];
    compare(tree, work, roots, values);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function readConfig(path: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const m = /^(CONFIG_\w+)=(.*)$/.exec(line);
    if (m !== null) values.set(m[1]!, m[2]!);
  }
  return values;
}

/** The options that Makefiles name, y, m or absent by a small generator (Park and Miller). */
function randomConfig(tree: string, seed: number): Map<string, string> {
  const grep = spawnSync(
    'grep',
    ['-rhoE', 'CONFIG_[A-Z0-9_]+', '--include=Makefile', '--include=Kbuild', '.'],
    {
      cwd: tree,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  const values = new Map<string, string>();
  let state = seed + 1;
  for (const name of [...new Set(grep.stdout.split('\n'))].sort()) {
    state = (state * 48271) % 2147483647;
    const draw = state % 100;
    if (name !== '' && draw >= 12) values.set(name, draw < 60 ? 'm' : 'y');
  }
  values.set('CONFIG_NET', 'y'); // else the comparison would start below a directory that is off
  return values;
}

function compare(tree: string, work: string, roots: string[], values: ReadonlyMap<string, string>): void {
  const map = readModules({ root: tree, dirs: roots, ...onDisk });
  const value = (name: string): string | undefined => (name === 'SRCARCH' ? ARCH : values.get(name));
  const seen = new Set<string>();
  const queue: [dir: string, inherited: string[]][] = roots.map((r) => [r, inheritedAbove(tree, work, r)]);
  let same = 0;
  const wrong: string[] = [];
  const built = new Set<string>();
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [dir, inherited] = next;
    if (seen.has(dir)) continue;
    seen.add(dir);
    const answer = ask(tree, work, dir);
    if (answer === undefined) {
      wrong.push(`${dir}: make failed`);
      continue;
    }
    const below = [...inherited, ...answer.inherited];
    for (const d of answer.directories) queue.push([d, below]);
    for (const [path, sources] of answer.objects) {
      built.add(path);
      const dirs = [...below, ...answer.includeDirs];
      const difference = differenceOf(map, path, sources, value, dirs, answer.builtin.has(path));
      if (difference === undefined) same++;
      else wrong.push(`${path}: ${difference}`);
    }
  }
  const extra = map.modules.filter(
    (m) => configsHold(m.configs, value) && !built.has(m.path) && m.sources.length > 0,
  );
  console.log(`${seen.size} directories, ${same} of ${same + wrong.length} objects as make has them`);
  for (const w of wrong) console.log(`  ${w}`);
  console.log(`objects whose conditions hold but which make does not build: ${extra.length}`);
  for (const m of extra) console.log(`  ${m.path} ${JSON.stringify(m.configs)}`);
}

function differenceOf(
  map: ModuleMap,
  path: string,
  sources: readonly string[],
  value: (name: string) => string | undefined,
  includeDirs: readonly string[],
  builtin: boolean,
): string | undefined {
  const module = map.modules.find((m) => m.path === path);
  if (module === undefined) return 'not known';
  if (!configsHold(module.configs, value)) return `conditions do not hold: ${JSON.stringify(module.configs)}`;
  const mine = module.sources.filter((f) => configsHold(module.sourceConfigs.get(f) ?? [], value));
  const missing = sources.filter((f) => !mine.includes(f));
  // `foo-$(CONFIG_X) += b.o` with X=m puts b.o into a module foo.ko, not into a built-in foo.o: we can't tell which it is.
  const modular = (f: string): boolean => module.sourceConfigs.get(f)?.some((c) => value(c) === 'm') === true;
  const extra = mine.filter((f) => !sources.includes(f) && !(builtin && modular(f)));
  const dirs = includeDirs.filter((d) => !module.includeDirs.includes(d));
  if (missing.length + extra.length + dirs.length === 0) return undefined;
  return `missing [${missing}] extra [${extra}] -I not known [${dirs}]`;
}

/** `-I` of the subdir-ccflags above a starting directory. */
function inheritedAbove(tree: string, work: string, dir: string): string[] {
  const out: string[] = [];
  for (let d = posix.dirname(dir); d !== '.'; d = posix.dirname(d))
    out.unshift(...(ask(tree, work, d)?.inherited ?? []));
  return out;
}

function ask(tree: string, work: string, dir: string): Answer | undefined {
  const file = ['Kbuild', 'Makefile'].map((n) => `${dir}/${n}`).find((f) => existsSync(join(tree, f)));
  if (file === undefined) return undefined;
  const args = [
    '-rRs',
    '-f',
    join(work, 'wrapper'),
    `obj=${dir}`,
    `kbuild-file=${file}`,
    `autoconf=${join(work, 'auto.conf')}`,
  ];
  const run = spawnSync('make', args, { cwd: tree, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.status !== 0) return undefined;
  const objects = new Map<string, string[]>();
  const directories: string[] = [];
  let includeDirs: string[] = [];
  let inherited: string[] = [];
  const builtin = new Set<string>();
  for (const line of run.stdout.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (words[0] === 'DIR') directories.push(posix.join(dir, words[1]!).replace(/\/+$/, ''));
    else if (words[0] === 'FLAGS') includeDirs = includesOf(words.slice(1));
    else if (words[0] === 'INHERIT') inherited = includesOf(words.slice(1));
    else if (words[0] === 'OBJ') {
      const sources = words.slice(3).map((o) => posix.join(dir, o.replace(/\.o$/, '.c')));
      const existing = [...new Set(sources)].filter((f) => f.endsWith('.c') && existsSync(join(tree, f)));
      if (words[1] === 'y') builtin.add(posix.join(dir, words[2]!.slice(0, -2)));
      objects.set(posix.join(dir, words[2]!.slice(0, -2)), existing.sort());
    }
  }
  return { objects, directories, includeDirs, inherited, builtin };
}

function includesOf(words: readonly string[]): string[] {
  return words
    .flatMap((w, i) => (w === '-I' ? [words[i + 1] ?? ''] : w.startsWith('-I') ? [w.slice(2)] : []))
    .map((p) => posix.normalize(p).replace(/\/+$/, ''))
    .filter((p) => p !== '' && !p.startsWith('/') && !p.startsWith('..'))
    .map((p) => (p === '.' ? '' : p));
}

main();
