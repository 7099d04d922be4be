import type { Sourced } from './types.ts';

/** A function that makes a platform device for a driver to bind by its name (drivers/base/platform.c:platform_match). */
export interface ChildRow extends Sourced {
  readonly name: string;
  /** The argument that is the device's name, or the name that the function itself gives. */
  readonly device: number | string;
}

/** Sorted by name. */
// biome-ignore format: one row a line
export const CHILD_DEVICES: readonly ChildRow[] = [
  { name: 'ci_hdrc_add_device', device: 'ci_hdrc', source: 'drivers/usb/chipidea/core.c:ci_hdrc_add_device' },
  { name: 'platform_device_alloc', device: 0, source: 'drivers/base/platform.c:platform_device_alloc' },
  { name: 'platform_device_register_data', device: 1, source: 'include/linux/platform_device.h:platform_device_register_data' },
  { name: 'platform_device_register_resndata', device: 1, source: 'include/linux/platform_device.h:platform_device_register_resndata' },
  { name: 'platform_device_register_simple', device: 0, source: 'include/linux/platform_device.h:platform_device_register_simple' },
];
