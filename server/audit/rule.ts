import type { BusRow } from '../kernel/types.ts';
import type { Driver, Finding, JudgedDriver, Severity } from './model.ts';

/** A driver as a rule sees it: judged, not yet reported on. */
export interface Subject {
  readonly driver: JudgedDriver;
  readonly bus: BusRow;
  /** How bad the DMA is when nobody stops it: `high` may warn, the rest only notes. */
  readonly danger: 'high' | 'medium' | 'low';
  /** Why the danger is what it is, for the message. */
  readonly because: string;
  /** CONFIG conditions under which alone the hook exists. */
  readonly hookConditions: readonly string[];
  /** Another instance of the same module that has an effective hook, with the same DMA code. */
  readonly twin: { readonly instance: string; readonly file: string; readonly hook: string } | null;
  /** The driver of an IOMMU: it reads its tables and masters nothing else. */
  readonly isIommu: boolean;
  /** What the hook of an IOMMU driver writes, when it opens the IOMMU. */
  readonly iommu: { readonly says: string; readonly file: string; readonly line: number } | null;
  /** What a hook of this driver usually is: `call usb_hcd_platform_shutdown`. */
  readonly advice: string;
}

/** One rule: what it finds, and the page that explains it. */
export interface Rule {
  /** What a person types. */
  readonly id: string;
  /** One line: what it finds. */
  readonly summary: string;
  /** The highest severity it reports at. */
  readonly ceiling: Severity;
  /** Markdown with the headings What it finds, Why it matters, What to do, When it is wrong. */
  readonly documentation: string;
  /** C that the rule finds something in, and the same as it should be; both are judged in the tests. */
  readonly example: { readonly found: string; readonly fine: string };
  /** True for a rule that nothing is left to say for when somebody else stops the device. */
  readonly aboutHook: boolean;
  /** The finding, or null. Pure. */
  readonly check: (subject: Subject) => Omit<Finding, 'rule'> | null;
}

/** The DMA classes in which the device itself is the master. */
export function isMaster(driver: Pick<Driver, 'dma'>): boolean {
  return driver.dma.class === 'provider' || driver.dma.class === 'direct' || driver.dma.class === 'library';
}

/** Severity by danger, not above the rule's ceiling. */
export function severityOf(subject: Subject, ceiling: Severity): Severity {
  return subject.danger === 'high' && ceiling === 'warning' ? 'warning' : 'note';
}

/** What is known of the device's DMA, in two words: a mask or Bus Master alone only allows it. */
export function doesDma(subject: Subject): 'does DMA' | 'may do DMA' {
  return subject.driver.dma.class === 'mask-only' ? 'may do DMA' : 'does DMA';
}

/** Why part of a message: how the driver gets to its DMA, and how sure that is. */
export function whyDma(subject: Subject): string {
  const { dma, confidence } = subject.driver;
  const first = dma.evidence[0];
  if (!first) return 'No DMA call was found.';
  const way = [...first.path, first.api].join(' -> ');
  const sure: Record<typeof confidence, string> = {
    direct: 'a path of calls and registered functions to a DMA primitive on its own device',
    library: 'through a library entry point that does DMA on the device it is handed',
    weak: 'a call whose device could not be told',
    'not-judged': 'not judged',
  };
  if (dma.class === 'mask-only') {
    return `All that is known is that it gets ready for DMA: ${way} (${first.file}:${first.line}). Confidence ${confidence}: no mapping and no allocation was found.`;
  }
  return `It does DMA (${dma.class}, ${dma.kind}): ${way} (${first.file}:${first.line}). Confidence ${confidence}: ${sure[confidence]}.`;
}

/** What happens at kexec without a board: the SMMUv2 bypass of today (`drivers/iommu/arm/arm-smmu/arm-smmu.c:arm_smmu_device_shutdown`). */
export function atKexec({ driver }: { readonly driver: Pick<Driver, 'dma'> }): string {
  const goesOn = driver.dma.kind === 'request' ? 'stops a job that is still running' : 'stops the device';
  return `At kexec nothing ${goesOn}: behind an SMMUv2, whose own shutdown sets sCR0.CLIENTPD, its IOVAs become physical addresses of the next kernel; without an SMMU it goes on writing to its old buffers.`;
}

/** What every new hook must observe. */
export const HOOK_MANNERS =
  'The hook also runs at every reboot and power-off, on a device that may be runtime-suspended (resume it before touching registers); it must stop the device and block new work, and must not free anything.';
