import type { InterruptLine, PhysicalMemory, Sequence, Smmu, Step } from '../smmu/types.ts';

/** What steps are applied to. */
export interface StepTarget {
  readonly smmu: Smmu;
  readonly memory: PhysicalMemory;
}

/** A register write of `file:function`. */
export function write(register: string, value: number | bigint, source: string, note?: string): Step {
  const wide = BigInt.asUintN(64, BigInt(value));
  return { kind: 'write', register, value: wide, source, ...(note === undefined ? {} : { note }) };
}

/** A store of the CPU. */
export function store(pa: number, value: bigint, source: string, note?: string): Step {
  return { kind: 'memory', pa, value, source, ...(note === undefined ? {} : { note }) };
}

export function clocks(on: boolean, source: string, note?: string): Step {
  return { kind: 'clocks', on, source, ...(note === undefined ? {} : { note }) };
}

export function requestIrq(line: InterruptLine['line'], bank: number, source: string): Step {
  return { kind: 'irq-handler', line, bank, source };
}

export function log(text: string, source: string): Step {
  return { kind: 'log', text, source };
}

/** Applies one step. Handlers and messages change nothing in the SMMU. */
export function applyStep(step: Step, target: StepTarget): void {
  switch (step.kind) {
    case 'write':
      target.smmu.write(step.register, step.value);
      return;
    case 'memory':
      target.memory.write64(step.pa, step.value);
      return;
    case 'clocks':
      target.smmu.powered = step.on;
      return;
    default:
      return;
  }
}

/**
 * Runs a driver's sequence to its end. Each step is applied before the driver goes on, as it may read what it wrote.
 * @param change may replace a step, drop it (no steps) or add others: "what if the driver did not do this?"
 * @param seen is told each step after it was applied
 */
export function runSequence<T>(
  sequence: Sequence<T>,
  target: StepTarget,
  seen?: (step: Step) => void,
  change?: (step: Step) => readonly Step[],
): T {
  for (;;) {
    const next = sequence.next();
    if (next.done === true) return next.value;
    for (const step of change === undefined ? [next.value] : change(next.value)) {
      applyStep(step, target);
      seen?.(step);
    }
  }
}

/** Runs a sequence and returns the steps it took, for a table of register writes. */
export function recordSequence<T>(
  sequence: Sequence<T>,
  target: StepTarget,
): { steps: readonly Step[]; result: T } {
  const steps: Step[] = [];
  const result = runSequence(sequence, target, (step) => steps.push(step));
  return { steps, result };
}
