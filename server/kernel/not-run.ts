import type { Sourced } from './types.ts';

/** A struct whose `.shutdown` (or the like) is not the hook of a device driver. */
export interface FalseHookRow extends Sourced {
  readonly struct: string;
  /** When the member is called instead. */
  readonly calledWhen: string;
}

/** `name` in `file` for structs named after themselves. */
function falseHook(struct: string, calledWhen: string, file: string): FalseHookRow {
  return { struct, calledWhen, source: `${file}:${struct}` };
}

/**
 * Structs with a `.shutdown` that `device_shutdown` never calls. Found by a search for members of that name over both
 * trees; about half of the `.shutdown =` lines of drivers/, sound/ and net/ belong to one of these.
 */
// biome-ignore format: one row a line
export const FALSE_HOOKS: readonly FalseHookRow[] = [
  falseHook('bus_type', 'at shutdown, for every device of the bus: the bus method, not a driver', 'include/linux/device/bus.h'),
  falseHook('eh_ops', 'when a USB/IP connection ends', 'drivers/usb/usbip/usbip_common.h'),
  falseHook('fsl_elbc_gpcm', 'when the UIO device goes', 'drivers/uio/uio_fsl_elbc_gpcm.c'),
  falseHook('hc_driver', 'by usb_hcd_platform_shutdown or usb_hcd_pci_shutdown, if the driver wires one', 'include/linux/usb/hcd.h'),
  falseHook('hci_dev', 'when the Bluetooth device is switched off', 'include/net/bluetooth/hci_core.h'),
  falseHook('hmcdrv_ftp_ops', 'when a transfer ends', 'drivers/s390/char/hmcdrv_ftp.c'),
  falseHook('ibm_struct', "by the module's own platform hook", 'drivers/platform/x86/thinkpad_acpi.c'),
  falseHook('intel_encoder', "by the graphics driver's own hook", 'drivers/gpu/drm/i915/display/intel_display_types.h'),
  falseHook('ipmi_smi_handlers', 'when the interface is unregistered', 'include/linux/ipmi_smi.h'),
  falseHook('ipmi_user_hndl', 'when the interface is unregistered', 'include/linux/ipmi.h'),
  falseHook('machine_ops', 'in machine_shutdown, after all devices', 'arch/x86/include/asm/reboot.h'),
  falseHook('mbox_chan_ops', 'when a client gives the channel back', 'include/linux/mailbox_controller.h'),
  falseHook('mmc_bus_ops', 'by mmc_bus_shutdown: the MMC core, not the host driver', 'drivers/mmc/core/core.h'),
  falseHook('pci_controller_ops', 'at kexec on powerpc, for the host bridge', 'arch/powerpc/include/asm/pci-bridge.h'),
  falseHook('proto', 'when a socket is shut down', 'include/net/sock.h'),
  falseHook('proto_ops', 'when a socket is shut down', 'include/linux/net.h'),
  falseHook('qcom_adsp', 'when the remote processor is stopped', 'drivers/remoteproc/qcom_q6v5_adsp.c'),
  falseHook('qlcnic_nic_template', "by the driver's own PCI hook", 'drivers/net/ethernet/qlogic/qlcnic/qlcnic.h'),
  falseHook('rtw_chip_ops', "by the core's hook", 'drivers/net/wireless/realtek/rtw88/main.h'),
  falseHook('snd_soc_cdai_ops', 'when a stream is closed', 'include/sound/soc-dai.h'),
  falseHook('snd_soc_compr_ops', 'when a stream is closed', 'include/sound/soc.h'),
  falseHook('snd_soc_dai_ops', 'when a stream is closed', 'include/sound/soc-dai.h'),
  falseHook('snd_soc_ops', 'when a stream is closed', 'include/sound/soc.h'),
  falseHook('snd_sof_dsp_ops', 'by snd_sof_device_shutdown, once the firmware has booted', 'sound/soc/sof/sof-priv.h'),
  falseHook('sof_probes_host_ops', 'when a stream is closed', 'sound/soc/sof/sof-client-probes.h'),
  falseHook('super_operations', 'when a file system is shut down', 'include/linux/fs.h'),
  falseHook('syscore_ops', 'after all devices, on one CPU; before 6.12 not on the way to kexec', 'include/linux/syscore_ops.h'),
  falseHook('tb_nhi_ops', "by the host's own remove", 'drivers/thunderbolt/nhi.h'),
  falseHook('tty_operations', 'when a terminal is released', 'include/linux/tty_driver.h'),
  falseHook('tty_port_operations', 'when a terminal is closed', 'include/linux/tty_port.h'),
  falseHook('uart_ops', 'when a port is closed', 'include/linux/serial_core.h'),
  falseHook('uart_port', 'when a port is closed', 'include/linux/serial_core.h'),
  falseHook('usb_phy', 'when the controller stops its PHY', 'include/linux/usb/phy.h'),
  falseHook('usbip_device', 'when a USB/IP connection ends', 'drivers/usb/usbip/usbip_common.h'),
  falseHook('vsock_transport', 'when a socket is shut down', 'include/net/af_vsock.h'),
  falseHook('xgene_port_ops', 'when the interface is closed', 'drivers/net/ethernet/apm/xgene/xgene_enet_main.h'),
  falseHook('xive_ops', 'at kexec on powerpc, for the interrupt controller', 'arch/powerpc/sysdev/xive/xive-internal.h'),
];

/** A macro that hands its only (or first) argument on as a value, or NULL where a CONFIG is off. */
export interface ValueWrapperRow extends Sourced {
  readonly name: string;
  /** Zero-based index of the argument that is the value. */
  readonly value: number;
  /** The value is NULL without this; null where the macro never drops it, or its own argument decides. */
  readonly needs: string | null;
}

/** Macros around the values of initialisers: `pm_ptr(foo_shutdown)` is `foo_shutdown`. */
// biome-ignore format: one row a line
export const VALUE_WRAPPERS: readonly ValueWrapperRow[] = [
  { name: '__exit_p', value: 0, needs: 'MODULE', source: 'include/linux/init.h:__exit_p' },
  { name: 'ACPI_PTR', value: 0, needs: 'CONFIG_ACPI', source: 'include/linux/acpi.h:ACPI_PTR' },
  { name: 'of_match_ptr', value: 0, needs: 'CONFIG_OF', source: 'include/linux/of.h:of_match_ptr' },
  { name: 'pm_ptr', value: 0, needs: 'CONFIG_PM', source: 'include/linux/pm.h:pm_ptr' },
  { name: 'pm_sleep_ptr', value: 0, needs: 'CONFIG_PM_SLEEP', source: 'include/linux/pm.h:pm_sleep_ptr', holds: { from: '6.1' } },
  { name: 'PTR_IF', value: 1, needs: null, source: 'include/linux/kernel.h:PTR_IF' },
];

/** A function that registers a handler for the end of the system. */
export interface HandlerRow extends Sourced {
  readonly name: string;
  /** Whether what it registers runs on the way to an ordinary kexec. */
  readonly runsAtKexec: boolean;
  /** Zero-based index of the argument that holds the handler: a notifier_block, or the function itself. */
  readonly handler: number;
  /** The handler is a member of the struct named by the argument: `notifier_call`. */
  readonly member?: string;
  readonly note?: string;
}

/**
 * Reboot notifiers run before the first hook; restart and power-off handlers belong to `machine_restart` and kin,
 * which kexec does not call (`kernel/reboot.c:kernel_restart_prepare`, `kernel/kexec_core.c:kernel_kexec`).
 */
// biome-ignore format: one row a line
export const HANDLERS: readonly HandlerRow[] = [
  { name: 'blocking_notifier_chain_register', runsAtKexec: false, handler: 1, member: 'notifier_call', source: 'kernel/notifier.c:blocking_notifier_chain_register', note: 'Only if the chain is reboot_notifier_list.' },
  { name: 'devm_register_power_off_handler', runsAtKexec: false, handler: 1, source: 'kernel/reboot.c:devm_register_power_off_handler', holds: { from: '6.1' } },
  { name: 'devm_register_reboot_notifier', runsAtKexec: true, handler: 1, member: 'notifier_call', source: 'kernel/reboot.c:devm_register_reboot_notifier' },
  { name: 'devm_register_restart_handler', runsAtKexec: false, handler: 1, source: 'kernel/reboot.c:devm_register_restart_handler', holds: { from: '6.1' } },
  { name: 'devm_register_sys_off_handler', runsAtKexec: false, handler: 3, source: 'kernel/reboot.c:devm_register_sys_off_handler', holds: { from: '6.1' } },
  { name: 'register_die_notifier', runsAtKexec: false, handler: 0, member: 'notifier_call', source: 'kernel/notifier.c:register_die_notifier' },
  { name: 'register_platform_power_off', runsAtKexec: false, handler: 0, source: 'kernel/reboot.c:register_platform_power_off', holds: { from: '6.1' } },
  { name: 'register_pm_notifier', runsAtKexec: false, handler: 0, member: 'notifier_call', source: 'kernel/power/main.c:register_pm_notifier' },
  { name: 'register_reboot_notifier', runsAtKexec: true, handler: 0, member: 'notifier_call', source: 'kernel/reboot.c:register_reboot_notifier', note: 'Called with SYS_RESTART before any .shutdown.' },
  { name: 'register_restart_handler', runsAtKexec: false, handler: 0, member: 'notifier_call', source: 'kernel/reboot.c:register_restart_handler' },
  { name: 'register_sys_off_handler', runsAtKexec: false, handler: 2, source: 'kernel/reboot.c:register_sys_off_handler', holds: { from: '6.1' } },
  { name: 'register_syscore_ops', runsAtKexec: false, handler: 0, member: 'shutdown', source: 'drivers/base/syscore.c:register_syscore_ops', holds: { before: '6.12' }, note: 'kernel_kexec of these kernels does not call syscore_shutdown.' },
  { name: 'register_syscore', runsAtKexec: true, handler: 0, member: 'shutdown', source: 'drivers/base/syscore.c:register_syscore', holds: { from: '6.12' }, note: 'After all devices, on one CPU.' },
];

/** Members of structs beside a driver's that run at shutdown or look as if they did. */
export interface SideHookRow extends Sourced {
  readonly struct: string;
  readonly member: string;
  readonly runsAtKexec: boolean;
}

/** `drivers/base/core.c:device_shutdown` calls the class's `shutdown_pre`; no other member of these. */
// biome-ignore format: one row a line
export const SIDE_HOOKS: readonly SideHookRow[] = [
  { struct: 'class', member: 'shutdown_pre', runsAtKexec: true, source: 'include/linux/device/class.h:class' },
  { struct: 'dev_pm_ops', member: 'poweroff', runsAtKexec: false, source: 'include/linux/pm.h:dev_pm_ops' },
  { struct: 'dev_pm_ops', member: 'runtime_suspend', runsAtKexec: false, source: 'include/linux/pm.h:dev_pm_ops' },
  { struct: 'dev_pm_ops', member: 'suspend', runsAtKexec: false, source: 'include/linux/pm.h:dev_pm_ops' },
  { struct: 'device_driver', member: 'coredump', runsAtKexec: false, source: 'include/linux/device/driver.h:device_driver' },
  { struct: 'device_driver', member: 'remove', runsAtKexec: false, source: 'include/linux/device/driver.h:device_driver' },
  { struct: 'device_driver', member: 'suspend', runsAtKexec: false, source: 'include/linux/device/driver.h:device_driver' },
  { struct: 'device_driver', member: 'sync_state', runsAtKexec: false, source: 'include/linux/device/driver.h:device_driver' },
];

/**
 * Exported functions that reach the DMA API with their caller's device and yet make no master of it. An analysis that
 * derives library entry points from a tree must leave them out.
 */
export interface NotDmaRow extends Sourced {
  readonly name: string;
  readonly why: string;
}

// biome-ignore format: one row a line
export const NOT_DMA: readonly NotDmaRow[] = [
  { name: 'devm_spi_register_controller', why: "maps transfers for the DMA channel's device, unless the controller itself does", source: 'drivers/spi/spi.c:devm_spi_register_controller' },
  { name: 'drm_gem_vram_pin', why: "places the buffer in the device's own memory: its TTM device uses no dma_alloc and maps nothing", source: 'drivers/gpu/drm/drm_gem_vram_helper.c:drm_gem_vram_pin' },
  { name: 'drm_gem_vram_vmap', why: "maps the device's own memory for the CPU", source: 'drivers/gpu/drm/drm_gem_vram_helper.c:drm_gem_vram_vmap' },
  { name: 'dw_pcie_host_init', why: 'maps one word as the target address of MSIs, which is never written in memory', source: 'drivers/pci/controller/dwc/pcie-designware-host.c:dw_pcie_host_init' },
  { name: 'dw_pcie_msi_host_init', why: 'maps one word as the target address of MSIs, which is never written in memory', source: 'drivers/pci/controller/dwc/pcie-designware-host.c:dw_pcie_msi_host_init', holds: { from: '6.2' } },
  { name: 'dw_pcie_setup_rc', why: 'writes the target address of MSIs', source: 'drivers/pci/controller/dwc/pcie-designware-host.c:dw_pcie_setup_rc' },
  { name: 'iproc_msi_init', why: 'event queues of the bridge for MSIs', source: 'drivers/pci/controller/pcie-iproc-msi.c:iproc_msi_init' },
  { name: 'mtk_ecc_encode', why: "maps on the ECC engine's device", source: 'drivers/mtd/nand/ecc-mtk.c:mtk_ecc_encode' },
  { name: 'pci_epf_alloc_space', why: "allocates on the endpoint controller's device", source: 'drivers/pci/endpoint/pci-epf-core.c:pci_epf_alloc_space' },
  { name: 'qcom_scm_assign_mem', why: "allocates on the secure monitor's device", source: 'drivers/firmware/qcom/qcom_scm.c:qcom_scm_assign_mem' },
  { name: 'qcom_scm_pas_init_image', why: "allocates on the secure monitor's device", source: 'drivers/firmware/qcom/qcom_scm.c:qcom_scm_pas_init_image' },
  { name: 'rpi_firmware_property', why: "a mailbox message on the firmware's device", source: 'drivers/firmware/raspberrypi.c:rpi_firmware_property' },
  { name: 'rpi_firmware_property_list', why: "a mailbox message on the firmware's device", source: 'drivers/firmware/raspberrypi.c:rpi_firmware_property_list' },
  { name: 'spi_register_controller', why: "maps transfers for the DMA channel's device, unless the controller itself does", source: 'drivers/spi/spi.c:spi_register_controller' },
  { name: 'stm32_timers_dma_burst_read', why: "a transfer of the DMA engine for the parent's device", source: 'drivers/mfd/stm32-timers.c:stm32_timers_dma_burst_read' },
  { name: 'tegra_ivc_init', why: 'maps a page shared with another processor on that peer', source: 'drivers/firmware/tegra/ivc.c:tegra_ivc_init' },
];
