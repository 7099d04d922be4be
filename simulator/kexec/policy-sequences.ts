import type { DriverContext, ProbeOptions, Sequence } from '../smmu/types.ts';
import { SCTLR } from '../smmu/v2-bank.ts';
import { SCR0 } from '../smmu/v2-state.ts';
import { OPCODE } from '../smmu/v3-commands.ts';
import { GBPA, IRQ_CTRL } from '../smmu/v3-registers.ts';
import { clocks, log, requestIrq, store, write } from './linux-steps.ts';
import { LinuxSmmuV2 } from './linux-v2.ts';
import { CommandQueue, LinuxSmmuV3 } from './linux-v3.ts';
import { STE, StreamTable } from './linux-v3-strtab.ts';

/** Sequences that no Linux has: their `source` says which proposal or need they stand for. */
const PROPOSED = 'proposed: honour disable_bypass at shutdown';
const S2CR_FAULT = 0x2_0000;

function read(context: DriverContext, register: string): number {
  return Number(context.smmu.read(register) & 0xffff_ffffn);
}

/**
 * SMMUv1/v2, policy B: interrupts off first where wanted, each group's S2CR before its SMR (a stream is at no moment
 * unmatched while USFCFG may be 0), sCR0 last. The clocks stay on: a gated SMMU blocks nothing for certain.
 */
export function* abortV2(context: DriverContext, quiet: boolean): Sequence {
  const id0 = read(context, 'IDR0');
  const matching = (id0 & 0x800_0000) !== 0;
  const groups = matching ? id0 & 0xff : 2 ** ((id0 >>> 9) & 0xf);
  const interrupts = SCR0.GFIE | SCR0.GCFGFIE;
  if (quiet) {
    yield write('sCR0', (read(context, 'sCR0') & ~interrupts) >>> 0, PROPOSED, 'global fault interrupts off');
    for (let bank = 0; bank < (read(context, 'IDR1') & 0xff); bank++) {
      const sctlr = read(context, `CB${bank}_SCTLR`);
      if ((sctlr & SCTLR.CFIE) !== 0)
        yield write(`CB${bank}_SCTLR`, sctlr & ~SCTLR.CFIE, PROPOSED, 'context fault interrupt off');
    }
  }
  for (let i = 0; i < Math.min(groups, 128); i++) {
    yield write(`S2CR${i}`, S2CR_FAULT, PROPOSED);
    if (matching) yield write(`SMR${i}`, 0, PROPOSED);
  }
  let sCR0 = read(context, 'sCR0') | SCR0.USFCFG | SCR0.GFRE | SCR0.GCFGFRE;
  sCR0 = quiet ? sCR0 & ~interrupts : sCR0 | interrupts;
  yield write('sCR0', (sCR0 & ~SCR0.CLIENTPD) >>> 0, PROPOSED, 'unmatched streams fault; client port on');
}

/** SMMUv1/v2, policy C: `arm_smmu_device_reset` with the state of a driver that has no mappings. */
export function* resetV2(context: DriverContext, options: ProbeOptions): Sequence {
  const driver = new LinuxSmmuV2(context, { ...options, rmrStreams: [] });
  // On Qualcomm this finds the bypass quirk again, with a write to the last S2CR, whose group is not in use.
  yield* driver.configure();
  for (const entry of driver.entries)
    Object.assign(entry, { valid: false, id: 0, mask: 0, type: options.disableBypass ? 2 : 1 });
  yield* driver.reset();
}

/** SMMUv3, policy F': make GBPA abort, then disable. `quiet` also stops the interrupts, whose MSIs outlive CR0=0. */
export function* abortV3(context: DriverContext, options: ProbeOptions, quiet: boolean): Sequence {
  const driver = new LinuxSmmuV3(context, options);
  if (quiet) yield write('IRQ_CTRL', 0, PROPOSED, 'no event or error interrupts');
  yield* driver.updateGbpa(GBPA.ABORT, 0);
  yield* driver.disable();
}

/**
 * SMMUv3, policy C: every stream table entry aborts, SMMUEN stays 1. Uses the old kernel's command queue from where
 * it stands. The caches are invalidated, or the old entries would go on translating.
 */
export function* resetV3(context: DriverContext, options: ProbeOptions): Sequence {
  const source = 'proposed: stay in translate mode with an empty stream table';
  const strtab = StreamTable.adopt(context, options, read(context, 'IDR1'));
  for (const { streamId, pa } of strtab.entries()) {
    const first = context.memory.read64(pa);
    if (first !== undefined && first !== STE.abort)
      yield store(pa, STE.abort, source, `STE of stream ${streamId}`);
  }
  const base = context.smmu.read('CMDQ_BASE');
  const queue = new CommandQueue(
    Number((base >> 5n) & 0x7fff_ffff_ffffn) * 32,
    Number(base & 0x1fn),
    read(context, 'CMDQ_PROD'),
  );
  yield* queue.issue(BigInt(OPCODE.CFGI_STE_RANGE), 31n, 'CMD_CFGI_ALL');
  yield* queue.issue(BigInt(OPCODE.TLBI_NSNH_ALL), 0n, 'CMD_TLBI_NSNH_ALL');
  yield* queue.issue(BigInt(OPCODE.TLBI_EL2_ALL), 0n, 'CMD_TLBI_EL2_ALL');
  if ((read(context, 'IRQ_CTRL') & IRQ_CTRL.EVENTQ) !== 0) {
    yield log('event queue and its interrupt stay on', source);
  }
}

/**
 * SMMUv1/v2, policy E: the new driver reads stream mapping and banks back in place of resetting them, clears stale
 * faults and takes the interrupts over. Nothing that translates is written.
 */
export function* adoptV2(driver: LinuxSmmuV2): Sequence {
  const source = 'proposed: adopt the running SMMU';
  const { context } = driver;
  yield clocks(true, source);
  yield* driver.configureAdopted();
  yield requestIrq('global', -1, source);
  yield write('sGFSR', read(context, 'sGFSR'), source, 'clear stale global faults');
  for (const bank of driver.reserved) {
    yield write(
      `CB${bank}_FSR`,
      read(context, `CB${bank}_FSR`),
      source,
      'a pending fault would block the bank',
    );
    yield requestIrq('context', bank, source);
  }
  const sCR0 = read(context, 'sCR0') | SCR0.GFRE | SCR0.GFIE | SCR0.GCFGFRE | SCR0.GCFGFIE;
  yield write('sCR0', sCR0 >>> 0, source, 'report faults; client port as it was');
}
