/** Who includes a header, anywhere in a tree: a changed header changes all of them. */
import { closeSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DISK, type Overlay } from '../tree/files.ts';
import { resolveInclude } from '../tree/kbuild/index.ts';
import { fromRoot } from '../tree/walk.ts';
import type { TreeState } from './state.ts';

/** How many includes deep a changed header is followed, as an audit does. */
const DEPTH = 3;
/** Folders of a kernel tree in which no driver lies, and the kernel's own headers, which are not followed. */
const NO_DRIVERS = /^(?:Documentation|LICENSES|include|scripts|tools|usr|arch\/[^/]+\/include)$/;
/** Includes stand at a file's top. Past it lie only texts: the register tables of GPUs alone are half of a tree. */
const TOP = 64 * 1024;
const bytes = Buffer.alloc(TOP);

/** One `#include`. */
interface Inclusion {
  readonly includer: string;
  /** What it names; in angle brackets where it is written so. */
  readonly name: string;
}
type ByName = Map<string, Inclusion[]>;

/** The `#include` lines of one tree. Those on disk are read once, when first asked for; each overlay's once. */
export class Includers {
  private readonly root: string;
  private readonly isKernel: boolean;
  private disk: ByName | undefined;
  private readonly overlays = new WeakMap<Overlay, ByName>();

  /** @param root absolute path */
  constructor(root: string, isKernel: boolean) {
    this.root = root;
    this.isKernel = isKernel;
  }

  /** The `.c` files that include some files, directly or through other headers. Paths from the root. */
  of(state: TreeState, files: readonly string[]): Set<string> {
    const found = new Set<string>();
    const seen = new Set(files);
    let wanted = [...files];
    for (let depth = 0; depth < DEPTH && wanted.length > 0; depth++) {
      const next: string[] = [];
      for (const file of wanted) {
        for (const includer of this.directly(state, file)) {
          if (seen.has(includer)) continue;
          seen.add(includer);
          if (includer.endsWith('.c')) found.add(includer);
          next.push(includer);
        }
      }
      wanted = next;
    }
    return found;
  }

  private directly(state: TreeState, file: string): string[] {
    this.disk ??= this.readDisk();
    const over = this.overlays.get(state.overlay) ?? this.readOverlay(state.overlay);
    const name = basename(file);
    const below = (this.disk.get(name) ?? []).filter(
      ({ includer }) => state.disk.over(join(this.root, includer)) === undefined,
    );
    const all = [...below, ...(over.get(name) ?? [])];
    return all
      .filter((one) => one.includer !== file && means(state, one, file))
      .map(({ includer }) => includer);
  }

  private readDisk(): ByName {
    const byName: ByName = new Map();
    const pending = [''];
    for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
      for (const name of DISK.list(join(this.root, dir)) ?? []) {
        const path = dir === '' ? name : `${dir}/${name}`;
        if (/\.[ch]$/.test(name)) take(path, topOf(join(this.root, path)), byName);
        else if (this.isFolder(name, path)) pending.push(path);
      }
    }
    return byName;
  }

  /** True for what may be a folder with sources: a file of such a name lists nothing. */
  private isFolder(name: string, path: string): boolean {
    if (/^\.|\.\w+$|^(?:Makefile|Kconfig|Kbuild|node_modules)$/.test(name)) return false;
    return !(this.isKernel && NO_DRIVERS.test(path));
  }

  private readOverlay(overlay: Overlay): ByName {
    const byName: ByName = new Map();
    this.overlays.set(overlay, byName);
    for (const [path, text] of overlay) {
      const file = fromRoot(this.root, path);
      if (text !== null && /\.[ch]$/.test(path) && !file.startsWith('../')) take(file, text, byName);
    }
    return byName;
  }
}

/** The beginning of a file as latin1; nothing of one that can't be read. */
function topOf(path: string): string {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, TOP, 0));
  } catch {
    return '';
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function take(includer: string, text: string, byName: ByName): void {
  for (const [, open, name] of text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]/gm)) {
    // `<linux/…>` is the kernel's own.
    if (open === '<' && name!.startsWith('linux/')) continue;
    const inclusion = { includer, name: open === '<' ? `<${name}>` : name! };
    const users = byName.get(basename(name!));
    if (users) users.push(inclusion);
    else byName.set(basename(name!), [inclusion]);
  }
}

/**
 * Whether an `#include` means a file: the one that the compiler finds by itself; where it finds none, one near by, or
 * one farther off that the Makefiles above the includer lead to.
 */
function means({ disk, root }: TreeState, { includer, name }: Inclusion, file: string): boolean {
  const meant = resolveInclude(name, includer, [], (path) => disk.exists(join(root, path)));
  if (meant !== undefined) return meant === file;
  if (partOf(includer) === partOf(file)) return true;
  const tail = name.replace(/^<|>$/g, '').replace(/^(?:\.\.?\/)+/, '');
  if (!file.endsWith(`/${tail}`)) return false;
  const from = file.slice(0, -tail.length - 1);
  for (let dir = dirname(includer); dir !== '.'; dir = dirname(dir)) {
    for (const makefile of ['Makefile', 'Kbuild']) {
      for (const [, option] of (disk.text(join(root, dir, makefile)) ?? '').matchAll(/-I[ \t]*(\S+)/g)) {
        const path = option!.replace(/^(?:\$[({]\w+[)}]\/?|\.\.?\/)+/, '').replace(/\/$/, '');
        if (path !== '' && (from === path || from.endsWith(`/${path}`))) return true;
      }
    }
  }
  return false;
}

/** The part of the tree that a file is in: its two topmost folders, `drivers/net`. */
function partOf(file: string): string {
  return dirname(file) === '.' ? '' : dirname(file).split('/').slice(0, 2).join('/');
}
