import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onDisk, readModules, resolveInclude } from '../../../../server/tree/kbuild/index.ts';

const root = join(import.meta.dirname, '../../../fixtures/kbuild/external');

describe('onDisk', () => {
  const map = readModules({ root, dirs: [''], ...onDisk });

  it('reads an external module', () => {
    expect(map.modules).toHaveLength(1);
    expect(map.modules[0]).toMatchObject({
      name: 'example-dma',
      modname: 'example_dma',
      path: 'example-dma',
      sources: ['example_main.c', 'hw/example_ring.c', 'example_debug.c'],
      includeDirs: ['include'],
      builtinOnly: false,
    });
    expect([...map.modules[0]!.sourceConfigs]).toEqual([['example_debug.c', ['CONFIG_EXAMPLE_DEBUG']]]);
  });

  it('finds its headers', () => {
    const exists = (path: string): boolean => existsSync(join(root, path));
    expect(resolveInclude('"example.h"', 'hw/example_ring.c', map.modules[0]!, exists)).toBe(
      'include/example.h',
    );
  });

  it('asked for a folder inside, finds the module that takes its files', () => {
    const inner = readModules({ root, dirs: ['hw'], ...onDisk });
    expect(inner.modulesOf('hw/example_ring.c').map((m) => m.name)).toEqual(['example-dma']);
  });

  it('takes what it can not read for absent', () => {
    expect(onDisk.readText(root)).toBeUndefined();
    expect(onDisk.listDir(join(root, 'Makefile'))).toBeUndefined();
    expect(readModules({ root: join(root, 'none'), dirs: [''], ...onDisk }).modules).toEqual([]);
  });
});
