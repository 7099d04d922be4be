/** Reads what Linux's Arm SMMU drivers print of a fault: lines of dmesg, journalctl or syslog to `Fault`s. Pure. */

/** Why an SMMU stopped an access. */
export type FaultKind = 'context' | 'unknown-stream' | 'global' | 'event';

/** One fault that a driver printed. `null` is "the line does not say". */
export interface Fault {
  /** Line of the log, from 1. */
  readonly line: number;
  /** Name of the SMMU's device, as `dev_err` prints it: `5000000.iommu`, `arm-smmu-v3.0.auto`. */
  readonly smmu: string;
  readonly kind: FaultKind;
  /** What the syndrome says, in the architecture's words: `F_TRANSLATION`, `TF`, `USF`. */
  readonly reason: string;
  readonly stream: number | null;
  /** SubstreamID (PASID) of an SMMUv3 event; null without one. */
  readonly substream: number | null;
  /** Input address (IOVA), 64 bits. */
  readonly address: bigint | null;
  readonly access: 'read' | 'write' | null;
}

/** An SMMUv3 event of which not all words have been read. */
interface OpenEvent {
  readonly line: number;
  readonly id: number;
  readonly words: bigint[];
}

/** What `dev_err` and `dev_info` put before a message: driver and device (drivers/base/core.c:dev_printk_emit). */
const PREFIX = /(?:arm-smmu(?:-v3)?|qcom-iommu(?:-ctx)?) ([\w.:@-]+): (.*)$/;

/** arm-smmu.c:arm_smmu_context_fault; qcom_iommu.c:qcom_iommu_fault prints no `cbfrsynra`. */
const CONTEXT =
  /^Unhandled context fault: fsr=0x([\da-f]+), iova=0x([\da-f]+), fsynr=0x([\da-f]+)(?:, cbfrsynra=0x([\da-f]+))?, cb=\d+/;
/** arm-smmu.c:arm_smmu_global_fault. */
const UNKNOWN_STREAM = /^Blocked unknown Stream ID 0x([\da-f]+);/;
const GLOBAL = /^Unexpected global fault,/;
const GLOBAL_REGISTERS = /^\s*GFSR 0x([\da-f]+), GFSYNR0 0x([\da-f]+), GFSYNR1 0x([\da-f]+),/;
/** arm-smmu-v3.c:arm_smmu_evtq_thread. */
const EVENT = /^event 0x([\da-f]{2}) received:/;
const EVENT_WORD = /^\s*0x([\da-f]{16})$/;

/** EVTQ_ENT_DWORDS of arm-smmu-v3.h. */
const EVENT_WORDS = 4;

/** Fields of FSR (arm-smmu.h, ARM_SMMU_CB_FSR_*), the cause first. */
const FSR = ['TF', 'AFF', 'PF', 'EF', 'TLBMCF', 'TLBLKF', 'ASF', 'UUT'].map((name, bit) => ({
  name,
  mask: 2 << bit,
}));
/** Fields of sGFSR, as the SMMUv2 architecture has them; the driver names USF alone. */
const GFSR = ['ICF', 'USF', 'SMCF', 'UCBF', 'UCIF', 'CAF', 'EF', 'PF', 'UUT'].map((name, bit) => ({
  name,
  mask: 1 << bit,
}));

/** Event numbers of the SMMUv3 architecture; `hasAddress`: the record holds the input address and RnW. */
const EVENTS: ReadonlyMap<number, { readonly name: string; readonly hasAddress: boolean }> = new Map(
  (
    [
      [0x01, 'F_UUT', true],
      [0x02, 'C_BAD_STREAMID', false],
      [0x03, 'F_STE_FETCH', false],
      [0x04, 'C_BAD_STE', false],
      [0x05, 'F_BAD_ATS_TREQ', false],
      [0x06, 'F_STREAM_DISABLED', false],
      [0x07, 'F_TRANSL_FORBIDDEN', true],
      [0x08, 'C_BAD_SUBSTREAMID', false],
      [0x09, 'F_CD_FETCH', false],
      [0x0a, 'C_BAD_CD', false],
      [0x0b, 'F_WALK_EABT', true],
      [0x10, 'F_TRANSLATION', true],
      [0x11, 'F_ADDR_SIZE', true],
      [0x12, 'F_ACCESS', true],
      [0x13, 'F_PERMISSION', true],
      [0x20, 'F_TLB_CONFLICT', true],
      [0x21, 'F_CFG_CONFLICT', false],
      [0x24, 'E_PAGE_REQUEST', false],
    ] as const
  ).map(([id, name, hasAddress]) => [id, { name, hasAddress }]),
);

/**
 * Faults of a log, in the order of their lines. Lines of several SMMUs may be mixed, and other messages stand between;
 * an SMMUv3 event that lacks words (a log that was cut) is given with what its first line says.
 */
export function readFaults(log: string): Fault[] {
  const faults: Fault[] = [];
  const events = new Map<string, OpenEvent>();
  const globals = new Map<string, number>();
  const close = (smmu: string): void => {
    const event = events.get(smmu);
    if (event) faults.push(eventFault(smmu, event));
    events.delete(smmu);
  };
  for (const [at, text] of log.split(/\r?\n/).entries()) {
    const found = PREFIX.exec(text);
    if (!found) continue;
    const smmu = found[1]!;
    const message = found[2]!;
    const line = at + 1;
    const word = EVENT_WORD.exec(message);
    const event = events.get(smmu);
    if (word && event) {
      event.words.push(BigInt(`0x${word[1]}`));
      if (event.words.length === EVENT_WORDS) close(smmu);
      continue;
    }
    const registers = GLOBAL_REGISTERS.exec(message);
    const index = globals.get(smmu);
    if (registers && index !== undefined) {
      faults[index] = { ...faults[index]!, ...registersSay(registers) };
      globals.delete(smmu);
      continue;
    }
    const opened = EVENT.exec(message);
    if (opened) {
      close(smmu);
      events.set(smmu, { line, id: hex(opened[1]), words: [] });
      continue;
    }
    const fault = contextFault(message) ?? globalFault(message);
    if (!fault) continue;
    if (fault.kind !== 'context') globals.set(smmu, faults.length);
    faults.push({ line, smmu, ...fault });
  }
  for (const smmu of [...events.keys()]) close(smmu);
  return faults.sort((a, b) => a.line - b.line);
}

type Said = Omit<Fault, 'line' | 'smmu'>;

function contextFault(message: string): Said | null {
  const found = CONTEXT.exec(message);
  if (!found) return null;
  return {
    kind: 'context',
    reason: namesOf(hex(found[1]), FSR),
    // CBFRSYNRA: the StreamID is in bits 15:0, SSD_INDEX above.
    stream: found[4] === undefined ? null : hex(found[4]) & 0xffff,
    substream: null,
    address: BigInt(`0x${found[2]}`),
    // ARM_SMMU_CB_FSYNR0_WNR
    access: hex(found[3]) & 0x10 ? 'write' : 'read',
  };
}

function globalFault(message: string): Said | null {
  const blocked = UNKNOWN_STREAM.exec(message);
  if (!blocked && !GLOBAL.test(message)) return null;
  return {
    kind: blocked ? 'unknown-stream' : 'global',
    reason: blocked ? 'USF' : 'unknown',
    stream: blocked ? hex(blocked[1]) : null,
    substream: null,
    address: null,
    access: null,
  };
}

/** What the line of registers adds: sGFSYNR0.WNR is bit 1, sGFSYNR1 holds the StreamID in bits 15:0. */
function registersSay([, gfsr, gfsynr0, gfsynr1]: RegExpExecArray): Partial<Fault> {
  return {
    reason: namesOf(hex(gfsr), GFSR),
    stream: hex(gfsynr1) & 0xffff,
    access: hex(gfsynr0) & 0x2 ? 'write' : 'read',
  };
}

/** Fields by arm-smmu-v3.h, EVTQ_*. */
function eventFault(smmu: string, { line, id, words }: OpenEvent): Fault {
  const known = EVENTS.get(id);
  const [first, second, third] = words;
  const hasAddress = known?.hasAddress === true;
  return {
    line,
    smmu,
    kind: 'event',
    reason: known?.name ?? `0x${id.toString(16).padStart(2, '0')}`,
    stream: first === undefined ? null : Number(first >> 32n),
    substream: first !== undefined && first & (1n << 11n) ? Number((first >> 12n) & 0xfffffn) : null,
    address: hasAddress ? (third ?? null) : null,
    access: !hasAddress || second === undefined ? null : second & (1n << 35n) ? 'read' : 'write',
  };
}

function namesOf(value: number, fields: readonly { readonly name: string; readonly mask: number }[]): string {
  const names = fields.filter(({ mask }) => value & mask).map(({ name }) => name);
  return names.length > 0 ? names.join(' ') : 'unknown';
}

function hex(digits: string | undefined): number {
  return Number.parseInt(digits ?? '', 16);
}
