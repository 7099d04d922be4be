/** Applies patches in memory. */
import { join } from 'node:path';
import { applyPatch, parsePatch, reversePatch, type StructuredPatch } from 'diff';
import { filesUnder, type Overlay } from '../tree/files.ts';
import type { Patch } from './series.ts';
import type { ChangedFile } from './sides.ts';

/** A patch that can't be applied, and why. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}

/** A tree after a patch. */
export interface Applied {
  readonly files: readonly ChangedFile[];
  readonly tree: Overlay;
  /** Files in which context had to be left out of the comparison. */
  readonly fuzzy: readonly string[];
}

/** As many lines of context may differ as `patch` allows. */
const FUZZ = 2;

/**
 * Applies a patch to a tree.
 * @param root directory that the paths of the patch start at
 * @throws PatchError when it is damaged, binary, leaves the root or does not fit
 */
export function applyTo(root: string, tree: Overlay, patch: Patch): Applied {
  const title =
    patch.number === null ? `"${patch.subject}"` : `${patch.number}/${patch.total} "${patch.subject}"`;
  const fail = (why: string): never => {
    throw new PatchError(`patch ${title}: ${why}`);
  };
  const binary = /^Binary files (?:\S+ and )?(\S+) differ$/m.exec(patch.diff);
  if (binary || /^GIT binary patch$/m.test(patch.diff)) {
    fail(`${binary ? stripped(binary[1]) : 'it'} is binary: such a patch can't be judged`);
  }
  const after = new Map(tree);
  const files: ChangedFile[] = [];
  const fuzzy: string[] = [];
  for (const part of parse(patch.diff, fail)) {
    const file = pathsOf(part, fail);
    const now = filesUnder(after);
    const old = file.before === null ? '' : now.text(join(root, file.before));
    if (isLink(part)) continue;
    if (old === undefined) return fail(`${file.before} is not in the tree`);
    if (file.before === null && now.exists(join(root, file.after!)) && !part.isCopy) {
      return fail(`${file.after} is in the tree already`);
    }
    const exact = applyPatch(old, part);
    const made = exact === false ? applyPatch(old, part, { fuzzFactor: FUZZ }) : exact;
    if (made === false) return fail(whyNot(old, part, file));
    if (exact === false) fuzzy.push((file.after ?? file.before)!);
    if (file.before !== null && file.before !== file.after && !part.isCopy)
      after.set(join(root, file.before), null);
    if (file.after !== null) after.set(join(root, file.after), made);
    files.push(part.isCopy ? { before: null, after: file.after } : file);
  }
  return { files, tree: after, fuzzy };
}

/** A symbolic link or a submodule: its text is no source. */
function isLink({ oldMode, newMode }: StructuredPatch): boolean {
  return [oldMode, newMode].some((mode) => mode === '120000' || mode === '160000');
}

function parse(diff: string, fail: (why: string) => never): StructuredPatch[] {
  try {
    // What stands between files, mode changes without content included, has no names.
    return parsePatch(diff).filter(({ oldFileName, newFileName }) => oldFileName ?? newFileName);
  } catch (error) {
    return fail(`it is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function pathsOf(part: StructuredPatch, fail: (why: string) => never): ChangedFile {
  const before =
    part.isCreate || part.oldFileName === '/dev/null' ? null : stripped(part.oldFileName, part.isGit);
  const after =
    part.isDelete || part.newFileName === '/dev/null' ? null : stripped(part.newFileName, part.isGit);
  for (const path of [before, after]) {
    if (path !== null && (path.startsWith('/') || path.split('/').includes('..') || path === '')) {
      fail(`'${path}' is no path below the tree's root`);
    }
  }
  if (before === null && after === null) fail('a file of it has no name');
  return { before, after };
}

/** A path without the folder that `diff` and git put before it: `a/`, `b/`, `linux-6.12/`; git may be told not to. */
function stripped(name: string | undefined, isGit = false): string {
  const path = name ?? '';
  return isGit && !/^[abciow]\//.test(path) ? path : path.slice(path.indexOf('/') + 1);
}

function whyNot(old: string, part: StructuredPatch, file: ChangedFile): string {
  const path = (file.after ?? file.before)!;
  if (applyPatch(old, reversePatch(part)) !== false) return `it is in ${path} already`;
  const at = part.hunks.findIndex(
    (_, n) => applyPatch(old, { ...part, hunks: [part.hunks[n]!] }, { fuzzFactor: FUZZ }) === false,
  );
  const hunk = part.hunks[Math.max(at, 0)];
  return `it does not apply to ${path}${hunk ? ` (hunk ${Math.max(at, 0) + 1}, at line ${hunk.oldStart})` : ''}`;
}
