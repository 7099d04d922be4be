import type { Sourced, VersionRange } from './types.ts';
import { holdsFor } from './version.ts';

/** A framework call by which a driver belongs to a subsystem, and where it is declared. */
export interface SubsystemCall extends Sourced {
  readonly name: string;
}

/**
 * What a driver is, told by the framework that it registers with: whether its device goes on by itself, who above it
 * stops it at kexec, and what its hook usually is. Used where the DMA calls alone do not say.
 */
export interface SubsystemRow extends Sourced {
  /** Framework calls, any of which shows that the driver belongs here. */
  readonly calls: readonly SubsystemCall[];
  readonly subsystem: string;
  /** Autonomous devices run without a new request of the CPU. */
  readonly kind: 'autonomous' | 'request';
  /** The layer above that ends requests before the jump, where there is one. */
  readonly upper?: { readonly kind: 'core' | 'class-hook' | 'notifier'; readonly by: string };
  /** The usual hook: the last paragraph of a message. */
  readonly advice: string;
}

/** Calls that one file declares. */
function calls(file: string, names: readonly string[], holds?: VersionRange): SubsystemCall[] {
  return names.map((name) => ({ name, source: `${file}:${name}`, ...(holds ? { holds } : {}) }));
}

/** In the order in which they are tried: the more telling first. */
export const SUBSYSTEMS: readonly SubsystemRow[] = [
  {
    subsystem: 'dmaengine',
    calls: calls('include/linux/dmaengine.h', [
      'dma_async_device_register',
      'dmaenginem_async_device_register',
    ]),
    kind: 'autonomous',
    advice: 'Stop every channel and disable the engine in the hook, as rcar_dmac_shutdown() does.',
    source: 'drivers/dma/dmaengine.c:dma_async_device_register',
  },
  {
    subsystem: 'net',
    calls: [
      ...calls('include/linux/netdevice.h', [
        'register_netdev',
        'devm_register_netdev',
        'register_netdevice',
      ]),
      ...calls('include/net/mac80211.h', ['ieee80211_register_hw']),
      ...calls('include/net/cfg80211.h', ['wiphy_register', 'cfg80211_register_netdevice']),
      ...calls('include/linux/can/dev.h', ['register_candev']),
    ],
    kind: 'autonomous',
    advice: 'Under rtnl_lock(), netif_device_detach() and, if it runs, dev_close() the device in the hook.',
    source: 'net/core/dev.c:register_netdevice',
  },
  {
    subsystem: 'usb-host',
    calls: calls('include/linux/usb/hcd.h', [
      'usb_add_hcd',
      'usb_create_hcd',
      '__usb_create_hcd',
      'usb_create_shared_hcd',
    ]),
    kind: 'autonomous',
    advice: 'Set .shutdown = usb_hcd_platform_shutdown, with a .shutdown in the hc_driver.',
    source: 'drivers/usb/core/hcd.c:usb_hcd_platform_shutdown',
  },
  {
    subsystem: 'usb-gadget',
    calls: calls('include/linux/usb/gadget.h', [
      'usb_add_gadget_udc',
      'usb_add_gadget_udc_release',
      'usb_add_gadget',
    ]),
    kind: 'autonomous',
    advice: 'Stop the controller and disconnect the pull-up in the hook.',
    source: 'drivers/usb/gadget/udc/core.c:usb_add_gadget_udc',
  },
  {
    subsystem: 'drm',
    calls: calls('include/drm/drm_drv.h', ['drm_dev_register']),
    kind: 'autonomous',
    advice: 'Call drm_atomic_helper_shutdown() from the hook of the driver that registers the DRM device.',
    source: 'drivers/gpu/drm/drm_atomic_helper.c:drm_atomic_helper_shutdown',
  },
  {
    subsystem: 'drm-component',
    calls: [
      ...calls('include/linux/component.h', ['component_add', 'component_add_typed']),
      ...calls('include/drm/drm_crtc.h', ['drm_crtc_init_with_planes', 'drmm_crtc_alloc_with_planes']),
    ],
    kind: 'autonomous',
    advice: 'The aggregate driver should call drm_atomic_helper_shutdown() in its hook.',
    source: 'drivers/base/component.c:component_add',
  },
  {
    subsystem: 'fbdev',
    calls: [
      ...calls('include/linux/fb.h', ['register_framebuffer']),
      ...calls('include/linux/fb.h', ['devm_register_framebuffer'], { from: '6.12' }),
    ],
    kind: 'autonomous',
    advice: 'Switch scan-out off in the hook.',
    source: 'drivers/video/fbdev/core/fbmem.c:register_framebuffer',
  },
  {
    subsystem: 'remoteproc',
    calls: calls('include/linux/remoteproc.h', ['rproc_add', 'devm_rproc_add']),
    kind: 'autonomous',
    advice: 'Stop the remote processor in the hook (rproc_shutdown()).',
    source: 'drivers/remoteproc/remoteproc_core.c:rproc_add',
  },
  {
    subsystem: 'media-m2m',
    calls: calls('include/media/v4l2-mem2mem.h', ['v4l2_m2m_init']),
    kind: 'request',
    advice: 'Finish or abort the running job and reset the engine in the hook.',
    source: 'drivers/media/v4l2-core/v4l2-mem2mem.c:v4l2_m2m_init',
  },
  {
    subsystem: 'media',
    calls: [
      ...calls('include/media/v4l2-dev.h', ['video_register_device']),
      ...calls('include/media/videobuf2-v4l2.h', ['vb2_queue_init']),
      ...calls('include/media/v4l2-async.h', ['v4l2_async_register_subdev']),
    ],
    kind: 'autonomous',
    advice: 'Stop streaming in the hook: disable the capture engine and wait for the frame to end.',
    source: 'drivers/media/v4l2-core/v4l2-dev.c:__video_register_device',
  },
  {
    subsystem: 'mmc',
    calls: [
      ...calls('include/linux/mmc/host.h', ['mmc_add_host']),
      ...calls('drivers/mmc/host/sdhci.h', ['sdhci_add_host', '__sdhci_add_host']),
      ...calls('drivers/mmc/host/dw_mmc.h', ['dw_mci_probe']),
      ...calls('drivers/mmc/host/dw_mmc-pltfm.h', ['dw_mci_pltfm_register']),
      ...calls('drivers/mmc/host/tmio_mmc.h', ['tmio_mmc_host_probe']),
    ],
    kind: 'request',
    upper: { kind: 'core', by: 'mmc_bus_shutdown (drivers/mmc/core/bus.c)' },
    advice: 'The MMC core suspends eMMC and SD cards at shutdown; for SDIO, stop the host in a hook.',
    source: 'drivers/mmc/core/bus.c:mmc_bus_shutdown',
  },
  {
    subsystem: 'ata',
    calls: calls('include/linux/libata.h', [
      'ata_host_activate',
      'ata_host_register',
      'ata_pci_sff_init_one',
      'ata_pci_bmdma_init_one',
      'ata_pci_sff_activate_host',
    ]),
    kind: 'request',
    advice:
      'On PCI set .shutdown = ata_pci_shutdown_one; elsewhere stop every port in the hook, as ahci_platform_shutdown() does.',
    source: 'drivers/ata/libata-core.c:ata_pci_shutdown_one',
  },
  {
    subsystem: 'scsi',
    calls: calls('include/scsi/scsi_host.h', ['scsi_add_host', 'scsi_add_host_with_dma']),
    kind: 'request',
    advice: 'Stop the queues and reset the host adapter in the hook.',
    source: 'drivers/scsi/hosts.c:scsi_add_host_with_dma',
  },
  {
    subsystem: 'block',
    calls: [
      ...calls('drivers/nvme/host/nvme.h', ['nvme_init_ctrl']),
      ...calls('include/linux/blkdev.h', ['device_add_disk', 'add_disk']),
    ],
    kind: 'request',
    advice: 'Stop the queues and disable the controller in the hook, as nvme_shutdown() does.',
    source: 'drivers/nvme/host/pci.c:nvme_shutdown',
  },
  {
    subsystem: 'mtd',
    calls: [
      ...calls('include/linux/mtd/mtd.h', ['mtd_device_register', 'mtd_device_parse_register']),
      ...calls('include/linux/mtd/rawnand.h', ['nand_scan']),
      ...calls('include/linux/mtd/spi-nor.h', ['spi_nor_scan']),
    ],
    kind: 'request',
    upper: { kind: 'notifier', by: 'mtd_reboot_notifier (drivers/mtd/mtdcore.c)' },
    advice:
      'The MTD reboot notifier ends operations; stop the DMA engine in a hook if one can be left running.',
    source: 'drivers/mtd/mtdcore.c:mtd_reboot_notifier',
  },
  {
    subsystem: 'spi',
    calls: [
      ...calls('include/linux/spi/spi.h', ['spi_register_controller', 'devm_spi_register_controller']),
      ...calls('include/linux/spi/spi.h', ['spi_register_master', 'devm_spi_register_master'], {
        before: '6.9',
      }),
    ],
    kind: 'request',
    advice:
      'Call spi_controller_suspend() and disable the controller in the hook, as zynqmp_qspi_shutdown() does.',
    source: 'drivers/spi/spi.c:spi_register_controller',
  },
  {
    subsystem: 'i2c',
    calls: calls('include/linux/i2c.h', [
      'i2c_add_adapter',
      'i2c_add_numbered_adapter',
      'devm_i2c_add_adapter',
    ]),
    kind: 'request',
    advice: 'Mark the adapter suspended and stop the transfer engine in the hook.',
    source: 'drivers/i2c/i2c-core-base.c:i2c_add_adapter',
  },
  {
    subsystem: 'crypto',
    calls: [
      ...calls('crypto/algapi.c', ['crypto_register_alg', 'crypto_register_algs']),
      ...calls('include/crypto/internal/skcipher.h', [
        'crypto_register_skcipher',
        'crypto_register_skciphers',
      ]),
      ...calls('include/crypto/internal/hash.h', [
        'crypto_register_ahash',
        'crypto_register_ahashes',
        'crypto_register_shash',
        'crypto_register_shashes',
      ]),
      ...calls('include/crypto/internal/aead.h', ['crypto_register_aead', 'crypto_register_aeads']),
      ...calls('include/crypto/internal/akcipher.h', ['crypto_register_akcipher']),
      ...calls('include/crypto/engine.h', ['crypto_engine_alloc_init', 'crypto_engine_alloc_init_and_set']),
      ...calls(
        'include/crypto/engine.h',
        ['crypto_engine_register_skcipher', 'crypto_engine_register_ahash'],
        { from: '6.6' },
      ),
    ],
    kind: 'request',
    advice: 'Stop the queue and reset the engine in the hook.',
    source: 'crypto/algapi.c:crypto_register_alg',
  },
  {
    subsystem: 'sound',
    calls: [
      ...calls('include/sound/core.h', ['snd_card_register']),
      ...calls('include/sound/soc.h', [
        'snd_soc_register_component',
        'devm_snd_soc_register_component',
        'snd_soc_register_card',
        'devm_snd_soc_register_card',
      ]),
    ],
    kind: 'autonomous',
    advice: 'Stop the running streams and the DMA of the controller in the hook.',
    source: 'sound/core/init.c:snd_card_register',
  },
  {
    subsystem: 'fpga',
    calls: calls('include/linux/fpga/fpga-mgr.h', [
      'devm_fpga_mgr_register',
      'devm_fpga_mgr_register_full',
      'fpga_mgr_register',
      'fpga_mgr_register_full',
    ]),
    kind: 'request',
    advice: 'Nothing runs between two loads; abort a load that is under way in the hook.',
    source: 'drivers/fpga/fpga-mgr.c:__fpga_mgr_register_full',
  },
  {
    subsystem: 'infiniband',
    calls: calls('include/rdma/ib_verbs.h', ['ib_register_device']),
    kind: 'autonomous',
    advice: 'Tear the device down in the hook as remove does, without freeing.',
    source: 'drivers/infiniband/core/device.c:ib_register_device',
  },
  {
    subsystem: 'serial',
    calls: [
      ...calls('include/linux/serial_core.h', ['uart_add_one_port']),
      ...calls('include/linux/serial_8250.h', ['serial8250_register_8250_port']),
    ],
    kind: 'autonomous',
    advice: 'Stop receive DMA in the hook.',
    source: 'drivers/tty/serial/serial_core.c:uart_add_one_port',
  },
];

const BY_CALL = new Map(
  SUBSYSTEMS.flatMap((row) => row.calls.map((call) => [call.name, { row, holds: call.holds }] as const)),
);

/**
 * The subsystem that a framework call belongs to.
 * @param version `major.minor`; absent: a call that any kernel has counts
 */
export function subsystemOf(call: string, version?: string): SubsystemRow | undefined {
  const found = BY_CALL.get(call);
  return found && (version === undefined || holdsFor(found.holds, version)) ? found.row : undefined;
}

/** A call that hands a device over to the next kernel running, on purpose. */
export interface PreserverRow extends Sourced {
  readonly name: string;
}

/**
 * The live update interfaces (KHO from 6.16, the live update orchestrator from 6.19): memory and devices that a driver
 * preserves are meant to go on across kexec.
 */
export const PRESERVERS: readonly PreserverRow[] = [
  {
    name: 'kho_preserve_folio',
    source: 'kernel/kexec_handover.c:kho_preserve_folio',
    holds: { from: '6.16' },
  },
  { name: 'kho_preserve_phys', source: 'kernel/kexec_handover.c:kho_preserve_phys', holds: { from: '6.16' } },
  {
    name: 'liveupdate_register_file_handler',
    source: 'kernel/liveupdate/luo_file.c:liveupdate_register_file_handler',
    holds: { from: '6.19' },
  },
  {
    name: 'liveupdate_register_flb',
    source: 'kernel/liveupdate/luo_flb.c:liveupdate_register_flb',
    holds: { from: '6.19' },
  },
  {
    name: 'pci_liveupdate_register_flb',
    source: 'drivers/pci/liveupdate.c:pci_liveupdate_register_flb',
    holds: { from: '6.19' },
  },
];
