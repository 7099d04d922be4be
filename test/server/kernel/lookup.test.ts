import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUSES,
  busOf,
  DMA_API,
  dmaRow,
  falseHookOf,
  handlerRow,
  holdsFor,
  LIBRARIES,
  libraryRow,
  notDmaRow,
  quiesceRow,
  registrationRow,
  valueWrapperRow,
  wrapperOf,
} from '../../../server/kernel/index.ts';
import { rangesOverlap } from '../../../server/kernel/version.ts';

describe('busOf', () => {
  it('gives the row of the version', () => {
    expect(busOf('usb_driver', '6.1')?.fate).toBe('honoured');
    expect(busOf('usb_driver', '6.12')?.fate).toBe('overwritten');
    expect(busOf('serdev_device_driver', '6.1')?.busShutdown).toBeNull();
    expect(busOf('serdev_device_driver', '6.12.117')?.busShutdown).toBe('serdev_drv_shutdown');
    expect(busOf('virtio_driver', '6.1')?.core).toBe('resets-device');
    expect(busOf('virtio_driver', '5.10')?.core).toBe('nothing');
  });

  it('gives nothing where no row holds, and the newest without a version', () => {
    expect(busOf('cdx_driver', '6.1')).toBeUndefined();
    expect(busOf('superhyway_driver', '6.12')).toBeUndefined();
    expect(busOf('superhyway_driver')?.bus).toBe('superhyway');
    expect(busOf('usb_driver')?.fate).toBe('overwritten');
    expect(busOf('no_such_driver')).toBeUndefined();
  });

  it('tells architectures with the same tag apart', () => {
    expect(busOf('vio_driver')?.core).toBe('removes-device');
    expect(busOf('vio_driver', '6.12', 'sparc')?.own).toBe('never-called');
    expect(busOf('platform_driver', '6.12', 'sparc')?.busShutdown).toBe('platform_shutdown');
  });

  it('finds every row again under its own version', () => {
    for (const row of BUSES) {
      const version = row.holds?.from ?? (row.holds?.before === undefined ? '6.12' : '2.6');
      expect(busOf(row.struct, version, row.arch), row.struct).toBe(row);
    }
  });
});

describe('the other lookups', () => {
  it('know names of old kernels only when not told a newer version', () => {
    expect(dmaRow('pci_map_single')?.role).toBe('map');
    expect(dmaRow('pci_map_single', '5.10')?.device).toBe(0);
    expect(dmaRow('pci_map_single', '6.12')).toBeUndefined();
  });

  it('keep the DMA API and the libraries apart', () => {
    for (const row of DMA_API) expect(libraryRow(row.name)).toBeUndefined();
    for (const row of LIBRARIES) expect(libraryRow(row.name)?.name).toBe(row.name);
    expect(libraryRow('stmmac_pltfr_probe', '6.1')).toBeUndefined();
    expect(libraryRow('stmmac_pltfr_probe', '6.12')?.device).toBe(0);
  });

  it('prefer an exact quiescing call to a pattern', () => {
    expect(quiesceRow('drm_atomic_helper_shutdown')?.level).toBe(4);
    expect(quiesceRow('free_irq')?.level).toBe(1);
    expect(quiesceRow('netdev_err')?.level).toBe(0);
    expect(quiesceRow('dev_err_once')?.level).toBe(0);
    expect(quiesceRow('mutex_unlock')?.level).toBe(0);
    expect(quiesceRow('foo_dev_info')).toBeUndefined();
    expect(quiesceRow('nvme_shutdown_ctrl', '6.12')).toBeUndefined();
  });

  it('find registrations, wrappers, handlers and false friends', () => {
    expect(registrationRow('i2c_register_driver')?.driver).toBe(1);
    expect(registrationRow('module_driver')?.bus).toBeNull();
    expect(registrationRow('IRQCHIP_PLATFORM_DRIVER_END')?.generates?.instance).toBe('$1_driver');
    expect(wrapperOf('iidc_auxiliary_drv')?.wraps).toBe('auxiliary_driver');
    expect(handlerRow('register_reboot_notifier')?.runsAtKexec).toBe(true);
    expect(handlerRow('register_restart_handler')?.runsAtKexec).toBe(false);
    expect(falseHookOf('snd_soc_dai_ops')).toBeDefined();
    expect(falseHookOf('platform_driver')).toBeUndefined();
    expect(valueWrapperRow('pm_sleep_ptr')?.needs).toBe('CONFIG_PM_SLEEP');
    expect(notDmaRow('dw_pcie_host_init')).toBeDefined();
  });

  it('take any name without an exception', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (name, version) => {
        for (const look of [busOf, dmaRow, libraryRow, quiesceRow, registrationRow, wrapperOf])
          look(name, version);
      }),
    );
    expect(dmaRow('constructor')).toBeUndefined();
    expect(busOf('__proto__')).toBeUndefined();
  });
});

describe('ranges', () => {
  const version = fc
    .tuple(fc.integer({ min: 2, max: 7 }), fc.integer({ min: 0, max: 30 }))
    .map(([a, b]) => `${a}.${b}`);
  const range = fc.record({ from: version, before: version }, { requiredKeys: [] });

  it('are half open', () => {
    fc.assert(
      fc.property(version, (at) => {
        expect(holdsFor({ from: at }, at)).toBe(true);
        expect(holdsFor({ before: at }, at)).toBe(false);
        expect(holdsFor(undefined, at)).toBe(true);
      }),
    );
  });

  it('overlap when one version lies in both', () => {
    fc.assert(
      fc.property(range, range, version, (a, b, at) => {
        if (holdsFor(a, at) && holdsFor(b, at)) expect(rangesOverlap(a, b)).toBe(true);
      }),
    );
  });

  it('compare numbers, not text, and read what follows the minor', () => {
    expect(holdsFor({ from: '6.9' }, '6.12.117-1~deb12u1')).toBe(true);
    expect(holdsFor({ before: '6.9' }, 'v6.10-rc1')).toBe(false);
    expect(holdsFor({ from: '6.12' }, 'not a version')).toBe(true);
  });
});
