import type { Sourced } from './types.ts';

/** A function without which a probe does not go on, and the device tree property that it reads. */
export interface ProbeNeedRow extends Sourced {
  readonly name: string;
  /** Where no node has it the function says so, and every caller of 6.1 and 6.12 then returns -ENODEV. */
  readonly property: string;
}

export const PROBE_NEEDS: readonly ProbeNeedRow[] = [
  {
    name: 'dt_init_idle_driver',
    property: 'cpu-idle-states',
    source: 'drivers/cpuidle/dt_idle_states.c:dt_init_idle_driver',
  },
];
