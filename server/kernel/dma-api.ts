import type { DmaRow } from './types.ts';

const MAP = 'include/linux/dma-mapping.h';
const ENGINE = 'include/linux/dmaengine.h';
const COMPAT = 'include/linux/pci-dma-compat.h';
const RDMA = 'include/rdma/ib_verbs.h';
const GLUE = 'drivers/dma/ti/k3-udma-glue.c';

/** The header went with 5.18; drivers kept outside the tree may still use its names. */
const BEFORE_5_18 = { before: '5.18' };
const IB_NOTE =
  "The device is the RDMA device's dma_device: the caller's own only in a hardware driver, not in an upper protocol.";

/**
 * The DMA API: what allocates, maps, provides, requests and announces DMA, with the arguments that matter. Macros are
 * rows as functions are. `device` null: no argument is the device; the caller's own device is meant, or that of the
 * object handed in (a pool, a SCSI command).
 *
 * Not rows because they are no evidence: `dma_sync_*`, `dma_unmap_*`, `dma_free_*`, `dma_mapping_error`, `dma_mmap_*`
 * (the other half of a call seen elsewhere), `usb_alloc_coherent` (the host controller's device), `ioremap` and kin.
 */
// biome-ignore format: one row a line
const ROWS: readonly DmaRow[] = [
  // Memory that the device may touch until told to stop.
  { name: 'dma_alloc_attrs', role: 'alloc', device: 0, size: 1, source: `${MAP}:dma_alloc_attrs` },
  { name: 'dma_alloc_coherent', role: 'alloc', device: 0, size: 1, source: `${MAP}:dma_alloc_coherent` },
  { name: 'dma_alloc_contiguous', role: 'alloc', device: 0, size: 1, source: 'include/linux/dma-map-ops.h:dma_alloc_contiguous', note: 'Contiguous pages; a bus address only once they are mapped.' },
  { name: 'dma_alloc_from_contiguous', role: 'alloc', device: 0, size: 1, source: 'include/linux/dma-map-ops.h:dma_alloc_from_contiguous', note: 'The size is a count of pages; a bus address only once they are mapped.' },
  { name: 'dma_alloc_from_dev_coherent', role: 'alloc', device: 0, size: 1, source: 'include/linux/dma-map-ops.h:dma_alloc_from_dev_coherent' },
  { name: 'dma_alloc_from_global_coherent', role: 'alloc', device: 0, size: 1, source: 'include/linux/dma-map-ops.h:dma_alloc_from_global_coherent', holds: { from: '4.13' } },
  { name: 'dma_alloc_from_pool', role: 'alloc', device: 0, size: 1, source: 'include/linux/dma-map-ops.h:dma_alloc_from_pool' },
  { name: 'dma_alloc_noncoherent', role: 'alloc', device: 0, size: 1, direction: 3, source: `${MAP}:dma_alloc_noncoherent`, holds: { from: '5.10' } },
  { name: 'dma_alloc_noncontiguous', role: 'alloc', device: 0, size: 1, direction: 2, source: `${MAP}:dma_alloc_noncontiguous`, holds: { from: '5.12' } },
  { name: 'dma_alloc_pages', role: 'alloc', device: 0, size: 1, direction: 3, source: `${MAP}:dma_alloc_pages`, holds: { from: '5.10' } },
  { name: 'dma_alloc_wc', role: 'alloc', device: 0, size: 1, source: `${MAP}:dma_alloc_wc` },
  { name: 'dma_alloc_writecombine', role: 'alloc', device: 0, size: 1, source: `${MAP}:dma_alloc_writecombine`, holds: { before: '5.15' } },
  { name: 'dma_declare_coherent_memory', role: 'alloc', device: 0, size: 3, source: 'include/linux/dma-map-ops.h:dma_declare_coherent_memory', note: 'Gives the device a memory of its own (SRAM): a master, but not necessarily of RAM.' },
  { name: 'dma_pool_alloc', role: 'alloc', device: null, source: 'include/linux/dmapool.h:dma_pool_alloc', note: 'The device is that of the pool.' },
  { name: 'dma_pool_create', role: 'alloc', device: 1, size: 2, source: 'include/linux/dmapool.h:dma_pool_create' },
  { name: 'dma_pool_zalloc', role: 'alloc', device: null, source: 'include/linux/dmapool.h:dma_pool_zalloc', note: 'The device is that of the pool.' },
  { name: 'dma_zalloc_coherent', role: 'alloc', device: 0, size: 1, source: `${MAP}:dma_zalloc_coherent`, holds: { before: '5.1' } },
  { name: 'dmam_alloc_attrs', role: 'alloc', device: 0, size: 1, source: `${MAP}:dmam_alloc_attrs` },
  { name: 'dmam_alloc_coherent', role: 'alloc', device: 0, size: 1, source: `${MAP}:dmam_alloc_coherent` },
  { name: 'dmam_pool_create', role: 'alloc', device: 1, size: 2, source: 'include/linux/dmapool.h:dmam_pool_create' },
  { name: 'pci_alloc_consistent', role: 'alloc', device: 0, size: 1, source: `${COMPAT}:pci_alloc_consistent`, holds: BEFORE_5_18 },
  { name: 'pci_pool_alloc', role: 'alloc', device: null, source: 'include/linux/pci.h:pci_pool_alloc', holds: { before: '4.16' } },
  { name: 'pci_pool_create', role: 'alloc', device: 1, size: 2, source: 'include/linux/pci.h:pci_pool_create', holds: { before: '4.16' } },
  { name: 'pci_zalloc_consistent', role: 'alloc', device: 0, size: 1, source: `${COMPAT}:pci_zalloc_consistent`, holds: BEFORE_5_18 },

  // Mappings.
  { name: 'dma_buf_attach', role: 'map', device: 1, source: 'include/linux/dma-buf.h:dma_buf_attach', note: 'The importer does DMA on a buffer of another driver.' },
  { name: 'dma_buf_dynamic_attach', role: 'map', device: 1, source: 'include/linux/dma-buf.h:dma_buf_dynamic_attach', note: 'The importer does DMA on a buffer of another driver.' },
  { name: 'dma_buf_map_attachment', role: 'map', device: null, direction: 1, source: 'include/linux/dma-buf.h:dma_buf_map_attachment', note: "The attachment's device, which is the importer's." },
  { name: 'dma_buf_map_attachment_unlocked', role: 'map', device: null, direction: 1, source: 'include/linux/dma-buf.h:dma_buf_map_attachment_unlocked', holds: { from: '6.1' }, note: "The attachment's device, which is the importer's." },
  { name: 'dma_map_bvec', role: 'map', device: 0, direction: 2, source: 'include/linux/blkdev.h:dma_map_bvec' },
  { name: 'dma_map_page', role: 'map', device: 0, size: 3, direction: 4, source: `${MAP}:dma_map_page` },
  { name: 'dma_map_page_attrs', role: 'map', device: 0, size: 3, direction: 4, source: `${MAP}:dma_map_page_attrs` },
  { name: 'dma_map_phys', role: 'map', device: 0, size: 2, direction: 3, source: `${MAP}:dma_map_phys`, holds: { from: '6.18' } },
  { name: 'dma_map_resource', role: 'map', device: 0, size: 2, direction: 3, source: `${MAP}:dma_map_resource`, note: "Maps another device's registers for a DMA engine: the argument is the engine's device." },
  { name: 'dma_map_sg', role: 'map', device: 0, direction: 3, source: `${MAP}:dma_map_sg` },
  { name: 'dma_map_sg_attrs', role: 'map', device: 0, direction: 3, source: `${MAP}:dma_map_sg_attrs` },
  { name: 'dma_map_sgtable', role: 'map', device: 0, direction: 2, source: `${MAP}:dma_map_sgtable` },
  { name: 'dma_map_single', role: 'map', device: 0, size: 2, direction: 3, source: `${MAP}:dma_map_single` },
  { name: 'dma_map_single_attrs', role: 'map', device: 0, size: 2, direction: 3, source: `${MAP}:dma_map_single_attrs` },
  { name: 'host1x_job_pin', role: 'map', device: 1, kind: 'request', source: 'include/linux/host1x.h:host1x_job_pin', note: 'Maps the buffers of a command stream.' },
  { name: 'ib_dma_map_page', role: 'map', device: 0, size: 3, direction: 4, source: `${RDMA}:ib_dma_map_page`, note: IB_NOTE },
  { name: 'ib_dma_map_sg', role: 'map', device: 0, direction: 3, source: `${RDMA}:ib_dma_map_sg`, note: IB_NOTE },
  { name: 'ib_dma_map_sg_attrs', role: 'map', device: 0, direction: 3, source: `${RDMA}:ib_dma_map_sg_attrs`, note: IB_NOTE },
  { name: 'ib_dma_map_sgtable_attrs', role: 'map', device: 0, direction: 2, source: `${RDMA}:ib_dma_map_sgtable_attrs`, holds: { from: '5.12' }, note: IB_NOTE },
  { name: 'ib_dma_map_single', role: 'map', device: 0, size: 2, direction: 3, source: `${RDMA}:ib_dma_map_single`, note: IB_NOTE },
  { name: 'iommu_attach_device', role: 'map', device: 1, source: 'include/linux/iommu.h:iommu_attach_device', note: 'The device gets a domain of its own, which its driver fills.' },
  { name: 'iommu_attach_device_pasid', role: 'map', device: 1, source: 'include/linux/iommu.h:iommu_attach_device_pasid', holds: { from: '6.2' } },
  { name: 'iommu_attach_group', role: 'map', device: null, source: 'include/linux/iommu.h:iommu_attach_group', note: "The group is the device's." },
  { name: 'iommu_map', role: 'map', device: null, size: 3, source: 'include/linux/iommu.h:iommu_map', note: 'Into a domain to which the device is attached.' },
  { name: 'iommu_map_atomic', role: 'map', device: null, size: 3, source: 'include/linux/iommu.h:iommu_map_atomic', holds: { from: '5.5', before: '6.3' } },
  { name: 'iommu_map_sg', role: 'map', device: null, source: 'include/linux/iommu.h:iommu_map_sg' },
  { name: 'iommu_map_sg_atomic', role: 'map', device: null, source: 'include/linux/iommu.h:iommu_map_sg_atomic', holds: { from: '5.5', before: '6.3' } },
  { name: 'iommu_map_sgtable', role: 'map', device: null, source: 'include/linux/iommu.h:iommu_map_sgtable' },
  { name: 'page_pool_create', role: 'map', device: null, source: 'net/core/page_pool.c:page_pool_create', kind: 'autonomous', note: 'Maps its pages on the `.dev` of the parameters when these have PP_FLAG_DMA_MAP; without that flag the driver maps them itself.' },
  { name: 'page_pool_create_percpu', role: 'map', device: null, source: 'net/core/page_pool.c:page_pool_create_percpu', kind: 'autonomous', holds: { from: '6.9' }, note: 'As page_pool_create.' },
  { name: 'pci_map_page', role: 'map', device: 0, size: 3, direction: 4, source: `${COMPAT}:pci_map_page`, holds: BEFORE_5_18 },
  { name: 'pci_map_sg', role: 'map', device: 0, direction: 3, source: `${COMPAT}:pci_map_sg`, holds: BEFORE_5_18 },
  { name: 'pci_map_single', role: 'map', device: 0, size: 2, direction: 3, source: `${COMPAT}:pci_map_single`, holds: BEFORE_5_18 },
  { name: 'scsi_dma_map', role: 'map', device: null, source: 'drivers/scsi/scsi_lib_dma.c:scsi_dma_map', kind: 'request', note: "Maps on the host's dma_dev." },
  { name: 'skb_frag_dma_map', role: 'map', device: 0, size: 3, direction: 4, source: 'include/linux/skbuff.h:skb_frag_dma_map' },
  { name: 'xp_dma_map', role: 'map', device: 1, source: 'net/xdp/xsk_buff_pool.c:xp_dma_map' },
  { name: 'xsk_pool_dma_map', role: 'map', device: 1, source: 'include/net/xdp_sock_drv.h:xsk_pool_dma_map', holds: { from: '5.10' } },

  // DMA engines: the device masters on behalf of others.
  { name: 'acpi_dma_controller_register', role: 'provider', device: 0, source: 'drivers/dma/acpi-dma.c:acpi_dma_controller_register', kind: 'autonomous' },
  { name: 'devm_acpi_dma_controller_register', role: 'provider', device: 0, source: 'drivers/dma/acpi-dma.c:devm_acpi_dma_controller_register', kind: 'autonomous' },
  { name: 'devm_of_dma_controller_register', role: 'provider', device: 0, source: 'drivers/dma/of-dma.c:devm_of_dma_controller_register', kind: 'autonomous', holds: { from: '6.13' }, note: 'Not in 6.12; came later.' },
  { name: 'dma_async_device_channel_register', role: 'provider', device: null, source: 'drivers/dma/dmaengine.c:dma_async_device_channel_register', kind: 'autonomous', holds: { from: '5.6' } },
  { name: 'dma_async_device_register', role: 'provider', device: null, source: 'drivers/dma/dmaengine.c:dma_async_device_register', kind: 'autonomous', note: 'The device is the `dev` member of the struct dma_device.' },
  { name: 'dmaenginem_async_device_register', role: 'provider', device: null, source: 'drivers/dma/dmaengine.c:dmaenginem_async_device_register', kind: 'autonomous', note: 'The device is the `dev` member of the struct dma_device.' },
  { name: 'of_dma_controller_register', role: 'provider', device: null, source: 'drivers/dma/of-dma.c:of_dma_controller_register', kind: 'autonomous', note: 'The argument is the node of the device.' },

  // Users of a DMA engine: the provider is the master.
  { name: '__dma_request_channel', role: 'client', device: null, source: `${ENGINE}:__dma_request_channel` },
  { name: 'bcom_ata_init', role: 'client', device: null, source: 'drivers/dma/bestcomm/ata.c:bcom_ata_init', note: 'The BestComm engine of the MPC52xx moves the data.' },
  { name: 'bcom_fec_rx_init', role: 'client', device: null, source: 'drivers/dma/bestcomm/fec.c:bcom_fec_rx_init', kind: 'autonomous', note: 'As bcom_ata_init.' },
  { name: 'bcom_fec_tx_init', role: 'client', device: null, source: 'drivers/dma/bestcomm/fec.c:bcom_fec_tx_init', note: 'As bcom_ata_init.' },
  { name: 'bcom_gen_bd_rx_init', role: 'client', device: null, source: 'drivers/dma/bestcomm/gen_bd.c:bcom_gen_bd_rx_init', note: 'As bcom_ata_init.' },
  { name: 'bcom_gen_bd_tx_init', role: 'client', device: null, source: 'drivers/dma/bestcomm/gen_bd.c:bcom_gen_bd_tx_init', note: 'As bcom_ata_init.' },
  { name: 'bcom_psc_gen_bd_rx_init', role: 'client', device: null, source: 'drivers/dma/bestcomm/gen_bd.c:bcom_psc_gen_bd_rx_init', note: 'As bcom_ata_init.' },
  { name: 'bcom_psc_gen_bd_tx_init', role: 'client', device: null, source: 'drivers/dma/bestcomm/gen_bd.c:bcom_psc_gen_bd_tx_init', note: 'As bcom_ata_init.' },
  { name: 'devm_dma_request_chan', role: 'client', device: 0, source: `${ENGINE}:devm_dma_request_chan`, holds: { from: '6.1', before: '6.2' }, note: 'By a stable update.' },
  { name: 'devm_dma_request_chan', role: 'client', device: 0, source: `${ENGINE}:devm_dma_request_chan`, holds: { from: '6.12' } },
  { name: 'devm_iio_dmaengine_buffer_setup', role: 'client', device: 0, source: 'include/linux/iio/buffer-dmaengine.h:devm_iio_dmaengine_buffer_setup' },
  { name: 'devm_iio_dmaengine_buffer_setup_ext', role: 'client', device: 0, source: 'include/linux/iio/buffer-dmaengine.h:devm_iio_dmaengine_buffer_setup_ext', holds: { from: '6.10' } },
  { name: 'devm_snd_dmaengine_pcm_register', role: 'client', device: 0, source: 'include/sound/dmaengine_pcm.h:devm_snd_dmaengine_pcm_register' },
  { name: 'dma_find_channel', role: 'client', device: null, source: `${ENGINE}:dma_find_channel` },
  { name: 'dma_get_any_slave_channel', role: 'client', device: null, source: 'drivers/dma/dmaengine.c:dma_get_any_slave_channel', note: "Called by a provider's translation of a channel number." },
  { name: 'dma_get_slave_channel', role: 'client', device: null, source: 'drivers/dma/dmaengine.c:dma_get_slave_channel', note: "Called by a provider's translation of a channel number." },
  { name: 'omap_request_dma', role: 'client', device: null, source: 'include/linux/omap-dma.h:omap_request_dma', note: "The OMAP's own engine, without the framework." },
  { name: 'dma_request_chan', role: 'client', device: 0, source: `${ENGINE}:dma_request_chan` },
  { name: 'dma_request_chan_by_mask', role: 'client', device: null, source: `${ENGINE}:dma_request_chan_by_mask` },
  { name: 'dma_request_channel', role: 'client', device: null, source: `${ENGINE}:dma_request_channel` },
  { name: 'dma_request_slave_channel', role: 'client', device: 0, source: `${ENGINE}:dma_request_slave_channel` },
  { name: 'dma_request_slave_channel_compat', role: 'client', device: 3, source: `${ENGINE}:dma_request_slave_channel_compat` },
  { name: 'dma_request_slave_channel_reason', role: 'client', device: 0, source: `${ENGINE}:dma_request_slave_channel_reason`, holds: { before: '5.6' } },
  { name: 'dmaengine_get', role: 'client', device: null, source: `${ENGINE}:dmaengine_get` },
  { name: 'dmaengine_prep_dma_cyclic', role: 'client', device: null, size: 2, direction: 4, source: `${ENGINE}:dmaengine_prep_dma_cyclic`, kind: 'autonomous' },
  { name: 'dmaengine_prep_dma_memcpy', role: 'client', device: null, size: 3, source: `${ENGINE}:dmaengine_prep_dma_memcpy` },
  { name: 'dmaengine_prep_dma_memset', role: 'client', device: null, size: 3, source: `${ENGINE}:dmaengine_prep_dma_memset` },
  { name: 'dmaengine_prep_interleaved_dma', role: 'client', device: null, source: `${ENGINE}:dmaengine_prep_interleaved_dma` },
  { name: 'dmaengine_prep_peripheral_dma_vec', role: 'client', device: null, direction: 3, source: `${ENGINE}:dmaengine_prep_peripheral_dma_vec`, holds: { from: '6.11' } },
  { name: 'dmaengine_prep_rio_sg', role: 'client', device: null, direction: 3, source: `${ENGINE}:dmaengine_prep_rio_sg` },
  { name: 'dmaengine_prep_slave_sg', role: 'client', device: null, direction: 3, source: `${ENGINE}:dmaengine_prep_slave_sg` },
  { name: 'dmaengine_prep_slave_single', role: 'client', device: null, size: 2, direction: 3, source: `${ENGINE}:dmaengine_prep_slave_single` },
  { name: 'dmaengine_slave_config', role: 'client', device: null, source: `${ENGINE}:dmaengine_slave_config` },
  { name: 'dmaengine_submit', role: 'client', device: null, source: `${ENGINE}:dmaengine_submit` },
  { name: 'iio_dmaengine_buffer_setup_ext', role: 'client', device: 0, source: 'include/linux/iio/buffer-dmaengine.h:iio_dmaengine_buffer_setup_ext', holds: { from: '6.10' } },
  { name: 'imx_pcm_dma_init', role: 'client', device: 0, source: 'sound/soc/fsl/imx-pcm-dma.c:imx_pcm_dma_init' },
  { name: 'k3_udma_glue_request_remote_rx_chn_for_thread_id', role: 'client', device: 0, source: `${GLUE}:k3_udma_glue_request_remote_rx_chn_for_thread_id`, holds: { from: '6.10' } },
  { name: 'k3_udma_glue_request_rx_chn', role: 'client', device: 0, source: `${GLUE}:k3_udma_glue_request_rx_chn` },
  { name: 'k3_udma_glue_request_tx_chn', role: 'client', device: 0, source: `${GLUE}:k3_udma_glue_request_tx_chn` },
  { name: 'k3_udma_glue_request_tx_chn_for_thread_id', role: 'client', device: 0, source: `${GLUE}:k3_udma_glue_request_tx_chn_for_thread_id`, holds: { from: '6.10' } },
  { name: 'mhi_queue_buf', role: 'client', device: 0, source: 'include/linux/mhi.h:mhi_queue_buf', note: "Mapped on the controller's device." },
  { name: 'mhi_queue_dma', role: 'client', device: 0, source: 'include/linux/mhi.h:mhi_queue_dma', note: "Mapped on the controller's device." },
  { name: 'mhi_queue_skb', role: 'client', device: 0, source: 'include/linux/mhi.h:mhi_queue_skb', note: "Mapped on the controller's device." },
  { name: 'rtsx_pci_dma_map_sg', role: 'client', device: null, source: 'include/linux/rtsx_pci.h:rtsx_pci_dma_map_sg', note: "Mapped on the card reader's PCI device." },
  { name: 'rtsx_pci_dma_transfer', role: 'client', device: null, source: 'include/linux/rtsx_pci.h:rtsx_pci_dma_transfer', note: "Done by the card reader's PCI device." },
  { name: 'rtsx_pci_transfer_data', role: 'client', device: null, source: 'include/linux/rtsx_pci.h:rtsx_pci_transfer_data', note: "Done by the card reader's PCI device." },
  { name: 'snd_dmaengine_pcm_open', role: 'client', device: null, source: 'include/sound/dmaengine_pcm.h:snd_dmaengine_pcm_open' },
  { name: 'snd_dmaengine_pcm_open_request_chan', role: 'client', device: null, source: 'include/sound/dmaengine_pcm.h:snd_dmaengine_pcm_open_request_chan' },
  { name: 'snd_dmaengine_pcm_register', role: 'client', device: 0, source: 'include/sound/dmaengine_pcm.h:snd_dmaengine_pcm_register' },
  { name: 'tifm_map_sg', role: 'client', device: 0, direction: 3, source: 'include/linux/tifm.h:tifm_map_sg', note: "Mapped on the adapter's PCI device." },

  // Intent: no DMA by itself.
  { name: 'acpi_dma_configure', role: 'mask', device: 0, source: 'include/linux/acpi.h:acpi_dma_configure' },
  { name: 'acpi_dma_configure_id', role: 'mask', device: 0, source: 'include/linux/acpi.h:acpi_dma_configure_id', holds: { from: '5.9' } },
  { name: 'dma_coerce_mask_and_coherent', role: 'mask', device: 0, mask: 1, source: `${MAP}:dma_coerce_mask_and_coherent` },
  { name: 'dma_set_coherent_mask', role: 'mask', device: 0, mask: 1, source: `${MAP}:dma_set_coherent_mask` },
  { name: 'dma_set_mask', role: 'mask', device: 0, mask: 1, source: `${MAP}:dma_set_mask` },
  { name: 'dma_set_mask_and_coherent', role: 'mask', device: 0, mask: 1, source: `${MAP}:dma_set_mask_and_coherent` },
  { name: 'dma_set_max_seg_size', role: 'mask', device: 0, source: `${MAP}:dma_set_max_seg_size` },
  { name: 'dma_set_min_align_mask', role: 'mask', device: 0, source: `${MAP}:dma_set_min_align_mask`, holds: { from: '5.12' } },
  { name: 'dma_set_seg_boundary', role: 'mask', device: 0, source: `${MAP}:dma_set_seg_boundary` },
  { name: 'iommu_domain_alloc', role: 'mask', device: null, source: 'include/linux/iommu.h:iommu_domain_alloc', note: 'The argument is a bus_type.' },
  { name: 'iommu_paging_domain_alloc', role: 'mask', device: 0, source: 'include/linux/iommu.h:iommu_paging_domain_alloc', holds: { from: '6.11' } },
  { name: 'of_dma_configure', role: 'mask', device: 0, source: 'include/linux/of_device.h:of_dma_configure' },
  { name: 'of_dma_configure_id', role: 'mask', device: 0, source: 'include/linux/of_device.h:of_dma_configure_id', holds: { from: '5.9' } },
  { name: 'of_reserved_mem_device_init', role: 'mask', device: 0, source: 'include/linux/of_reserved_mem.h:of_reserved_mem_device_init', note: 'Gives the device a reserved pool for its DMA.' },
  { name: 'of_reserved_mem_device_init_by_idx', role: 'mask', device: 0, source: 'include/linux/of_reserved_mem.h:of_reserved_mem_device_init_by_idx' },
  { name: 'of_reserved_mem_device_init_by_name', role: 'mask', device: 0, source: 'include/linux/of_reserved_mem.h:of_reserved_mem_device_init_by_name' },
  { name: 'pci_set_consistent_dma_mask', role: 'mask', device: 0, mask: 1, source: `${COMPAT}:pci_set_consistent_dma_mask`, holds: BEFORE_5_18 },
  { name: 'pci_set_dma_mask', role: 'mask', device: 0, mask: 1, source: `${COMPAT}:pci_set_dma_mask`, holds: BEFORE_5_18 },
  { name: 'pci_set_dma_max_seg_size', role: 'mask', device: 0, source: `${COMPAT}:pci_set_dma_max_seg_size`, holds: { before: '5.15' } },
  { name: 'pci_set_master', role: 'mask', device: 0, source: 'include/linux/pci.h:pci_set_master', note: 'Lets the device master the bus; a device that maps memory without this call may still do so.' },
];

/** All rows, sorted by name. */
export const DMA_API: readonly DmaRow[] = [...ROWS].sort((a, b) =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
);
