import { posix } from 'node:path';

/** No empty component, no `.` or `..`, not absolute. */
const PLAIN = /^(?!\.{1,2}(?:\/|$))[^/]+(?:\/(?!\.{1,2}(?:\/|$))[^/]+)*$/;

/**
 * A root-relative path from one as Make spells it: `./drivers/x/../y` becomes `drivers/y`, the root ''.
 * @returns undefined for an absolute path and for one that leaves the root
 */
export function rootRelative(path: string): string | undefined {
  // Nearly every path is plain already, and there are tens of thousands.
  if (PLAIN.test(path)) return path;
  if (path.startsWith('/')) return undefined;
  const normal = posix.normalize(path).replace(/\/+$/, '');
  if (normal === '.' || normal === '') return '';
  return normal === '..' || normal.startsWith('../') ? undefined : normal;
}

/** Joins root-relative `dir` ('' is the root) and a name that may hold `..`; undefined when it leaves the root. */
export function joinRelative(dir: string, name: string): string | undefined {
  return rootRelative(dir === '' ? name : `${dir}/${name}`);
}

/** The directory a root-relative path lies in; '' for the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** True when `path` is `dir` or lies below it. */
export function isWithin(path: string, dir: string): boolean {
  return dir === '' || path === dir || path.startsWith(`${dir}/`);
}

const NOTHING = /^(?!)/;
/** More stars than this make matching slow, and no Makefile has them. */
const MAX_STARS = 6;

/** Turns a shell pattern of one path component into a regular expression. */
export function globPattern(pattern: string): RegExp {
  if (pattern.split('*').length - 1 > MAX_STARS) return NOTHING;
  const body = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replace(/\[!/g, '[^');
  try {
    return new RegExp(`^${body}$`);
  } catch {
    return NOTHING; // an unclosed `[`
  }
}
