import { applyStep, runSequence } from '../../../simulator/kexec/linux-steps.ts';
import { linuxDriver, POLICIES } from '../../../simulator/kexec/policies.ts';
import { createSmmu } from '../../../simulator/smmu/create.ts';
import { SparseMemory } from '../../../simulator/smmu/memory.ts';
import type {
  Domain,
  IommuDriver,
  PolicyName,
  ProbeOptions,
  Sequence,
  SmmuOptions,
  Step,
} from '../../../simulator/smmu/types.ts';
import { contextOf, outcome } from '../smmu/machine.ts';

export const STREAM = 16;
/** What the device goes on writing to, where the old kernel's buffer is, and where the new kernel puts its own. */
export const IOVA = 0xffff_f000;
export const OLD_BUFFER = 0x4c00_0000;
export const NEW_BUFFER = 0x4d00_0000;
/** RAM reaches the end of the 32 bit space, so that IOVA is RAM as a physical address too. */
export const RAM = [
  { base: 0x4000_0000, size: 0x1000_0000 },
  { base: 0xf000_0000, size: 0x1000_0000 },
];

export const OPTIONS: ProbeOptions = {
  kernel: '6.12',
  disableBypass: true,
  kdump: false,
  qcom: false,
  rmrStreams: [],
};

export type Change = (step: Step) => readonly Step[];

/** Two kernels and one SMMU: the old one has booted and mapped one page of a device that will not stop. */
export class Kernels {
  readonly memory = new SparseMemory(RAM);
  readonly smmu;
  readonly old;
  readonly fresh;
  readonly options: ProbeOptions;
  oldDomain!: Domain;
  driver!: IommuDriver;
  readonly steps: Step[] = [];

  constructor(
    smmu: SmmuOptions,
    options: Partial<ProbeOptions> = {},
    identity = false,
    reset = (_: Kernels) => {},
  ) {
    this.options = { ...OPTIONS, ...options };
    this.smmu = createSmmu({ streamMappingGroups: 8, contextBanks: 4, ...smmu }, this.memory);
    this.old = contextOf(this.smmu, this.memory, 0x4200_0000);
    this.fresh = contextOf(this.smmu, this.memory, 0x4a00_0000);
    reset(this);
    const driver = linuxDriver(this.old, this.options);
    runSequence(driver.probe(), this.old);
    this.driver = driver;
    this.oldDomain = runSequence(driver.attach([STREAM], identity), this.old);
    this.oldDomain.map(IOVA, OLD_BUFFER, 4096, { read: true, write: true });
  }

  #run<T>(sequence: Sequence<T>, change?: Change): T {
    return runSequence(sequence, this.old, (step) => this.steps.push(step), change);
  }

  handOver(policy: PolicyName, change?: Change): this {
    this.#run(POLICIES[policy].handOver(this.old, this.options), change);
    return this;
  }

  takeOver(policy: PolicyName, change?: Change): this {
    this.driver = this.#run(POLICIES[policy].takeOver(this.fresh, this.options), change);
    return this;
  }

  attach(identity = false): Domain {
    return this.#run(this.driver.attach([STREAM], identity));
  }

  /** The outcome of one write of the stale device. */
  dma(iova = IOVA, streamId = STREAM): string {
    return outcome(this.smmu.translate({ iova, len: 64, dir: 'write', streamId }));
  }

  /** The outcome after each step of a sequence, runs of the same one told once. */
  timeline(sequence: Sequence<unknown>): string[] {
    const seen = [this.dma()];
    for (let next = sequence.next(); next.done !== true; next = sequence.next()) {
      applyStep(next.value, this.old);
      this.steps.push(next.value);
      const now = this.dma();
      if (now !== seen[seen.length - 1]) seen.push(now);
    }
    return seen;
  }
}

export const OLD = `ok 0x${OLD_BUFFER.toString(16)}+64`;
export const PHYSICAL = `ok 0x${IOVA.toString(16)}+64`;
