import { describe, expect, test } from 'vitest';
import { Renamer } from '../../../server/bundle/rename.ts';

const KERNELS = new Set(['platform_driver', 'probe', 'readl', 'CONFIG_PM', 'linux']);

function renamer(how: Partial<ConstructorParameters<typeof Renamer>[0]> = {}): Renamer {
  return new Renamer({
    isKernels: (word) => KERNELS.has(word),
    files: new Map([['secret.h', 'f2.h']]),
    strings: 'rename',
    numbers: 'rename',
    ...how,
  });
}

describe('a renamer', () => {
  test('gives each own name one new name, macros theirs, and leaves the kernel its names', () => {
    const made = renamer().text(
      'static struct platform_driver acme = { .probe = acme_probe };\n#define ACME_X acme\n#ifdef CONFIG_ACME\n#ifdef CONFIG_PM\n',
    );
    expect(made).toBe(
      'static struct platform_driver n1 = { .probe = n2 };\n#define N3 n1\n#ifdef CONFIG_N4\n#ifdef CONFIG_PM\n',
    );
  });

  test('replaces strings and long numbers, where that is asked for', () => {
    const text = 'f("acme,dma", "acme,dma", 0xdeadbeefUL, 0x10, 64);';
    expect(renamer().text(text)).toBe('n1("s1", "s1", 0x100, 0x10, 64);');
    expect(renamer({ strings: 'keep', numbers: 'keep' }).text(text)).toBe(
      'n1("acme,dma", "acme,dma", 0xdeadbeefUL, 0x10, 64);',
    );
  });

  test('names own includes anew, leaves out those of files that are not there, and keeps the kernel\u2019s', () => {
    expect(renamer().text('#include "sub/secret.h"\n#include "gone.h"\n#include <linux/dma.h>\n')).toBe(
      '#include "f2.h"\n\n#include <linux/dma.h>\n',
    );
  });
});
