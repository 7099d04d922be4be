import type { SuppressionFact } from '../facts/types.ts';
import type { BusRow } from '../kernel/index.ts';
import type { SubsystemRow } from '../kernel/subsystems.ts';
import type { JudgedDriver, Quiescer } from './model.ts';
import type { Subject } from './rule.ts';

/** What a driver offers to the others of its module, or takes from them. */
export interface Siblings {
  /** It makes child devices, to which the module's other drivers bind. */
  readonly populates: boolean;
  /** Its hook switches all displays off. */
  readonly switchesDisplaysOff: boolean;
  /** It works on what another device's driver keeps: `platform_get_drvdata()` of a device that is not its own. */
  readonly sharesAnother: boolean;
}

/** A driver read within its module: plain data, small enough to keep for a whole tree. */
export interface Examined extends Siblings {
  readonly driver: JudgedDriver;
  readonly bus: BusRow;
  readonly subsystem: SubsystemRow | undefined;
  readonly hookConditions: readonly string[];
  readonly isComponent: boolean;
  readonly isAggregate: boolean;
  readonly isIommu: boolean;
  readonly usesEngine: boolean;
  /** Nothing of it touches hardware. */
  readonly isVirtual: boolean;
  /** No DMA of it outlives the call that starts it. */
  readonly leavesNothing: boolean;
  readonly iommu: Subject['iommu'];
  /** KBUILD_MODNAMEs whose drivers can be the parent, on the auxiliary bus. */
  readonly parentModules: readonly string[];
  readonly twin: Subject['twin'];
  readonly sibling: Quiescer | null;
  readonly suppressions: readonly SuppressionFact[];
  readonly firstDefinition: number;
}
