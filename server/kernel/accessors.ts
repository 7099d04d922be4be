import type { Sourced } from './types.ts';

/** A function of the kernel's API that leads from an object to a `struct device`. */
export interface AccessorRow extends Sourced {
  readonly name: string;
  /** Zero-based index of the argument that is the object. */
  readonly object: number;
  /**
   * `own`: the device that registered the object, where nothing else is known. `same`: the argument's own device under
   * another type. `channel`: the DMA engine behind a channel. `other`: what another driver made or is bound to.
   */
  readonly leads: 'own' | 'same' | 'channel' | 'other';
}

/** Accessors of a module's own are read in its source; these live in headers and modules of the kernel. */
// biome-ignore format: one row a line
export const ACCESSORS: readonly AccessorRow[] = [
  { name: 'bus_to_hcd', object: 0, leads: 'other', source: 'include/linux/usb/hcd.h:bus_to_hcd' },
  { name: 'disk_to_dev', object: 0, leads: 'own', source: 'include/linux/blkdev.h:disk_to_dev' },
  { name: 'dmaengine_get_dma_device', object: 0, leads: 'channel', source: 'include/linux/dmaengine.h:dmaengine_get_dma_device', holds: { from: '5.10' } },
  { name: 'get_device', object: 0, leads: 'same', source: 'include/linux/device.h:get_device' },
  { name: 'k3_udma_glue_rx_get_dma_device', object: 0, leads: 'channel', source: 'drivers/dma/ti/k3-udma-glue.c:k3_udma_glue_rx_get_dma_device' },
  { name: 'k3_udma_glue_tx_get_dma_device', object: 0, leads: 'channel', source: 'drivers/dma/ti/k3-udma-glue.c:k3_udma_glue_tx_get_dma_device' },
  { name: 'macio_get_pci_dev', object: 0, leads: 'own', source: 'arch/powerpc/include/asm/macio.h:macio_get_pci_dev' },
  { name: 'mmc_dev', object: 0, leads: 'own', source: 'include/linux/mmc/host.h:mmc_dev' },
  { name: 'of_find_device_by_node', object: 0, leads: 'other', source: 'drivers/of/platform.c:of_find_device_by_node' },
  { name: 'pci_dev_get', object: 0, leads: 'same', source: 'drivers/pci/pci-driver.c:pci_dev_get' },
  { name: 'snd_dmaengine_pcm_get_chan', object: 0, leads: 'channel', source: 'sound/core/pcm_dmaengine.c:snd_dmaengine_pcm_get_chan' },
  { name: 'to_pci_dev', object: 0, leads: 'same', source: 'include/linux/pci.h:to_pci_dev' },
  { name: 'to_platform_device', object: 0, leads: 'same', source: 'include/linux/platform_device.h:to_platform_device' },
  { name: 'wiphy_dev', object: 0, leads: 'own', source: 'include/net/cfg80211.h:wiphy_dev' },
];
