import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findKernelRoot, type RootFiles, versionOf } from '../../../server/tree/root.ts';

function files(tree: Record<string, string>): RootFiles {
  const paths = Object.keys(tree);
  return {
    text: (path) => tree[path],
    exists: (path) => paths.some((p) => p === path || p.startsWith(`${path}/`)),
  };
}

const MAKEFILE = '# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = Some Bird\n';

describe('versionOf', () => {
  it('reads major.minor and the full version', () => {
    expect(versionOf(MAKEFILE)).toEqual({ version: '6.12', full: '6.12.117' });
  });
  it('keeps EXTRAVERSION', () => {
    expect(versionOf('VERSION = 6\nPATCHLEVEL = 13\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n')?.full).toBe(
      '6.13.0-rc3',
    );
  });
  it('is undefined for another project', () => {
    expect(versionOf('VERSION = 1.2.3\nall:\n\techo\n')).toBeUndefined();
    expect(versionOf('obj-m := foo.o\n')).toBeUndefined();
  });
});

describe('findKernelRoot', () => {
  const tree = files({
    '/k/Makefile': MAKEFILE,
    '/k/Kbuild': '',
    '/k/drivers/net/Makefile': 'obj-y += foo/\n',
    '/k/drivers/net/foo/foo.c': '',
    '/x/Makefile': 'VERSION = 6\nPATCHLEVEL = 1\n',
    '/x/foo.c': '',
  });
  it('climbs from a file to the root', () => {
    expect(findKernelRoot('/k/drivers/net/foo/foo.c', tree)).toEqual({
      root: '/k',
      version: '6.12',
      full: '6.12.117',
    });
  });
  it('accepts the root itself, and a path that does not exist', () => {
    expect(findKernelRoot('/k', tree)?.root).toBe('/k');
    expect(findKernelRoot('/k/drivers/none/such.c', tree)?.root).toBe('/k');
  });
  it('asks for more than two variables of these names', () => {
    expect(findKernelRoot('/x/foo.c', tree)).toBeUndefined();
    expect(findKernelRoot('/elsewhere', tree)).toBeUndefined();
  });
  it('reads the disk by default and does not fail on it', () => {
    expect(findKernelRoot(join(import.meta.dirname, 'none'))).toBeUndefined();
  });
});
