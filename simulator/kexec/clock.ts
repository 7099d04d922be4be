/** The moments of a kexec: phases P0 to P4 of the domain reference, section 7.8, in microseconds. */
import type { BootStage } from '../machine/bootlayout.ts';
import type { Scenario } from './scenario-types.ts';

export type Phase = 'P0' | 'P1' | 'P2' | 'P3' | 'P4';

export const PHASES: readonly Phase[] = ['P0', 'P1', 'P2', 'P3', 'P4'];

/** What happens in a phase, for people. */
export const PHASE_TEXT: Readonly<Record<Phase, string>> = {
  P0: "old kernel: from the device's hook slot to the SMMU's hook",
  P1: 'hand-over, relocation and early boot: nobody drives the SMMU',
  P2: "next kernel's SMMU driver has reset it, the device is not attached yet",
  P3: 'the device is attached, its new driver has not reset it yet',
  P4: 'the new driver has reset the device',
};

/** Every moment is the microsecond at which something begins. */
export interface Clock {
  /** The SMMU's hook has run and the old kernel jumps: P1. Crash: the panic's jump. */
  readonly jump: number;
  /** All segments are at their destination. */
  readonly relocated: number;
  /** First instruction of the next kernel. */
  readonly entry: number;
  /** When memory of each boot stage is in use. */
  readonly stage: Readonly<Record<BootStage, number>>;
  /** The page allocator starts. */
  readonly buddy: number;
  /** SMMU probe and reset: P2. */
  readonly p2: number;
  /** Attach: P3. */
  readonly p3: number;
  /** The new driver has mapped its buffers. */
  readonly mapped: number;
  /** Device reset: P4. */
  readonly p4: number;
  readonly end: number;
}

/** A crash goes from the panic to the jump in about a millisecond: no hook runs (domain reference 1.4). */
const CRASH_P0 = 1000;
/** From entry to each stage of an arm64 boot: a few milliseconds on any real machine. */
const PAGING = 3000;
const MEMMAP = 6000;
const LATE = 12_000;
const BUDDY = 20_000;

/** The moments of a scenario; `kdump` says whether this run is a crash. */
export function clockOf(scenario: Scenario, kdump: boolean): Clock {
  const t = scenario.timing;
  const jump = kdump ? Math.min(CRASH_P0, t.p0) : t.p0;
  // A crash image lies where it runs (IND_DONE): nothing is copied.
  const relocated = jump + (kdump ? 0 : t.relocation);
  const entry = relocated + t.purgatory;
  const scale = Math.min(1, t.boot / (2 * BUDDY));
  const p2 = entry + t.boot;
  const p3 = p2 + t.p2;
  return {
    jump,
    relocated,
    entry,
    stage: {
      entry,
      paging: entry + PAGING * scale,
      memmap: entry + MEMMAP * scale,
      late: entry + LATE * scale,
    },
    buddy: entry + BUDDY * scale,
    p2,
    p3,
    mapped: p3 + Math.round(t.p3 * t.mapsAt),
    p4: p3 + t.p3,
    end: p3 + t.p3 + t.p4,
  };
}

/** The phase at time `t`. */
export function phaseAt(clock: Clock, t: number): Phase {
  if (t < clock.jump) return 'P0';
  if (t < clock.p2) return 'P1';
  if (t < clock.p3) return 'P2';
  return t < clock.p4 ? 'P3' : 'P4';
}
