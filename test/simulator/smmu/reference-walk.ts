/**
 * A naive table walk, written from the Arm ARM (VMSAv8-64) for comparison only: BigInt, one bit at a time, no
 * tables of sizes, no caches. It shares no code with the simulator.
 */

export interface Half {
  readonly granule: 12 | 14 | 16;
  readonly tsz: number;
  readonly base: bigint;
  readonly disabled: boolean;
  readonly tbi: boolean;
  readonly flat: boolean;
}

export interface Stage1Setup {
  readonly lower: Half;
  readonly upper: Half;
  readonly outputBits: number;
  readonly affd: boolean;
}

export interface Stage2Setup {
  readonly granule: 12 | 14 | 16;
  readonly tsz: number;
  readonly startLevel: number;
  readonly base: bigint;
  readonly outputBits: number;
  readonly affd: boolean;
}

export type Access = { readonly write: boolean; readonly privileged: boolean };
export type Answer =
  | { readonly pa: bigint }
  | {
      readonly fault: 'F_TRANSLATION' | 'F_ADDR_SIZE' | 'F_ACCESS' | 'F_PERMISSION' | 'F_WALK_EABT';
      readonly stage: 1 | 2;
    };

/** Reads a descriptor; `undefined`: nothing answers. */
export type Read = (pa: bigint) => bigint | undefined;

const bits = (value: bigint, high: number, low: number): bigint =>
  (value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);
const isSet = (value: bigint, position: number): boolean => bits(value, position, position) === 1n;

/** The level that resolves the top bits of an address, and the lowest bit it looks at. */
function start(inputBits: number, granule: number): { level: number; low: number } {
  let level = 3;
  let low = granule;
  while (low + (granule - 3) < inputBits) {
    low += granule - 3;
    level--;
  }
  return { level, low };
}

function leafAllowed(granule: number, level: number, type: bigint): boolean {
  if (level === 3) return type === 3n;
  if (type !== 1n) return false;
  return level === 2 || (level === 1 && granule === 12);
}

export function walkStage1(
  setup: Stage1Setup,
  va: bigint,
  access: Access,
  read: Read,
  stage2?: (ipa: bigint, access: Access) => Answer,
): Answer {
  const upper = isSet(va, 55);
  const half = upper ? setup.upper : setup.lower;
  const inputBits = 64 - half.tsz;
  for (let position = inputBits; position <= (half.tbi ? 55 : 63); position++) {
    if (isSet(va, position) !== upper) return { fault: 'F_TRANSLATION', stage: 1 };
  }
  if (half.disabled) return { fault: 'F_TRANSLATION', stage: 1 };
  let { level, low } = start(inputBits, half.granule);
  let table = half.base;
  let high = inputBits - 1;
  let userDenied = false;
  let writeDenied = false;
  for (;;) {
    let address = table + bits(va, high, low) * 8n;
    if (stage2 !== undefined) {
      const answer = stage2(address, { write: false, privileged: true });
      if ('fault' in answer) return answer;
      address = answer.pa;
    }
    const descriptor = read(address);
    if (descriptor === undefined) return { fault: 'F_WALK_EABT', stage: 1 };
    const type = bits(descriptor, 1, 0);
    if (type === 3n && level < 3) {
      const next = bits(descriptor, 47, half.granule) << BigInt(half.granule);
      if (next >> BigInt(setup.outputBits) !== 0n) return { fault: 'F_ADDR_SIZE', stage: 1 };
      if (!half.flat && isSet(descriptor, 61)) userDenied = true;
      if (!half.flat && isSet(descriptor, 62)) writeDenied = true;
      table = next;
      high = low - 1;
      low -= half.granule - 3;
      level++;
      continue;
    }
    if (!leafAllowed(half.granule, level, type)) return { fault: 'F_TRANSLATION', stage: 1 };
    const output = (bits(descriptor, 47, low) << BigInt(low)) | bits(va, low - 1, 0);
    if (output >> BigInt(setup.outputBits) !== 0n) return { fault: 'F_ADDR_SIZE', stage: 1 };
    if (!isSet(descriptor, 10) && !setup.affd) return { fault: 'F_ACCESS', stage: 1 };
    const user = isSet(descriptor, 6) && !userDenied;
    const readOnly = isSet(descriptor, 7) || writeDenied;
    if ((!access.privileged && !user) || (access.write && readOnly))
      return { fault: 'F_PERMISSION', stage: 1 };
    return stage2 === undefined ? { pa: output } : stage2(output, access);
  }
}

export function walkStage2(setup: Stage2Setup, ipa: bigint, access: Access, read: Read): Answer {
  const inputBits = 64 - setup.tsz;
  if (ipa >> BigInt(inputBits) !== 0n) return { fault: 'F_TRANSLATION', stage: 2 };
  let level = setup.startLevel;
  let low = setup.granule + (3 - level) * (setup.granule - 3);
  let high = inputBits - 1;
  let table = setup.base;
  for (;;) {
    const descriptor = read(table + bits(ipa, high, low) * 8n);
    if (descriptor === undefined) return { fault: 'F_WALK_EABT', stage: 2 };
    const type = bits(descriptor, 1, 0);
    if (type === 3n && level < 3) {
      const next = bits(descriptor, 47, setup.granule) << BigInt(setup.granule);
      if (next >> BigInt(setup.outputBits) !== 0n) return { fault: 'F_ADDR_SIZE', stage: 2 };
      table = next;
      high = low - 1;
      low -= setup.granule - 3;
      level++;
      continue;
    }
    if (!leafAllowed(setup.granule, level, type)) return { fault: 'F_TRANSLATION', stage: 2 };
    const output = (bits(descriptor, 47, low) << BigInt(low)) | bits(ipa, low - 1, 0);
    if (output >> BigInt(setup.outputBits) !== 0n) return { fault: 'F_ADDR_SIZE', stage: 2 };
    if (!isSet(descriptor, 10) && !setup.affd) return { fault: 'F_ACCESS', stage: 2 };
    if (!isSet(descriptor, access.write ? 7 : 6)) return { fault: 'F_PERMISSION', stage: 2 };
    return { pa: output };
  }
}
