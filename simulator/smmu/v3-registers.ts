/** Names, offsets and widths of the non-secure SMMUv3 registers (arm-smmu-v3.h; IHI 0070 chapter 6). */

interface Entry {
  readonly offset: number;
  readonly bits: 32 | 64;
  /** Writes are ignored. */
  readonly readOnly?: boolean;
}

/** Offset of register page 1, which holds the event and PRI queue pointers. */
const PAGE1 = 0x1_0000;

export const V3_REGISTERS: Readonly<Record<string, Entry>> = {
  IDR0: { offset: 0x0, bits: 32, readOnly: true },
  IDR1: { offset: 0x4, bits: 32, readOnly: true },
  IDR2: { offset: 0x8, bits: 32, readOnly: true },
  IDR3: { offset: 0xc, bits: 32, readOnly: true },
  IDR4: { offset: 0x10, bits: 32, readOnly: true },
  IDR5: { offset: 0x14, bits: 32, readOnly: true },
  IIDR: { offset: 0x18, bits: 32, readOnly: true },
  AIDR: { offset: 0x1c, bits: 32, readOnly: true },
  CR0: { offset: 0x20, bits: 32 },
  CR0ACK: { offset: 0x24, bits: 32, readOnly: true },
  CR1: { offset: 0x28, bits: 32 },
  CR2: { offset: 0x2c, bits: 32 },
  STATUSR: { offset: 0x40, bits: 32, readOnly: true },
  GBPA: { offset: 0x44, bits: 32 },
  IRQ_CTRL: { offset: 0x50, bits: 32 },
  IRQ_CTRLACK: { offset: 0x54, bits: 32, readOnly: true },
  GERROR: { offset: 0x60, bits: 32, readOnly: true },
  GERRORN: { offset: 0x64, bits: 32 },
  GERROR_IRQ_CFG0: { offset: 0x68, bits: 64 },
  GERROR_IRQ_CFG1: { offset: 0x70, bits: 32 },
  GERROR_IRQ_CFG2: { offset: 0x74, bits: 32 },
  STRTAB_BASE: { offset: 0x80, bits: 64 },
  STRTAB_BASE_CFG: { offset: 0x88, bits: 32 },
  CMDQ_BASE: { offset: 0x90, bits: 64 },
  CMDQ_PROD: { offset: 0x98, bits: 32 },
  CMDQ_CONS: { offset: 0x9c, bits: 32 },
  EVENTQ_BASE: { offset: 0xa0, bits: 64 },
  EVENTQ_PROD: { offset: PAGE1 + 0xa8, bits: 32 },
  EVENTQ_CONS: { offset: PAGE1 + 0xac, bits: 32 },
  EVENTQ_IRQ_CFG0: { offset: 0xb0, bits: 64 },
  EVENTQ_IRQ_CFG1: { offset: 0xb8, bits: 32 },
  EVENTQ_IRQ_CFG2: { offset: 0xbc, bits: 32 },
  PRIQ_BASE: { offset: 0xc0, bits: 64 },
  PRIQ_PROD: { offset: PAGE1 + 0xc8, bits: 32 },
  PRIQ_CONS: { offset: PAGE1 + 0xcc, bits: 32 },
  PRIQ_IRQ_CFG0: { offset: 0xd0, bits: 64 },
  PRIQ_IRQ_CFG1: { offset: 0xd8, bits: 32 },
  PRIQ_IRQ_CFG2: { offset: 0xdc, bits: 32 },
};

/** The register at a byte offset; for the upper half of a 64 bit one `upper` is set. */
export function v3NameAt(offset: number): { register: string; upper: boolean } | undefined {
  for (const [register, entry] of Object.entries(V3_REGISTERS)) {
    if (entry.offset === offset) return { register, upper: false };
    if (entry.bits === 64 && entry.offset + 4 === offset) return { register, upper: true };
  }
  return undefined;
}

/** CR0 and CR0ACK. */
export const CR0 = { SMMUEN: 0x1, PRIQEN: 0x2, EVENTQEN: 0x4, CMDQEN: 0x8, ATSCHK: 0x10 } as const;
export const CR2 = { E2H: 0x1, RECINVSID: 0x2, PTM: 0x4 } as const;
export const GBPA = { UPDATE: 0x8000_0000, ABORT: 0x10_0000 } as const;
export const IRQ_CTRL = { GERROR: 0x1, PRIQ: 0x2, EVENTQ: 0x4 } as const;
export const GERROR = { CMDQ_ERR: 0x1, EVENTQ_ABT: 0x4 } as const;
