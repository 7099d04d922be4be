import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Fault, readFaults } from '../../../server/board/fault-log.ts';

const V2 = '[   12.345678] arm-smmu 5000000.iommu: ';
const V3 = 'Nov 26 01:02:03 box kernel: arm-smmu-v3 arm-smmu-v3.0.auto: ';

/** Formats as the drivers of 6.1 and 6.12 have them; a tree's own are read from it below. */
const FORMATS = {
  context: 'Unhandled context fault: fsr=0x%x, iova=0x%08lx, fsynr=0x%x, cbfrsynra=0x%x, cb=%d\n',
  blocked:
    'Blocked unknown Stream ID 0x%hx; boot with "arm-smmu.disable_bypass=0" to allow, but this may have security implications\n',
  global: 'Unexpected global fault, this could be serious\n',
  registers: '\tGFSR 0x%08x, GFSYNR0 0x%08x, GFSYNR1 0x%08x, GFSYNR2 0x%08x\n',
  event: 'event 0x%02x received:\n',
  word: '\t0x%016llx\n',
};

/** As the kernel's printf prints what these formats ask for; console lines end where the message does. */
function printed(format: string, ...values: (number | bigint)[]): string {
  return format.trimEnd().replace(/%(0?)(\d*)(?:ll|l|h)?([xd])/g, (_, zero, width, kind) =>
    values
      .shift()!
      .toString(kind === 'x' ? 16 : 10)
      .padStart(Number(width || 0), zero || ' '),
  );
}

/** The string literal of a `dev_err` in C, read from a driver's text by how it begins. */
function literalOf(text: string, begin: string): string {
  const at = text.indexOf(`"${begin}`);
  if (at < 0) throw new Error(`no "${begin}" in the driver`);
  const literal = /^"((?:\\.|[^"\\])*)"/.exec(text.slice(at))![0];
  return JSON.parse(literal);
}

function readsEveryForm(formats: typeof FORMATS): void {
  const words = [
    (0x1234n << 32n) | (5n << 12n) | (1n << 11n) | 0x10n,
    1n << 35n,
    0xffff_f123_4567_8000n,
    0n,
  ] as const;
  const log = [
    V2 + printed(formats.context, 0x402, 0xfffff000n, 0x13, 0x8010, 2),
    V2 + printed(formats.blocked, 0x42),
    V2 + printed(formats.registers, 0x2, 0x2, 0x42, 0),
    V3 + printed(formats.event, 0x10),
    V3 + printed(formats.word, words[0]),
    V2 + printed(formats.global),
    V3 + printed(formats.word, words[1]),
    V2 + printed(formats.registers, 0x80000080, 0, 0x0001_0007, 0),
    V3 + printed(formats.word, words[2]),
    V3 + printed(formats.word, words[3]),
  ].join('\n');
  expect(readFaults(log)).toEqual([
    fault({ line: 1, kind: 'context', reason: 'TF', stream: 0x8010, address: 0xfffff000n, access: 'write' }),
    fault({ line: 2, kind: 'unknown-stream', reason: 'USF', stream: 0x42, access: 'write' }),
    fault({
      ...{ line: 4, smmu: 'arm-smmu-v3.0.auto', kind: 'event', reason: 'F_TRANSLATION', stream: 0x1234 },
      ...{ substream: 5, address: 0xffff_f123_4567_8000n, access: 'read' },
    }),
    fault({ line: 6, kind: 'global', reason: 'PF', stream: 7, access: 'read' }),
  ]);
}

function fault(change: Partial<Fault>): Fault {
  return {
    ...{ line: 1, smmu: '5000000.iommu', kind: 'context', reason: '', stream: null, substream: null },
    ...{ address: null, access: null },
    ...change,
  };
}

describe('readFaults', () => {
  it('reads every form, mixed as two SMMUs print them', () => readsEveryForm(FORMATS));

  it('gives an event of a log that was cut, and never takes the words of another one', () => {
    const event = V3 + printed(FORMATS.event, 0x13);
    const word = V3 + printed(FORMATS.word, 0x77_0000_0013n);
    const faults = readFaults([event, event, word].join('\n'));
    expect(faults.map(({ reason, stream }) => [reason, stream])).toEqual([
      ['F_PERMISSION', null],
      ['F_PERMISSION', 0x77],
    ]);
  });

  it('gives no address for an event whose record holds none', () => {
    const words = [0x9_0000_0002n, 0n, 0xdead_0000n, 0n].map((value) => V3 + printed(FORMATS.word, value));
    const [bad] = readFaults([V3 + printed(FORMATS.event, 2), ...words].join('\n'));
    expect(bad).toMatchObject({ reason: 'C_BAD_STREAMID', stream: 9, address: null, access: null });
  });

  it('reads what a machine printed of a device without a driver', () => {
    const faults = readFaults(readFileSync('test/fixtures/machines/qemu-virt-fault.log', 'utf8'));
    expect(faults.length).toBeGreaterThan(1);
    for (const { smmu, reason, stream } of faults)
      expect([smmu, reason, stream]).toEqual(['9050000.smmuv3', 'C_BAD_STREAMID', 8]);
  });

  it('takes nothing from other lines', () => {
    const command = `${V3}\t0x0000000000000042`;
    expect(readFaults(`${command}\nfoo 1.iommu: Unhandled context fault\n${V2}probing\n`)).toEqual([]);
  });

  it.runIf(process.env.KERNEL_TREE)('reads lines made from the format strings of a tree', () => {
    const folder = join(process.env.KERNEL_TREE!, 'drivers/iommu/arm');
    const v2 = readFileSync(join(folder, 'arm-smmu/arm-smmu.c'), 'latin1');
    const v3 = readFileSync(join(folder, 'arm-smmu-v3/arm-smmu-v3.c'), 'latin1');
    readsEveryForm({
      context: literalOf(v2, 'Unhandled context fault'),
      blocked: literalOf(v2, 'Blocked unknown Stream ID'),
      global: literalOf(v2, 'Unexpected global fault'),
      registers: literalOf(v2, '\\tGFSR'),
      event: literalOf(v3, 'event 0x'),
      word: literalOf(v3.slice(v3.indexOf('"event 0x')), '\\t0x'),
    });
  });
});
