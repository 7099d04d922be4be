/**
 * Names that a driver of any bus has from the kernel (`include/linux/device/driver.h`, `platform_device.h`, `pci.h`,
 * `types.h`): what stays also where no kernel headers are at hand.
 */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  (
    'device dev device_driver driver name owner bus parent of_node of_match_table acpi_match_table pm pm_ops id id_table ' +
    'probe remove shutdown suspend resume freeze thaw poweroff restore runtime_suspend runtime_resume release open close ' +
    'start stop init exit reset platform_device platform_driver platform_device_id pci_dev pci_driver pci_device_id ' +
    'amba_device amba_driver amba_id auxiliary_device auxiliary_driver auxiliary_device_id virtio_device virtio_driver ' +
    'usb_interface usb_driver usb_device_id i2c_client i2c_driver i2c_device_id spi_device spi_driver spi_device_id ' +
    'sdio_func sdio_driver sdio_device_id of_device_id acpi_device_id device_node net_device net_device_ops notifier_block ' +
    'notifier_call work_struct timer_list irqreturn_t dma_addr_t phys_addr_t size_t ssize_t gfp_t u8 u16 u32 u64 s8 s16 s32 ' +
    's64 __le16 __le32 __le64 __be16 __be32 __be64 bool true false NULL GFP_KERNEL GFP_ATOMIC ENOMEM EINVAL ENODEV ' +
    'EPROBE_DEFER DMA_BIT_MASK DMA_FROM_DEVICE DMA_TO_DEVICE DMA_BIDIRECTIONAL dma_data_direction THIS_MODULE ' +
    'module_platform_driver module_pci_driver module_init module_exit module_driver module_amba_driver ' +
    'module_auxiliary_driver module_virtio_driver module_usb_driver module_i2c_driver module_spi_driver builtin_platform_driver ' +
    'MODULE_DEVICE_TABLE MODULE_LICENSE EXPORT_SYMBOL EXPORT_SYMBOL_GPL __init __exit __iomem __maybe_unused readl writel ' +
    'readq writeq readw writew readb writeb ioread32 iowrite32 container_of platform_get_drvdata platform_set_drvdata ' +
    'dev_get_drvdata dev_set_drvdata pci_get_drvdata pci_set_drvdata container ndev netdev priv pdev CONFIG_PM ' +
    'CONFIG_PM_SLEEP CONFIG_OF CONFIG_ACPI CONFIG_KEXEC CONFIG_KEXEC_CORE IS_ENABLED of pci linux'
  ).split(' '),
);
