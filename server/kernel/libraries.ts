import type { DmaRow } from './types.ts';

const MMC: NonNullable<DmaRow['quiescedBy']> = { kind: 'core', by: 'mmc_bus_shutdown' };
const UFS: NonNullable<DmaRow['quiescedBy']> = { kind: 'core', by: 'ufshcd_wl_shutdown' };
const VIRTIO: NonNullable<DmaRow['quiescedBy']> = { kind: 'bus', by: 'virtio_dev_shutdown' };
const MTD: NonNullable<DmaRow['quiescedBy']> = { kind: 'notifier', by: 'mtd_reboot_notifier' };

/** Kernel memory and pages for a copy by the CPU are no DMA memory; every other type is. */
const DMA_TYPE = '^(?!.*SNDRV_DMA_TYPE_(CONTINUOUS|VMALLOC|UNKNOWN)\\b)';
const SOUND = 'sound/core/pcm_memory.c';
const SND_MEM = 'include/sound/memalloc.h';
const SFF = 'drivers/ata/libata-sff.c';
const GEM = 'drivers/gpu/drm/drm_gem_dma_helper.c';
const GEM_H = 'include/drm/drm_gem_dma_helper.h';
const MT76 = 'drivers/net/wireless/mediatek/mt76';
const RT2X = 'drivers/net/wireless/ralink/rt2x00';
const RING = 'drivers/virtio/virtio_ring.c';
const HCD = 'drivers/usb/core/hcd.c';

/** An HCD does DMA only when its hc_driver says so (`include/linux/usb/hcd.h:HCD_DMA`); the flag came with 5.4. */
const HCD_DMA = { struct: 'hc_driver', member: 'flags', matches: 'HCD_DMA' } as const;

/**
 * Functions and ops tables of frameworks and of drivers' common cores that do DMA on the device of whoever uses them.
 * All are exported by their module and true of any caller. `device` null: the object handed in was made for the
 * caller's device, or the row is a variable whose mention alone tells.
 *
 * Not rows, on purpose: `ata_sff_*` (PIO), `mmc_add_host`, `nand_scan`, `spi_register_controller`,
 * `register_netdev`, `crypto_engine_alloc_init` (the driver does the DMA, or nobody), `ttm_device_init` and
 * `DRM_GEM_SHMEM_DRIVER_OPS` (video memory and virtual devices), `vb2_vmalloc_memops` (copies by the CPU).
 */
// biome-ignore format: one row a line
const ROWS: readonly DmaRow[] = [
  // Block: libata, MMC, UFS, NVMe, SAS, flash.
  { name: 'ahci_host_activate', role: 'library', device: null, kind: 'request', source: 'drivers/ata/libahci.c:ahci_host_activate' },
  { name: 'ahci_init_controller', role: 'library', device: null, kind: 'request', source: 'drivers/ata/libahci.c:ahci_init_controller' },
  { name: 'ahci_ops', role: 'library', device: null, kind: 'request', source: 'drivers/ata/libahci.c:ahci_ops' },
  { name: 'ahci_platform_init_host', role: 'library', device: 0, kind: 'request', source: 'drivers/ata/libahci_platform.c:ahci_platform_init_host', note: 'Commands on request, the area of received frames at any time; ahci_platform_shutdown must be wired by the driver.' },
  { name: 'ahci_platform_ops', role: 'library', device: null, kind: 'request', source: 'drivers/ata/libahci_platform.c:ahci_platform_ops' },
  { name: 'ahci_pmp_retry_srst_ops', role: 'library', device: null, kind: 'request', source: 'drivers/ata/libahci.c:ahci_pmp_retry_srst_ops' },
  { name: 'ata_bmdma32_port_ops', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma32_port_ops` },
  { name: 'ata_bmdma_dumb_qc_prep', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_dumb_qc_prep` },
  { name: 'ata_bmdma_interrupt', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_interrupt` },
  { name: 'ata_bmdma_irq_clear', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_irq_clear` },
  { name: 'ata_bmdma_port_intr', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_port_intr` },
  { name: 'ata_bmdma_port_ops', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_port_ops` },
  { name: 'ata_bmdma_port_start', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_port_start` },
  { name: 'ata_bmdma_port_start32', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_port_start32` },
  { name: 'ata_bmdma_qc_issue', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_qc_issue` },
  { name: 'ata_bmdma_qc_prep', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_qc_prep` },
  { name: 'ata_bmdma_setup', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_setup` },
  { name: 'ata_bmdma_start', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_bmdma_start` },
  { name: 'ata_pci_bmdma_clear_simplex', role: 'library', device: 0, kind: 'request', source: `${SFF}:ata_pci_bmdma_clear_simplex` },
  { name: 'ata_pci_bmdma_init', role: 'library', device: null, kind: 'request', source: `${SFF}:ata_pci_bmdma_init` },
  { name: 'ata_pci_bmdma_init_one', role: 'library', device: 0, kind: 'request', source: `${SFF}:ata_pci_bmdma_init_one` },
  { name: 'ata_pci_bmdma_prepare_host', role: 'library', device: 0, kind: 'request', source: `${SFF}:ata_pci_bmdma_prepare_host` },
  { name: '__sdhci_add_host', role: 'library', device: null, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/sdhci.c:__sdhci_add_host', note: 'Not for SDIO cards.' },
  { name: 'cqhci_init', role: 'library', device: null, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/cqhci-core.c:cqhci_init' },
  { name: 'cqhci_pltfm_init', role: 'library', device: 0, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/cqhci-core.c:cqhci_pltfm_init' },
  { name: 'dw_mci_pltfm_register', role: 'library', device: 0, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/dw_mmc-pltfm.c:dw_mci_pltfm_register' },
  { name: 'dw_mci_probe', role: 'library', device: null, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/dw_mmc.c:dw_mci_probe' },
  { name: 'renesas_sdhi_probe', role: 'library', device: 0, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/renesas_sdhi_core.c:renesas_sdhi_probe' },
  { name: 'sdhci_add_host', role: 'library', device: null, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/sdhci.c:sdhci_add_host', note: 'Not for SDIO cards.' },
  { name: 'sdhci_pltfm_init_and_add_host', role: 'library', device: 0, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/sdhci-pltfm.c:sdhci_pltfm_init_and_add_host', holds: { from: '6.6' } },
  { name: 'sdhci_pltfm_register', role: 'library', device: 0, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/sdhci-pltfm.c:sdhci_pltfm_register', holds: { before: '6.6' } },
  { name: 'sdhci_setup_host', role: 'library', device: null, kind: 'request', quiescedBy: MMC, source: 'drivers/mmc/host/sdhci.c:sdhci_setup_host' },
  { name: 'ufshcd_alloc_host', role: 'library', device: 0, kind: 'request', quiescedBy: UFS, source: 'drivers/ufs/core/ufshcd.c:ufshcd_alloc_host' },
  { name: 'ufshcd_init', role: 'library', device: null, kind: 'request', quiescedBy: UFS, source: 'drivers/ufs/core/ufshcd.c:ufshcd_init' },
  { name: 'ufshcd_pltfrm_init', role: 'library', device: 0, kind: 'request', quiescedBy: UFS, source: 'drivers/ufs/host/ufshcd-pltfrm.c:ufshcd_pltfrm_init' },
  { name: 'nvme_init_ctrl', role: 'library', device: 1, kind: 'request', source: 'drivers/nvme/host/core.c:nvme_init_ctrl' },
  { name: 'NCR_700_detect', role: 'library', device: 2, kind: 'request', source: 'drivers/scsi/53c700.c:NCR_700_detect' },
  { name: 'hisi_sas_alloc', role: 'library', device: null, kind: 'request', source: 'drivers/scsi/hisi_sas/hisi_sas_main.c:hisi_sas_alloc' },
  { name: 'hisi_sas_probe', role: 'library', device: 0, kind: 'request', source: 'drivers/scsi/hisi_sas/hisi_sas_main.c:hisi_sas_probe' },
  { name: 'mpt_attach', role: 'library', device: 0, kind: 'request', source: 'drivers/message/fusion/mptbase.c:mpt_attach' },
  { name: 'scsi_esp_register', role: 'library', device: null, kind: 'request', source: 'drivers/scsi/esp_scsi.c:scsi_esp_register' },
  { name: 'brcmnand_probe', role: 'library', device: 0, kind: 'request', quiescedBy: MTD, source: 'drivers/mtd/nand/raw/brcmnand/brcmnand.c:brcmnand_probe', note: 'The notifier only keeps new operations out.' },
  { name: 'denali_init', role: 'library', device: null, kind: 'request', quiescedBy: MTD, source: 'drivers/mtd/nand/raw/denali.c:denali_init', note: 'The notifier only keeps new operations out.' },
  { name: 'tifm_add_adapter', role: 'library', device: null, kind: 'request', source: 'drivers/misc/tifm_core.c:tifm_add_adapter' },

  // USB.
  { name: '__usb_create_hcd', role: 'library', device: 1, kind: 'autonomous', needs: HCD_DMA, source: `${HCD}:__usb_create_hcd`, note: 'The second argument (sysdev) does the DMA, the third is the HCD itself.' },
  { name: 'cdns_init', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/cdns3/core.c:cdns_init' },
  { name: 'ci_hdrc_add_device', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/usb/chipidea/core.c:ci_hdrc_add_device', note: "Makes a child device whose driver, in the core, does the DMA with the parent's settings." },
  { name: 'dwc3_core_probe', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/dwc3/core.c:dwc3_core_probe', holds: { from: '6.15' } },
  { name: 'ehci_init_driver', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/host/ehci-hcd.c:ehci_init_driver' },
  { name: 'ehci_setup', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/host/ehci-hcd.c:ehci_setup' },
  { name: 'init_dma_pools', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/gadget/udc/snps_udc_core.c:init_dma_pools' },
  { name: 'ohci_init_driver', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/host/ohci-hcd.c:ohci_init_driver' },
  { name: 'ohci_setup', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/host/ohci-hcd.c:ohci_setup' },
  { name: 'usb_add_gadget', role: 'mask', device: null, kind: 'autonomous', source: 'drivers/usb/gadget/udc/core.c:usb_add_gadget', note: 'DMA only where the controller maps requests (usb_gadget_map_request) or buffers itself.' },
  { name: 'usb_add_gadget_udc', role: 'mask', device: 0, kind: 'autonomous', source: 'drivers/usb/gadget/udc/core.c:usb_add_gadget_udc', note: 'DMA only where the controller maps requests (usb_gadget_map_request) or buffers itself.' },
  { name: 'usb_add_gadget_udc_release', role: 'mask', device: 0, kind: 'autonomous', source: 'drivers/usb/gadget/udc/core.c:usb_add_gadget_udc_release', note: 'As usb_add_gadget_udc.' },
  { name: 'usb_add_hcd', role: 'library', device: null, kind: 'autonomous', needs: HCD_DMA, source: `${HCD}:usb_add_hcd` },
  { name: 'usb_create_hcd', role: 'library', device: 1, kind: 'autonomous', needs: HCD_DMA, source: `${HCD}:usb_create_hcd` },
  { name: 'usb_create_shared_hcd', role: 'library', device: 1, kind: 'autonomous', needs: HCD_DMA, source: `${HCD}:usb_create_shared_hcd` },
  { name: 'usb_gadget_map_request', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/gadget/udc/core.c:usb_gadget_map_request', note: "Maps on the parent of the gadget's device, which is the controller." },
  { name: 'usb_gadget_map_request_by_dev', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/usb/gadget/udc/core.c:usb_gadget_map_request_by_dev' },
  { name: 'usb_hcd_map_urb_for_dma', role: 'library', device: null, kind: 'autonomous', source: `${HCD}:usb_hcd_map_urb_for_dma` },
  { name: 'usb_hcd_pci_probe', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/usb/core/hcd-pci.c:usb_hcd_pci_probe' },
  { name: 'xhci_gen_setup', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/host/xhci.c:xhci_gen_setup' },
  { name: 'xhci_init_driver', role: 'library', device: null, kind: 'autonomous', source: 'drivers/usb/host/xhci.c:xhci_init_driver' },

  // Network.
  { name: 'arc_emac_probe', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/ethernet/arc/emac_main.c:arc_emac_probe' },
  { name: 'bgmac_enet_probe', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/ethernet/broadcom/bgmac.c:bgmac_enet_probe' },
  { name: 'devm_stmmac_pltfr_probe', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/net/ethernet/stmicro/stmmac/stmmac_platform.c:devm_stmmac_pltfr_probe', holds: { from: '6.5' } },
  { name: 'dpaa2_io_store_create', role: 'library', device: 1, kind: 'autonomous', source: 'drivers/soc/fsl/dpio/dpio-service.c:dpaa2_io_store_create' },
  { name: 'enetc_pci_probe', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/net/ethernet/freescale/enetc/enetc.h:enetc_pci_probe' },
  { name: 'enetc_setup_cbdr', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/net/ethernet/freescale/enetc/enetc.h:enetc_setup_cbdr' },
  { name: 'hnae_ae_register', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/ethernet/hisilicon/hns/hnae.c:hnae_ae_register' },
  { name: 'stmmac_dvr_probe', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/net/ethernet/stmicro/stmmac/stmmac_main.c:stmmac_dvr_probe' },
  { name: 'stmmac_pltfr_probe', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/net/ethernet/stmicro/stmmac/stmmac_platform.c:stmmac_pltfr_probe', holds: { from: '6.5' } },
  { name: 'wx_setup_resources', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/ethernet/wangxun/libwx/wx_lib.c:wx_setup_resources', holds: { from: '6.3' } },
  { name: 'ath10k_ce_alloc_pipe', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/wireless/ath/ath10k/ce.c:ath10k_ce_alloc_pipe' },
  { name: 'ath11k_ce_alloc_pipes', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/wireless/ath/ath11k/ce.c:ath11k_ce_alloc_pipes' },
  { name: 'ath11k_pcic_register_pci_ops', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/wireless/ath/ath11k/pcic.c:ath11k_pcic_register_pci_ops', holds: { from: '6.1' } },
  { name: 'ath11k_pcic_start', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/wireless/ath/ath11k/pcic.c:ath11k_pcic_start', holds: { from: '6.1' } },
  { name: 'il_rx_queue_alloc', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/wireless/intel/iwlegacy/common.c:il_rx_queue_alloc' },
  { name: 'il_tx_queue_init', role: 'library', device: null, kind: 'autonomous', source: 'drivers/net/wireless/intel/iwlegacy/common.c:il_tx_queue_init' },
  { name: 'mt76_dma_attach', role: 'library', device: null, kind: 'autonomous', source: `${MT76}/dma.c:mt76_dma_attach` },
  { name: 'mt76_dma_rx_poll', role: 'library', device: null, kind: 'autonomous', source: `${MT76}/dma.c:mt76_dma_rx_poll` },
  { name: 'mt76_mmio_init', role: 'library', device: null, kind: 'autonomous', source: `${MT76}/mmio.c:mt76_mmio_init` },
  { name: 'mt76x02_dma_init', role: 'library', device: null, kind: 'autonomous', source: `${MT76}/mt76x02_mmio.c:mt76x02_dma_init` },
  { name: 'rt2x00mmio_initialize', role: 'library', device: null, kind: 'autonomous', source: `${RT2X}/rt2x00mmio.c:rt2x00mmio_initialize` },
  { name: 'rt2x00pci_probe', role: 'library', device: 0, kind: 'autonomous', source: `${RT2X}/rt2x00pci.c:rt2x00pci_probe` },
  { name: 'rt2x00soc_probe', role: 'library', device: 0, kind: 'autonomous', source: `${RT2X}/rt2x00soc.c:rt2x00soc_probe` },
  { name: 'rtl_pci_probe', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/net/wireless/realtek/rtlwifi/pci.c:rtl_pci_probe' },
  { name: 'rtw89_pci_probe', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/net/wireless/realtek/rtw89/pci.c:rtw89_pci_probe', holds: { from: '6.1' } },
  { name: 'rtw_pci_probe', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/net/wireless/realtek/rtw88/pci.c:rtw_pci_probe' },
  { name: 'mhi_register_controller', role: 'library', device: null, kind: 'autonomous', source: 'drivers/bus/mhi/host/init.c:mhi_register_controller', note: "Rings on the controller's cntrl_dev." },
  { name: 'tb_ring_alloc_rx', role: 'client', device: null, kind: 'autonomous', source: 'drivers/thunderbolt/nhi.c:tb_ring_alloc_rx', note: "A ring of the Thunderbolt host's device." },
  { name: 'tb_ring_alloc_tx', role: 'client', device: null, kind: 'autonomous', source: 'drivers/thunderbolt/nhi.c:tb_ring_alloc_tx', note: "A ring of the Thunderbolt host's device." },

  // Virtio: the bus resets every device.
  { name: 'async_pmem_flush', role: 'library', device: null, kind: 'request', quiescedBy: VIRTIO, source: 'drivers/nvdimm/nd_virtio.c:async_pmem_flush' },
  { name: 'virtio_pmem_host_ack', role: 'library', device: null, kind: 'request', quiescedBy: VIRTIO, source: 'drivers/nvdimm/nd_virtio.c:virtio_pmem_host_ack' },
  { name: 'virtqueue_add_inbuf', role: 'library', device: null, kind: 'autonomous', quiescedBy: VIRTIO, source: `${RING}:virtqueue_add_inbuf` },
  { name: 'virtqueue_add_inbuf_ctx', role: 'library', device: null, kind: 'autonomous', quiescedBy: VIRTIO, source: `${RING}:virtqueue_add_inbuf_ctx` },
  { name: 'virtqueue_add_outbuf', role: 'library', device: null, kind: 'request', quiescedBy: VIRTIO, source: `${RING}:virtqueue_add_outbuf` },
  { name: 'virtqueue_add_sgs', role: 'library', device: null, kind: 'request', quiescedBy: VIRTIO, source: `${RING}:virtqueue_add_sgs` },
  { name: 'vring_create_virtqueue', role: 'library', device: null, kind: 'autonomous', quiescedBy: VIRTIO, source: `${RING}:vring_create_virtqueue`, note: 'Called by transports, whose own device does the DMA.' },
  { name: 'vring_create_virtqueue_dma', role: 'library', device: 10, kind: 'autonomous', quiescedBy: VIRTIO, source: `${RING}:vring_create_virtqueue_dma`, holds: { from: '6.3' } },
  { name: 'vring_new_virtqueue', role: 'library', device: null, kind: 'autonomous', quiescedBy: VIRTIO, source: `${RING}:vring_new_virtqueue`, note: 'Called by transports, whose own device does the DMA.' },

  // Sound.
  { name: 'asoc_qcom_lpass_cpu_platform_probe', role: 'library', device: 0, kind: 'autonomous', source: 'sound/soc/qcom/lpass-cpu.c:asoc_qcom_lpass_cpu_platform_probe' },
  { name: 'axg_fifo_pcm_new', role: 'library', device: null, kind: 'autonomous', source: 'sound/soc/meson/axg-fifo.c:axg_fifo_pcm_new' },
  { name: 'azx_alloc_stream_pages', role: 'library', device: null, kind: 'autonomous', source: 'sound/pci/hda/hda_controller.h:azx_alloc_stream_pages' },
  { name: 'azx_bus_init', role: 'library', device: null, kind: 'autonomous', source: 'sound/pci/hda/hda_controller.c:azx_bus_init' },
  { name: 'azx_probe_codecs', role: 'library', device: null, kind: 'autonomous', source: 'sound/pci/hda/hda_controller.c:azx_probe_codecs' },
  { name: 'oxygen_pci_probe', role: 'library', device: 0, kind: 'autonomous', source: 'sound/pci/oxygen/oxygen_lib.c:oxygen_pci_probe' },
  { name: 'snd_devm_alloc_dir_pages', role: 'library', device: 0, kind: 'autonomous', when: { arg: 1, matches: DMA_TYPE }, direction: 2, size: 3, source: 'sound/core/memalloc.c:snd_devm_alloc_dir_pages', holds: { from: '6.1' } },
  { name: 'snd_devm_alloc_pages', role: 'library', device: 0, kind: 'autonomous', when: { arg: 1, matches: DMA_TYPE }, size: 2, source: `${SND_MEM}:snd_devm_alloc_pages` },
  { name: 'snd_dma_alloc_dir_pages', role: 'library', device: 1, kind: 'autonomous', when: { arg: 0, matches: DMA_TYPE }, direction: 2, size: 3, source: 'sound/core/memalloc.c:snd_dma_alloc_dir_pages', holds: { from: '6.1' } },
  { name: 'snd_dma_alloc_pages', role: 'library', device: 1, kind: 'autonomous', when: { arg: 0, matches: DMA_TYPE }, size: 2, source: `${SND_MEM}:snd_dma_alloc_pages` },
  { name: 'snd_dma_alloc_pages_fallback', role: 'library', device: 1, kind: 'autonomous', when: { arg: 0, matches: DMA_TYPE }, size: 2, source: 'sound/core/memalloc.c:snd_dma_alloc_pages_fallback' },
  { name: 'snd_hdac_bus_alloc_stream_pages', role: 'library', device: null, kind: 'autonomous', source: 'sound/hda/hdac_controller.c:snd_hdac_bus_alloc_stream_pages' },
  { name: 'snd_hdac_ext_bus_init', role: 'library', device: 1, kind: 'autonomous', source: 'sound/hda/ext/hdac_ext_bus.c:snd_hdac_ext_bus_init' },
  { name: 'snd_pcm_lib_preallocate_pages', role: 'library', device: 2, kind: 'autonomous', when: { arg: 1, matches: DMA_TYPE }, size: 3, source: `${SOUND}:snd_pcm_lib_preallocate_pages` },
  { name: 'snd_pcm_lib_preallocate_pages_for_all', role: 'library', device: 2, kind: 'autonomous', when: { arg: 1, matches: DMA_TYPE }, size: 3, source: `${SOUND}:snd_pcm_lib_preallocate_pages_for_all` },
  { name: 'snd_pcm_set_fixed_buffer', role: 'library', device: 2, kind: 'autonomous', when: { arg: 1, matches: DMA_TYPE }, size: 3, source: 'include/sound/pcm.h:snd_pcm_set_fixed_buffer' },
  { name: 'snd_pcm_set_fixed_buffer_all', role: 'library', device: 2, kind: 'autonomous', when: { arg: 1, matches: DMA_TYPE }, size: 3, source: 'include/sound/pcm.h:snd_pcm_set_fixed_buffer_all' },
  { name: 'snd_pcm_set_managed_buffer', role: 'library', device: 2, kind: 'autonomous', when: { arg: 1, matches: DMA_TYPE }, size: 3, source: `${SOUND}:snd_pcm_set_managed_buffer` },
  { name: 'snd_pcm_set_managed_buffer_all', role: 'library', device: 2, kind: 'autonomous', when: { arg: 1, matches: DMA_TYPE }, size: 3, source: `${SOUND}:snd_pcm_set_managed_buffer_all` },
  { name: 'snd_sof_device_probe', role: 'library', device: 0, kind: 'autonomous', source: 'sound/soc/sof/core.c:snd_sof_device_probe' },
  { name: 'sof_of_probe', role: 'library', device: 0, kind: 'autonomous', source: 'sound/soc/sof/sof-of-dev.c:sof_of_probe' },
  { name: 'sof_pci_probe', role: 'library', device: 0, kind: 'autonomous', source: 'sound/soc/sof/sof-pci-dev.c:sof_pci_probe' },

  // Display and GPU.
  { name: 'DEFINE_DRM_GEM_DMA_FOPS', role: 'library', device: null, kind: 'autonomous', source: `${GEM_H}:DEFINE_DRM_GEM_DMA_FOPS`, holds: { from: '6.1' } },
  { name: 'DRM_GEM_CMA_DRIVER_OPS', role: 'library', device: null, kind: 'autonomous', source: 'include/drm/drm_gem_cma_helper.h:DRM_GEM_CMA_DRIVER_OPS', holds: { before: '6.1' } },
  { name: 'DRM_GEM_CMA_DRIVER_OPS_VMAP', role: 'library', device: null, kind: 'autonomous', source: 'include/drm/drm_gem_cma_helper.h:DRM_GEM_CMA_DRIVER_OPS_VMAP', holds: { before: '6.1' } },
  { name: 'drm_fb_cma_get_gem_addr', role: 'library', device: null, kind: 'autonomous', source: 'drivers/gpu/drm/drm_fb_cma_helper.c:drm_fb_cma_get_gem_addr', holds: { before: '6.1' } },
  { name: 'drm_fb_cma_get_gem_obj', role: 'library', device: null, kind: 'autonomous', source: 'drivers/gpu/drm/drm_fb_cma_helper.c:drm_fb_cma_get_gem_obj', holds: { before: '6.1' } },
  { name: 'drm_gem_cma_create', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/gpu/drm/drm_gem_cma_helper.c:drm_gem_cma_create', holds: { before: '6.1' } },
  { name: 'drm_gem_cma_dumb_create', role: 'library', device: 1, kind: 'autonomous', source: 'drivers/gpu/drm/drm_gem_cma_helper.c:drm_gem_cma_dumb_create', holds: { before: '6.1' } },
  { name: 'drm_gem_cma_dumb_create_internal', role: 'library', device: 1, kind: 'autonomous', source: 'drivers/gpu/drm/drm_gem_cma_helper.c:drm_gem_cma_dumb_create_internal', holds: { before: '6.1' } },
  { name: 'drm_gem_cma_prime_import_sg_table', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/gpu/drm/drm_gem_cma_helper.c:drm_gem_cma_prime_import_sg_table', holds: { before: '6.1' } },
  { name: 'DRM_GEM_CMA_DRIVER_OPS_WITH_DUMB_CREATE', role: 'library', device: null, kind: 'autonomous', source: 'include/drm/drm_gem_cma_helper.h:DRM_GEM_CMA_DRIVER_OPS_WITH_DUMB_CREATE', holds: { before: '6.1' } },
  { name: 'DRM_GEM_DMA_DRIVER_OPS', role: 'library', device: null, kind: 'autonomous', source: `${GEM_H}:DRM_GEM_DMA_DRIVER_OPS`, holds: { from: '6.1' } },
  { name: 'DRM_GEM_DMA_DRIVER_OPS_VMAP', role: 'library', device: null, kind: 'autonomous', source: `${GEM_H}:DRM_GEM_DMA_DRIVER_OPS_VMAP`, holds: { from: '6.1' } },
  { name: 'DRM_GEM_DMA_DRIVER_OPS_VMAP_WITH_DUMB_CREATE', role: 'library', device: null, kind: 'autonomous', source: `${GEM_H}:DRM_GEM_DMA_DRIVER_OPS_VMAP_WITH_DUMB_CREATE`, holds: { from: '6.1' } },
  { name: 'DRM_GEM_DMA_DRIVER_OPS_WITH_DUMB_CREATE', role: 'library', device: null, kind: 'autonomous', source: `${GEM_H}:DRM_GEM_DMA_DRIVER_OPS_WITH_DUMB_CREATE`, holds: { from: '6.1' } },
  { name: 'drm_fb_dma_get_gem_addr', role: 'library', device: null, kind: 'autonomous', source: 'drivers/gpu/drm/drm_fb_dma_helper.c:drm_fb_dma_get_gem_addr', holds: { from: '6.1' } },
  { name: 'drm_fb_dma_get_gem_obj', role: 'library', device: null, kind: 'autonomous', source: 'drivers/gpu/drm/drm_fb_dma_helper.c:drm_fb_dma_get_gem_obj', holds: { from: '6.1' } },
  { name: 'drm_fb_dma_sync_non_coherent', role: 'library', device: null, kind: 'autonomous', source: 'drivers/gpu/drm/drm_fb_dma_helper.c:drm_fb_dma_sync_non_coherent', holds: { from: '6.1' } },
  { name: 'drm_gem_dma_create', role: 'library', device: 0, size: 1, kind: 'autonomous', source: `${GEM}:drm_gem_dma_create`, holds: { from: '6.1' } },
  { name: 'drm_gem_dma_dumb_create', role: 'library', device: 1, kind: 'autonomous', source: `${GEM}:drm_gem_dma_dumb_create`, holds: { from: '6.1' } },
  { name: 'drm_gem_dma_dumb_create_internal', role: 'library', device: 1, kind: 'autonomous', source: `${GEM}:drm_gem_dma_dumb_create_internal`, holds: { from: '6.1' } },
  { name: 'drm_gem_dma_prime_import_sg_table', role: 'library', device: 0, kind: 'autonomous', source: `${GEM}:drm_gem_dma_prime_import_sg_table`, holds: { from: '6.1' } },
  { name: 'drm_gem_dma_prime_import_sg_table_vmap', role: 'library', device: 0, kind: 'autonomous', source: `${GEM}:drm_gem_dma_prime_import_sg_table_vmap`, holds: { from: '6.1' } },
  { name: 'drm_gem_shmem_get_pages_sgt', role: 'library', device: null, kind: 'request', source: 'drivers/gpu/drm/drm_gem_shmem_helper.c:drm_gem_shmem_get_pages_sgt' },

  // Media.
  { name: 'cx25821_risc_databuffer_audio', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/media/pci/cx25821/cx25821-core.c:cx25821_risc_databuffer_audio' },
  { name: 'cx88_core_get', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/media/pci/cx88/cx88-core.c:cx88_core_get' },
  { name: 'cx88_risc_buffer', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/media/pci/cx88/cx88-core.c:cx88_risc_buffer' },
  { name: 'cx88_risc_databuffer', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/media/pci/cx88/cx88-core.c:cx88_risc_databuffer' },
  { name: 'flexcop_dma_allocate', role: 'library', device: 0, size: 2, kind: 'autonomous', source: 'drivers/media/pci/b2c2/flexcop-dma.c:flexcop_dma_allocate' },
  { name: 'fw_iso_buffer_init', role: 'client', device: null, kind: 'autonomous', source: 'drivers/firewire/core-iso.c:fw_iso_buffer_init', note: "Mapped on the FireWire controller's device." },
  { name: 'mantis_dma_init', role: 'library', device: null, kind: 'autonomous', source: 'drivers/media/pci/mantis/mantis_dma.c:mantis_dma_init' },
  { name: 'mccic_register', role: 'library', device: null, kind: 'autonomous', source: 'drivers/media/platform/marvell/mcam-core.c:mccic_register' },
  { name: 'saa7134_pgtable_alloc', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/media/pci/saa7134/saa7134-core.c:saa7134_pgtable_alloc' },
  { name: 'saa7146_pgtable_alloc', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/media/common/saa7146/saa7146_core.c:saa7146_pgtable_alloc' },
  { name: 'saa7146_vmalloc_build_pgtable', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/media/common/saa7146/saa7146_core.c:saa7146_vmalloc_build_pgtable' },
  { name: 'ttpci_budget_init', role: 'library', device: null, kind: 'autonomous', source: 'drivers/media/pci/ttpci/budget-core.c:ttpci_budget_init' },
  { name: 'vb2_dma_contig_memops', role: 'library', device: null, storedIn: 'dev', source: 'drivers/media/common/videobuf2/videobuf2-dma-contig.c:vb2_dma_contig_memops', note: 'Capture goes on by itself, a codec works on request.' },
  { name: 'vb2_dma_sg_memops', role: 'library', device: null, storedIn: 'dev', source: 'drivers/media/common/videobuf2/videobuf2-dma-sg.c:vb2_dma_sg_memops', note: 'Capture goes on by itself, a codec works on request.' },
  { name: 'videobuf_queue_dma_contig_init', role: 'library', device: 2, kind: 'autonomous', source: 'drivers/media/v4l2-core/videobuf-dma-contig.c:videobuf_queue_dma_contig_init', holds: { before: '6.8' } },
  { name: 'videobuf_queue_sg_init', role: 'library', device: 2, kind: 'autonomous', source: 'drivers/media/v4l2-core/videobuf-dma-sg.c:videobuf_queue_sg_init', holds: { before: '6.8' } },

  // Processors, crypto, serial engines, user space.
  { name: 'adf_dev_init', role: 'library', device: null, kind: 'request', source: 'drivers/crypto/qat/qat_common/adf_init.c:adf_dev_init', holds: { before: '6.3' } },
  { name: 'adf_dev_up', role: 'library', device: null, kind: 'request', source: 'drivers/crypto/intel/qat/qat_common/adf_init.c:adf_dev_up', holds: { from: '6.1' } },
  { name: 'devm_rproc_add', role: 'library', device: 0, kind: 'autonomous', source: 'drivers/remoteproc/remoteproc_core.c:devm_rproc_add', note: 'The remote core runs firmware that masters the bus on its own account.' },
  { name: 'geni_se_rx_init_dma', role: 'library', device: null, kind: 'request', size: 2, source: 'drivers/soc/qcom/qcom-geni-se.c:geni_se_rx_init_dma', holds: { from: '6.5' }, note: "Mapped by the caller on the wrapper's device; the serial engine is the master." },
  { name: 'geni_se_tx_init_dma', role: 'library', device: null, kind: 'request', size: 2, source: 'drivers/soc/qcom/qcom-geni-se.c:geni_se_tx_init_dma', holds: { from: '6.5' }, note: "Mapped by the caller on the wrapper's device; the serial engine is the master." },
  { name: 'geni_se_rx_dma_prep', role: 'library', device: null, kind: 'request', size: 2, source: 'drivers/soc/qcom/qcom-geni-se.c:geni_se_rx_dma_prep', note: "Mapped on the wrapper's device; the serial engine is the master." },
  { name: 'geni_se_tx_dma_prep', role: 'library', device: null, kind: 'request', size: 2, source: 'drivers/soc/qcom/qcom-geni-se.c:geni_se_tx_dma_prep', note: "Mapped on the wrapper's device; the serial engine is the master." },
  { name: 'hisi_qm_init', role: 'library', device: null, kind: 'request', source: 'drivers/crypto/hisilicon/qm.c:hisi_qm_init' },
  { name: 'ib_umem_get', role: 'library', device: 0, size: 2, kind: 'autonomous', source: 'drivers/infiniband/core/umem.c:ib_umem_get', note: 'User memory that the RDMA device reads and writes on its own account.' },
  { name: 'rproc_add', role: 'library', device: null, kind: 'autonomous', source: 'drivers/remoteproc/remoteproc_core.c:rproc_add', note: 'The remote core runs firmware that masters the bus on its own account.' },
  { name: 'serial8250_request_dma', role: 'client', device: null, source: 'drivers/tty/serial/8250/8250_dma.c:serial8250_request_dma' },
  { name: 'dw_spi_dma_setup_generic', role: 'client', device: null, kind: 'request', source: 'drivers/spi/spi-dw-dma.c:dw_spi_dma_setup_generic' },
  { name: 'dw_spi_dma_setup_mfld', role: 'client', device: null, kind: 'request', source: 'drivers/spi/spi-dw-dma.c:dw_spi_dma_setup_mfld' },
  { name: 'vfio_pci_core_register_device', role: 'library', device: null, kind: 'autonomous', source: 'drivers/vfio/pci/vfio_pci_core.c:vfio_pci_core_register_device', note: 'User space owns the DMA.' },
  { name: 'vfio_register_group_dev', role: 'library', device: null, kind: 'autonomous', source: 'drivers/vfio/vfio_main.c:vfio_register_group_dev', note: 'User space owns the DMA.' },
  { name: 'xillybus_endpoint_discovery', role: 'library', device: null, kind: 'autonomous', source: 'drivers/char/xillybus/xillybus_core.c:xillybus_endpoint_discovery' },
];

/** All rows, sorted by name. */
export const LIBRARIES: readonly DmaRow[] = [...ROWS].sort((a, b) =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
);
