import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { boardFromIomem, parseGicTables, parseIomem } from '../../../simulator/machine/iomem.ts';

const machine = (name: string) =>
  readFileSync(new URL(`../../fixtures/machines/${name}`, import.meta.url), 'utf8');

describe('/proc/iomem of a recorded machine', () => {
  const board = boardFromIomem(machine('qemu-virt-clean-first.iomem'));

  it('has the RAM, the running image and its reservations', () => {
    expect(board.ram.map((r) => [r.start, r.end])).toEqual([[0x40000000, 0x80000000]]);
    expect(board.running?.code).toEqual({ start: 0x40200000, end: 0x41f00000 });
    expect(board.running?.data).toEqual({ start: 0x42870000, end: 0x42d30000 });
    expect(board.running?.reserved).toContainEqual({ start: 0x48000000, end: 0x4b34b000 });
    expect(board.running?.reserved).toHaveLength(11);
    expect(board.running?.crashKernel).toEqual([]);
  });

  it('concludes an SMMUv3 from its two register pages', () => {
    expect(board.smmu?.version).toBe(3);
    expect(board.smmu?.source).toContain('9050000.smmuv3');
  });

  it('keeps registers and windows apart from RAM', () => {
    const names = board.mmio.map((m) => m.name);
    expect(names).toContain('pl011@9000000');
    expect(names).toContain('PCI ECAM');
    expect(names).not.toContain('System RAM');
  });

  it('sees the crash kernel', () => {
    const kdump = boardFromIomem(machine('qemu-virt-kdump-first.iomem'));
    expect(kdump.running?.crashKernel).toEqual([{ start: 0x86400000, end: 0x9a400000 }]);
  });
});

describe('GIC tables in a log', () => {
  it('finds the LPI tables that stay in use', () => {
    const tables = parseGicTables(machine('qemu-virt-gicv3.log'));
    expect(tables.map((t) => [t.start, t.end - t.start, t.name])).toEqual([
      [0x431e0000, 0x10000, 'GIC LPI property table'],
      [0x431f0000, 0x10000, 'GIC LPI pending table of CPU0'],
    ]);
  });
});

describe('other forms', () => {
  it('takes top-level "reserved" for no-map memory', () => {
    const board = boardFromIomem(
      [
        '80000000-8fffffff : System RAM',
        '  80200000-811fffff : Kernel code',
        '90000000-901fffff : reserved',
        '90200000-bfffffff : System RAM',
        '5000000-57fffff : 5000000.iommu',
      ].join('\n'),
    );
    expect(board.reserved).toMatchObject([{ start: 0x90000000, noMap: true }]);
    expect(board.ram).toHaveLength(3);
    expect(board.smmu?.version).toBe(2);
  });

  it('nests by two blanks a level', () => {
    const [ram] = parseIomem(
      '40000000-7fffffff : System RAM\n  40200000-41efffff : Kernel code\n    40300000-403fffff : x : y',
    );
    expect(ram?.children[0]?.children[0]?.name).toBe('x : y');
  });

  it('skips a log around the lines, also with CRLF', () => {
    const board = boardFromIomem('[ 0.1] hello\r\n40000000-7fffffff : System RAM\r\n# end\r\n');
    expect(board.ram[0]?.end).toBe(0x80000000);
    expect(board.smmu).toBeNull();
  });
});

describe('bad input', () => {
  it('says that it was read without root', () => {
    const text = '00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n';
    expect(() => boardFromIomem(text, { where: 'iomem.txt' })).toThrow(/iomem\.txt: .*without root.*sudo/);
  });

  it('says that it is something else', () => {
    expect(() => parseIomem('hello\n')).toThrow(/no line looks like/);
    expect(() => boardFromIomem('08000000-0800ffff : GICD\n')).toThrow(/no "System RAM"/);
  });

  it('names a reversed range', () => {
    expect(() => parseIomem('40000000-3fffffff : System RAM')).toThrow(/line 1 ends before it starts/);
  });

  it('names overlapping RAM', () => {
    const text = '40000000-7fffffff : System RAM\n60000000-8fffffff : System RAM\n';
    expect(() => boardFromIomem(text)).toThrow(/RAM overlaps.*share 512 MiB/);
  });
});
