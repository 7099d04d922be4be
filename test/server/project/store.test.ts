import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
import type { Facts } from '../../../server/facts/types.ts';
import { Spill } from '../../../server/project/spill.ts';
import { FactStore } from '../../../server/project/store.ts';
import { packFacts } from '../../../server/tree/packed.ts';

function factsNamed(name: string, words: number): Facts {
  // As different as hashes, so that packing leaves something of them.
  const strings = Array.from({ length: words }, (_, at) => `${name}${Math.sin(at + 1)}`);
  return { includes: [{ name, system: false }], strings } as unknown as Facts;
}

const temporaries = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`quiesce-${process.pid}-`));

describe('FactStore', () => {
  test.each([undefined, 0, 20_000])('gives back what it was given, with %s bytes of memory', (memory) => {
    const store = new FactStore((file) => `tree/${file}`, memory === undefined ? {} : { memory });
    const names = Array.from({ length: 60 }, (_, at) => `f${at}.c`);
    for (const name of names) store.set(name, packFacts(factsNamed(name, 500)));
    store.set('f7.c', packFacts(factsNamed('again', 10)));
    store.delete('f8.c');
    expect(store.has('f8.c')).toBe(false);
    expect(store.get('f8.c')).toBeUndefined();
    for (const name of names.filter((one) => one !== 'f8.c')) {
      const facts = name === 'f7.c' ? factsNamed('again', 10) : factsNamed(name, 500);
      expect(store.get(name)).toEqual({ path: `tree/${name}`, facts });
      expect(Buffer.compare(store.packed(name)!, packFacts(facts))).toBe(0);
    }
    store.close();
  });

  test('leaves no file behind, not even while it is open', () => {
    const store = new FactStore((file) => file, { memory: 0 });
    store.set('a.c', packFacts(factsNamed('a', 10)));
    expect(temporaries()).toEqual([]);
    store.close();
  });

  test('keeps all in memory where no temporary file can be made', () => {
    vi.stubEnv('TMPDIR', '/nowhere');
    const store = new FactStore((file) => file, { memory: 0 });
    store.set('a.c', packFacts(factsNamed('a', 10)));
    vi.unstubAllEnvs();
    expect(store.get('a.c')?.facts).toEqual(factsNamed('a', 10));
    store.close();
  });
});

describe('Spill', () => {
  test('bytes come back from the block, from the file and when they are bigger than a block', () => {
    const spill = new Spill();
    const values = [10, 700_000, 0, 400_000, 3_000_000, 5, 1_048_576].map((length, at) =>
      new Uint8Array(length).fill(at + 1),
    );
    const places = values.map((value) => spill.add(value));
    for (const [at, place] of places.entries()) {
      expect(Buffer.compare(spill.read(place), values[at]!)).toBe(0);
    }
    spill.close();
    expect(() => spill.read(places[1]!)).toThrow();
  });
});
