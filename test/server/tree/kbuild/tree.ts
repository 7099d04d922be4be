import { posix } from 'node:path';
import {
  type KbuildModule,
  type ModuleMap,
  type ReadModulesOptions,
  readModules,
} from '../../../../server/tree/kbuild/index.ts';

/** A tree in memory: root-relative path -> text. */
export type Files = Readonly<Record<string, string>>;

const KERNEL: Files = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n',
  Kbuild: 'obj-y += drivers/\nobj-$(CONFIG_NET) += net/\n',
  Kconfig: '',
};

/** Callbacks over files in memory that count what was read. */
export function memory(files: Files, root = '/t'): ReadModulesOptions & { readonly read: string[] } {
  const read: string[] = [];
  const dirs = new Map<string, Set<string>>();
  for (const path of Object.keys(files)) {
    const parts = path.split('/');
    for (let i = 0; i < parts.length; i++) {
      const dir = [root, ...parts.slice(0, i)].join('/');
      const names = dirs.get(dir) ?? new Set<string>();
      names.add(parts[i]!);
      dirs.set(dir, names);
    }
  }
  return {
    root,
    dirs: [''],
    read,
    readText(path) {
      read.push(path.slice(root.length + 1));
      return files[path.slice(root.length + 1)];
    },
    listDir: (path) => (dirs.has(path) ? [...dirs.get(path)!] : undefined),
  };
}

/** Reads a kernel tree made of `files` and a minimal top. */
export function kernel(files: Files, dirs: string[] = ['drivers']): ModuleMap {
  return readModules({ ...memory({ ...KERNEL, 'drivers/Makefile': 'obj-y += x/\n', ...files }), dirs });
}

/** The modules of `drivers/x/Makefile`, with empty `.c` files of the given names beside it. */
export function inX(makefile: string, sources: string, more: Files = {}): ModuleMap {
  const files: Record<string, string> = { 'drivers/x/Makefile': makefile, ...more };
  for (const s of sources.split(/\s+/).filter((w) => w !== '')) files[posix.join('drivers/x', s)] = '';
  return kernel(files);
}

/** `foo: a.c b.c` for each module, paths as seen from `drivers/x`, sorted. */
export function shown(map: ModuleMap): string[] {
  return map.modules.map((m) => `${short(m.path)}: ${m.sources.map(short).sort().join(' ')}`).sort();
}

/** A path as seen from `drivers/x`. */
export function short(path: string): string {
  return posix.relative('drivers/x', path);
}

export function find(map: ModuleMap, name: string): KbuildModule {
  const found = map.modules.find((m) => m.name === name);
  if (found === undefined)
    throw new Error(`no module ${name} in ${map.modules.map((m) => m.name).join(' ')}`);
  return found;
}
