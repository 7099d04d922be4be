/**
 * Names and offsets of the SMMUv1/v2 registers (arm-smmu.h; IHI 0062). The address space is laid out in 4 KiB pages:
 * page 0 and 1 are global, then context bank n is page `NUMPAGE + n`.
 */

export const PAGE_SIZE = 0x1000;
/** Pages of the global half: 2^(IDR1.NUMPAGENDXB + 1), and as many for the context banks. */
export const NUMPAGE = 128;

/** Global register space 0: name -> offset. */
const GR0: Readonly<Record<string, number>> = {
  sCR0: 0x0,
  sCR1: 0x4,
  sACR: 0x10,
  IDR0: 0x20,
  IDR1: 0x24,
  IDR2: 0x28,
  IDR3: 0x2c,
  IDR4: 0x30,
  IDR5: 0x34,
  IDR6: 0x38,
  IDR7: 0x3c,
  sGFAR: 0x40,
  sGFSR: 0x48,
  sGFSRRESTORE: 0x4c,
  sGFSYNR0: 0x50,
  sGFSYNR1: 0x54,
  sGFSYNR2: 0x58,
  TLBIVMID: 0x64,
  TLBIALLNSNH: 0x68,
  TLBIALLH: 0x6c,
  sTLBGSYNC: 0x70,
  sTLBGSTATUS: 0x74,
};

/** Arrays: name -> page, first offset. */
const ARRAYS: Readonly<Record<string, readonly [page: number, offset: number]>> = {
  SMR: [0, 0x800],
  S2CR: [0, 0xc00],
  CBAR: [1, 0x0],
  CBFRSYNRA: [1, 0x400],
  CBA2R: [1, 0x800],
};

/** Registers of a context bank: name -> offset. */
const BANK: Readonly<Record<string, number>> = {
  SCTLR: 0x0,
  ACTLR: 0x4,
  RESUME: 0x8,
  TCR2: 0x10,
  TTBR0: 0x20,
  TTBR1: 0x28,
  TCR: 0x30,
  CONTEXTIDR: 0x34,
  MAIR0: 0x38,
  MAIR1: 0x3c,
  PAR: 0x50,
  FSR: 0x58,
  FSRRESTORE: 0x5c,
  FAR: 0x60,
  FSYNR0: 0x68,
  FSYNR1: 0x6c,
  IPAFAR: 0x70,
  TLBIVA: 0x600,
  TLBIVAA: 0x608,
  TLBIASID: 0x610,
  TLBIALL: 0x618,
  TLBIVAL: 0x620,
  TLBIVAAL: 0x628,
  TLBIIPAS2: 0x630,
  TLBIIPAS2L: 0x638,
  TLBSYNC: 0x7f0,
  TLBSTATUS: 0x7f4,
};

/** Registers of 64 bits. */
const WIDE = new Set([
  'sGFAR',
  'TTBR0',
  'TTBR1',
  'PAR',
  'FAR',
  'IPAFAR',
  'TLBIVA',
  'TLBIVAA',
  'TLBIVAL',
  'TLBIVAAL',
  'TLBIIPAS2',
  'TLBIIPAS2L',
]);

/** A register name taken apart. `group` is `global`, an array's name, or `CB`; `index` -1 for globals. */
export interface RegisterName {
  readonly group: 'global' | 'SMR' | 'S2CR' | 'CBAR' | 'CBFRSYNRA' | 'CBA2R' | 'CB';
  readonly index: number;
  /** The name inside the group; equal to `group` for arrays. */
  readonly name: string;
  readonly bits: 32 | 64;
}

const parsed = new Map<string, RegisterName | undefined>();

/** Parses a register name; `undefined` when there is no such register (the index is not checked). */
export function parseName(register: string): RegisterName | undefined {
  if (parsed.has(register)) return parsed.get(register);
  const result = parse(register);
  parsed.set(register, result);
  return result;
}

function parse(register: string): RegisterName | undefined {
  if (Object.hasOwn(GR0, register)) {
    return { group: 'global', index: -1, name: register, bits: WIDE.has(register) ? 64 : 32 };
  }
  const bank = /^CB(\d+)_(\w+)$/.exec(register);
  if (bank !== null && Object.hasOwn(BANK, bank[2]!)) {
    return { group: 'CB', index: Number(bank[1]), name: bank[2]!, bits: WIDE.has(bank[2]!) ? 64 : 32 };
  }
  const array = /^(SMR|S2CR|CBAR|CBFRSYNRA|CBA2R)(\d+)$/.exec(register);
  if (array === null) return undefined;
  const group = array[1] as RegisterName['group'];
  return { group, index: Number(array[2]), name: group, bits: 32 };
}

/** The register at an offset; for the upper half of a 64 bit register its name with `upper` set. */
export function nameAt(offset: number): { register: string; upper: boolean } | undefined {
  const page = Math.floor(offset / PAGE_SIZE);
  const inPage = offset % PAGE_SIZE;
  const find = (table: Readonly<Record<string, number>>, prefix: string) => {
    for (const [name, at] of Object.entries(table)) {
      if (at === inPage) return { register: prefix + name, upper: false };
      if (at + 4 === inPage && WIDE.has(name)) return { register: prefix + name, upper: true };
    }
    return undefined;
  };
  if (page >= NUMPAGE && page < 2 * NUMPAGE) return find(BANK, `CB${page - NUMPAGE}_`);
  if (page === 0) {
    const global = find(GR0, '');
    if (global !== undefined) return global;
  }
  for (const [name, [at, first]] of Object.entries(ARRAYS)) {
    if (page === at && inPage >= first && inPage < first + 0x200 && inPage % 4 === 0) {
      return { register: `${name}${(inPage - first) / 4}`, upper: false };
    }
  }
  return undefined;
}
