import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findHole,
  formatSize,
  formatTime,
  InputError,
  MIB,
  mergeSpans,
  parseAmount,
  type Span,
  subtractSpans,
} from '../../../simulator/machine/address.ts';
import { builtInBoards, findBoard } from '../../../simulator/machine/boards.ts';
import { boardFromEfi } from '../../../simulator/machine/efi.ts';
import { addressAt, growingClaims, PageSource, zoneOrder } from '../../../simulator/machine/growth.ts';
import { NOTHING, Ownership, owner } from '../../../simulator/machine/ownership.ts';

describe('amounts', () => {
  it.each([
    ['64K', 65536],
    ['256MiB', 256 * MIB],
    ['2G', 2 ** 31],
    ['0x8000_0000', 2 ** 31],
    ['17', 17],
    [4096, 4096],
  ])('%s', (text, bytes) => {
    expect(parseAmount(text, 'x')).toBe(bytes);
  });

  it.each(['', '-1', '1.5', '12Q', '0xzz', '99999999999999999999'])('"%s" is none', (text) => {
    expect(() => parseAmount(text, 'where')).toThrow(InputError);
  });

  it('for people', () => {
    expect([formatSize(512), formatSize(65536), formatSize(1.5 * MIB)]).toEqual([
      '512 B',
      '64 KiB',
      '1.50 MiB',
    ]);
    expect([formatTime(5), formatTime(50_000), formatTime(1_440_000)]).toEqual([
      '5 us',
      '50.0 ms',
      '1.440 s',
    ]);
  });
});

describe('ranges', () => {
  const span = fc.tuple(fc.nat(200), fc.nat(40)).map(([start, n]): Span => ({ start, end: start + n }));
  const has = (spans: readonly Span[], at: number) => spans.some((s) => at >= s.start && at < s.end);

  it('union and difference agree with a byte by byte count', () => {
    fc.assert(
      fc.property(fc.array(span), fc.array(span), (a, b) => {
        const merged = mergeSpans(a);
        const rest = subtractSpans(a, b);
        for (let at = 0; at < 250; at++) {
          expect(has(merged, at)).toBe(has(a, at));
          expect(has(rest, at)).toBe(has(a, at) && !has(b, at));
        }
        merged.forEach((s, i) => {
          if (i > 0) expect(s.start).toBeGreaterThan(merged[i - 1]!.end);
        });
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it('a hole is aligned, free, and the lowest or the highest', () => {
    fc.assert(
      fc.property(
        fc.array(span),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(1, 2, 4, 8),
        fc.boolean(),
        (free, bytes, align, topDown) => {
          const fits = [];
          for (let at = 0; at < 250; at += align) {
            if (Array.from({ length: bytes }, (_, i) => has(free, at + i)).every(Boolean)) fits.push(at);
          }
          const hole = findHole(free, bytes, align, { topDown });
          // Adjacent ranges count as one, as memblock merges them.
          expect(hole).toBe(topDown ? fits.at(-1) : fits[0]);
        },
      ),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe('ownership', () => {
  it('a later claim covers an earlier one while it is in force', () => {
    const o = new Ownership();
    const [a, b, c] = [owner('old', 'text'), owner('next', 'text'), owner('next', 'free')];
    o.add({ start: 0, end: 0x4000 }, a, -Infinity, 100);
    o.add({ start: 0x1000, end: 0x3000 }, b, 50);
    o.add({ start: 0, end: 0x8000 }, c, 200);
    expect(o.at(0x1000, 0)).toBe(a);
    expect(o.at(0x1000, 60)).toBe(b);
    expect(o.at(0x1000, 250)).toBe(c);
    expect(o.at(0, 150)).toBe(NOTHING);
    expect(o.at(0x5000, 250)).toBe(c);
    expect(o.split(0x800, 0x1000, 60)).toEqual([
      { pa: 0x800, len: 0x800, owner: a },
      { pa: 0x1000, len: 0x800, owner: b },
    ]);
    expect(o.changes(0x1000, 0, 1000)).toEqual([50, 100, 200]);
  });
});

describe('the allocator that grows', () => {
  const free = [
    { start: 0x80000000, end: 0x80000000 + 64 * MIB },
    { start: 0x880000000, end: 0x880000000 + 32 * MIB },
  ];
  const order = zoneOrder(free, 2 ** 32);

  it('hands out the zone above 4 GiB first', () => {
    expect(order.spans.map((s) => s.start)).toEqual([0x880000000, 0x80000000]);
    expect(addressAt(order, 0)).toBe(0x880000000);
    expect(addressAt(order, 32 * MIB)).toBe(0x80000000);
    expect(addressAt(order, 96 * MIB)).toBeUndefined();
  });

  it('takes pages when its curve reaches them, each for good', () => {
    const claims = growingClaims(order, { start: 1000, atStart: MIB, perSecond: 32 * MIB }, 1);
    const high = claims[0]!;
    expect(high.takenAt(0x880000000)).toBe(1000);
    expect(high.takenAt(0x880000000 + 17 * MIB)).toBe(1000 + 500_000);
    expect(high.ownerAt(0x880000000 + 17 * MIB, 400_000).kind).toBe('free');
    expect(high.ownerAt(0x880000000 + 17 * MIB, 600_000).live).toBe(true);
    expect(claims[1]!.takenAt(0x80000000)).toBeGreaterThan(900_000);
  });

  it('sources pages aligned to their size, in that order, below a limit', () => {
    const pages = new PageSource(order, 4096);
    expect(pages.take(4096)!.start).toBe(0x880001000);
    expect(pages.take(65536)!.start).toBe(0x880010000);
    expect(new PageSource(order, 0, 2 ** 32).take(4096)!.start).toBe(0x80000000);
    expect(pages.take(128 * MIB)).toBeUndefined();
  });
});

describe('built-in boards', () => {
  it.each(builtInBoards().map((b) => [b.name, b] as const))(
    '%s adds up, and each fact has its source',
    (name, board) => {
      expect(findBoard(name).ram.length).toBeGreaterThan(0);
      for (const region of [...board.ram, ...board.reserved, ...board.mmio, ...board.secure]) {
        expect(region.source).toMatch(/dtsi?|hw\/arm\/virt\.c|firmware|gpu_mem/i);
      }
      for (const r of board.reserved)
        expect(board.ram.some((m) => r.start >= m.start && r.end <= m.end)).toBe(true);
      for (const m of board.mmio)
        expect(board.ram.some((r) => m.start < r.end && r.start < m.end)).toBe(false);
    },
  );

  it('are what the list asked for', () => {
    const of = (name: string) => findBoard(name).smmu;
    expect(of('qemu-virt')?.version).toBe(3);
    expect(of('juno')?.version).toBe(1);
    expect(of('imx8qm-mek')?.version).toBe(2);
    expect(of('sdm845')).toMatchObject({ version: 2, qcom: true });
    expect(of('thunderx2')?.version).toBe(3);
    expect(of('rpi4')).toBeNull();
  });
});

describe('an EFI memory map', () => {
  const arm64 = `
[    0.000000] efi: Processing EFI memory map:
[    0.000000] efi:   0x000040000000-0x00004007ffff [Loader Code |   |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]
[    0.000000] efi:   0x000040080000-0x00007fffffff [Conventional|   |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]
[    0.000000] efi:   0x000080000000-0x0000800fffff [Runtime Data|RUN|  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]
[    0.000000] efi:   0x000080100000-0x0000801fffff [ACPI Reclaim|   |  |  |  |  |  |  |  |  |   |WB|  |  |  ]
[    0.000000] efi:   0x000009000000-0x000009000fff [MMIO        |RUN|  |  |  |  |  |  |  |  |   |  |  |  |UC]`;

  it('as arm64 prints it: usable types are RAM, runtime services are no-map', () => {
    const board = boardFromEfi(arm64);
    expect(board.ram.map((r) => [r.start, r.end])).toEqual([[0x40000000, 0x80200000]]);
    expect(board.reserved.map((r) => [r.start, r.noMap])).toEqual([
      [0x80000000, true],
      [0x80100000, false],
    ]);
    expect(board.mmio.map((m) => m.start)).toEqual([0x9000000]);
  });

  it('as x86 and the shell print it', () => {
    const x86 =
      'efi: mem00: [Conventional Memory|   |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000000001000-0x000000000009ffff] (0MB)';
    expect(boardFromEfi(x86).ram[0]).toMatchObject({ start: 0x1000, end: 0xa0000 });
    const shell =
      'Type Start End # Pages Attributes\nAvailable  0000000040000000-000000004007FFFF 0000000000000080 000000000000000F\n';
    expect(boardFromEfi(shell).ram[0]).toMatchObject({ start: 0x40000000, end: 0x40080000 });
  });

  it('says when there is none', () => {
    expect(() => boardFromEfi('hello')).toThrow(/no descriptor of an EFI memory map found.*efi=debug/);
  });
});
