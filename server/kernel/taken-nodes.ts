import type { Sourced } from './types.ts';

/** A compatible by which a driver's table matches, but the driver does not bind. */
export interface TakenRow extends Sourced {
  readonly compatible: string;
  /** `always`: the node is taken before devices are made; `not-first`: the probe declines unless it comes first. */
  readonly when: 'always' | 'not-first';
}

/** Sorted by compatible. */
// biome-ignore format: one row a line
export const TAKEN_NODES: readonly TakenRow[] = [
  { compatible: 'arm,amba-bus', when: 'not-first', source: 'drivers/bus/simple-pm-bus.c:simple_pm_bus_probe' },
  { compatible: 'fixed-clock', when: 'always', source: 'drivers/clk/clk-fixed-rate.c:of_fixed_clk_setup' },
  { compatible: 'fixed-factor-clock', when: 'always', source: 'drivers/clk/clk-fixed-factor.c:of_fixed_factor_clk_setup' },
  { compatible: 'isa', when: 'not-first', source: 'drivers/bus/simple-pm-bus.c:simple_pm_bus_probe' },
  { compatible: 'simple-bus', when: 'not-first', source: 'drivers/bus/simple-pm-bus.c:simple_pm_bus_probe' },
  { compatible: 'simple-mfd', when: 'not-first', source: 'drivers/bus/simple-pm-bus.c:simple_pm_bus_probe' },
];
