import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../simulator/machine/address.ts';
import { boardFromDeviceTree, parseDeviceTree } from '../../../simulator/machine/devicetree.ts';
import { type DtNode, parseDtb } from '../../../simulator/machine/dtb.ts';
import { parseDts } from '../../../simulator/machine/dts.ts';

const dts = (name: string) => new URL(`../../fixtures/dts/${name}`, import.meta.url);
const source = readFileSync(dts('v2-board.dts'), 'utf8');
const blob = new Uint8Array(readFileSync(dts('v2-board.dtb')));

/** Properties as hex by path; phandles left out, since their numbers are the compiler's choice. */
function flat(node: DtNode, out: Record<string, string> = {}): Record<string, string> {
  for (const [name, bytes] of node.properties) {
    if (name !== 'phandle') out[`${node.path}:${name}`] = Buffer.from(bytes).toString('hex');
  }
  for (const child of node.children) flat(child, out);
  return out;
}

describe('the source and the compiled form', () => {
  it('say the same, but for the numbers of phandles', () => {
    const fromSource = flat(parseDts(source).root);
    const compiled = flat(parseDtb(blob).root);
    expect(Object.keys(fromSource).sort()).toEqual(Object.keys(compiled).sort());
    const differing = Object.keys(compiled).filter((key) => compiled[key] !== fromSource[key]);
    expect(differing.every((key) => /iommus|iommu-map|iommu-addresses/.test(key))).toBe(true);
  });

  it('give the same machine', () => {
    const a = boardFromDeviceTree(parseDeviceTree(blob, 'a'));
    const b = boardFromDeviceTree(parseDeviceTree(new TextEncoder().encode(source), 'a'));
    expect(b).toEqual(a);
  });
});

describe('a machine from its tree', () => {
  const { board, streams, rmr } = boardFromDeviceTree(parseDtb(blob), { name: 'test' });

  it('has the memory nodes with 64 bit cells', () => {
    expect(board.ram.map((r) => [r.start, r.end])).toEqual([
      [0x80000000, 0x100000000],
      [0x880000000, 0x900000000],
    ]);
  });

  it('has reserved memory by use, and /memreserve/', () => {
    expect(board.reserved.map((r) => [r.name, r.use, r.noMap, r.end - r.start])).toEqual([
      ['/memreserve/', 'reserved', false, 0x10000],
      ['firmware@90000000', 'firmware', true, 0x200000],
      ['framebuffer@9d400000', 'reserved', false, 0x800000],
      ['pool@a0000000', 'cma', false, 0x2000000],
    ]);
    expect(board.assumptions.some((a) => a.includes('/reserved-memory/floating'))).toBe(true);
  });

  it('has the enabled SMMU, at its translated address', () => {
    expect(board.smmu).toMatchObject({ version: 2, model: 'mmu-500', qcom: false });
    expect(board.mmio).toContainEqual(expect.objectContaining({ name: 'iommu@5000000', start: 0x15000000 }));
    expect(board.mmio.map((m) => m.name)).not.toContain('iommu@6000000');
  });

  it('has the StreamIDs with mask and bus, none of a disabled node', () => {
    expect(streams.map((s) => [s.device, s.streamId, s.mask, s.bus])).toEqual([
      ['ethernet@100000', 0x12, 0x7f80, 'platform'],
      ['display@200000', 0x20, 0, 'platform'],
      ['display@200000', 0x21, 0, 'platform'],
      ['dma@300000', 0x30, 0, 'amba'],
      ['pcie@400000', 0x40, 0, 'pci'],
    ]);
  });

  it('knows the device whose boot mapping must stay (iommu-addresses)', () => {
    expect([...rmr]).toEqual(['display@200000']);
  });

  it('has no SMMU for a device without iommus', () => {
    const alone = boardFromDeviceTree(parseDtb(blob), { device: 'serial@1' });
    expect(alone.board.smmu).toBeNull();
  });
});

describe('bad trees', () => {
  const bad = (text: string) => () =>
    boardFromDeviceTree(parseDts(`/dts-v1/;\n${text}`, 'x.dts'), { where: 'x.dts' });

  it('names a truncated blob, wherever it was cut', () => {
    for (let cut = 0; cut < blob.length; cut += 7) {
      expect(() => parseDtb(blob.subarray(0, cut), 'cut.dtb')).toThrow(/cut\.dtb: truncated/);
    }
  });

  it('never throws anything but an InputError, on any bytes', () => {
    fc.assert(
      fc.property(
        fc.nat(blob.length - 1),
        fc.nat(255),
        fc.nat(blob.length - 1),
        fc.nat(255),
        (i, a, j, b) => {
          const bytes = blob.slice();
          bytes[i] = a;
          bytes[j] = b;
          try {
            boardFromDeviceTree(parseDtb(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 500, seed: 7 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => parseDtb(bytes)).toThrow(InputError);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('says what helps against includes and macros', () => {
    expect(() => parseDts('#include "x.dtsi"\n/ { };', 'a.dts')).toThrow(/a\.dts:1: .*preprocessor.*cpp/);
    expect(() => parseDts('/dts-v1/;\n/ { a = <GIC_SPI 1>; };', 'a.dts')).toThrow(
      /a\.dts:2: 'GIC_SPI' is not a number/,
    );
  });

  it('names line and label of an unknown reference', () => {
    expect(() => parseDts('/dts-v1/;\n/ {\n a = <&nope>;\n};', 'a.dts')).toThrow(
      /a\.dts:3: label 'nope' is not defined/,
    );
  });

  it('asks for the real size where the boot loader fills it in', () => {
    const text =
      '/ { #address-cells=<2>; #size-cells=<2>; memory@80000000 { device_type="memory"; reg=<0 0x80000000 0 0>; }; };';
    expect(bad(text)).toThrow(/says size 0: the boot loader fills it in/);
    const sized = boardFromDeviceTree(parseDts(`/dts-v1/;${text}`), { ramBytes: 2 ** 30 });
    expect(sized.board.ram[0]).toMatchObject({ start: 0x80000000, end: 0xc0000000 });
  });

  it('names overlapping RAM', () => {
    expect(
      bad(
        '/ { #address-cells=<1>; #size-cells=<1>; memory@0 { device_type="memory"; reg=<0 0x1000 0x800 0x1000>; }; };',
      ),
    ).toThrow(/RAM overlaps/);
  });

  it('names a StreamID that the SMMU cannot see', () => {
    expect(
      bad(
        '/ { #address-cells=<1>; #size-cells=<1>; memory@0 { device_type="memory"; reg=<0 0x1000>; };' +
          ' s: iommu@1000 { compatible="arm,mmu-500"; #iommu-cells=<1>; reg=<0x1000 0x100>; };' +
          ' dev@2000 { reg=<0x2000 1>; iommus=<&s 0x12345>; }; };',
      ),
    ).toThrow(/dev@2000: StreamID 0x12345 is out of range: SMMUv2 here has 15 bits/);
  });

  it('names cells that do not add up', () => {
    expect(
      bad('/ { #address-cells=<2>; #size-cells=<2>; memory@0 { device_type="memory"; reg=<0 0 1>; }; };'),
    ).toThrow(/reg of \/memory@0 has 3 cells/);
  });
});

describe('forms of the source', () => {
  const value = (text: string) =>
    Buffer.from(parseDts(`/dts-v1/;\n/ { a = ${text}; };`).root.properties.get('a')!).toString('hex');

  it.each([
    ['<1 0x10 017>', '00000001000000100000000f'],
    ['<(1 << 4 | 3) (7 - 2 * 2)>', '0000001300000003'],
    ['/bits/ 64 <0x100000000>', '0000000100000000'],
    ['/bits/ 8 <1 2>, [ab cd]', '0102abcd'],
    ['"a\\n", "b"', '610a006200'],
    ["<'A' (-1)>", '00000041ffffffff'],
  ])('%s', (text, hex) => {
    expect(value(text)).toBe(hex);
  });

  it('merges nodes, deletes properties and nodes, extends by label', () => {
    const { root } = parseDts(`/dts-v1/;
      / { n: node@1 { a = <1>; b; c { }; }; };
      / { node@1 { a = <2>; }; };
      &n { /delete-property/ b; /delete-node/ c; d = "x"; };`);
    const node = root.children[0]!;
    expect([...node.properties.keys()]).toEqual(['a', 'd']);
    expect(node.properties.get('a')![3]).toBe(2);
    expect(node.children).toEqual([]);
  });
});
