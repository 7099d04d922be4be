import type { Sourced } from './types.ts';

/** The driver to which a bus's own match function gives what no other takes: its devices carry no id of their own. */
export interface DefaultDriverRow extends Sourced {
  /** As `Driver.bus`. */
  readonly bus: string;
  /** File that holds it, the only one of that bus there. */
  readonly file: string;
}

export const DEFAULT_DRIVERS: readonly DefaultDriverRow[] = [
  {
    bus: 'usb_device',
    file: 'drivers/usb/core/generic.c',
    source: 'drivers/usb/core/driver.c:usb_device_match',
  },
];
