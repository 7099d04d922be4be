import { busRow } from './bus-row.ts';
import { PLAIN_BUSES } from './buses-plain.ts';
import type { BusRow, WrapperRow } from './types.ts';

/**
 * Every struct of Linux 6.1 or 6.12 that embeds a `struct device_driver`, directly or through another bus's driver
 * struct, and what becomes of a `.shutdown` put into it. Three rules decide `fate`: a bus_type with `.shutdown`
 * ignores the embedded member (`drivers/base/core.c:device_shutdown` calls one or the other); a register function
 * that assigns it overwrites it; otherwise it is honoured.
 *
 * Here stand the buses with a `.shutdown` of their own or with a register function that touches the hook; the many
 * others are in `buses-plain.ts`. Columns: struct, path of the embedded driver, own member, fate of the embedded
 * one, the bus's function, what the core does without a hook, who does DMA, match table, header, bus_type.
 */

const NEVER = 'The member is declared, but nobody calls it.';

// biome-ignore format: one row a line
const HOOKED: readonly BusRow[] = [
  busRow('ac97_codec_driver', 'driver', 'never-called', 'honoured', null, 'nothing', 'none', 'other:id_table', 'include/sound/ac97/codec.h', 'sound/ac97/bus.c:ac97_bus_type', { note: NEVER }),
  busRow('amba_driver', 'drv', 'called', 'ignored', 'amba_shutdown', 'nothing', 'master', 'amba:id_table', 'include/linux/amba/bus.h', 'drivers/amba/bus.c:amba_bustype'),
  busRow('asus_wmi_driver', 'platform_driver.driver', 'none', 'ignored', 'platform_shutdown', 'nothing', 'none', '', 'drivers/platform/x86/asus-wmi.h', 'drivers/base/platform.c:platform_bus_type', { wraps: { struct: 'platform_driver', member: 'platform_driver', shutdown: 'called' } }),
  busRow('auxiliary_driver', 'driver', 'called', 'ignored', 'auxiliary_bus_shutdown', 'nothing', 'via-parent', 'other:id_table', 'include/linux/auxiliary_bus.h', 'drivers/base/auxiliary.c:auxiliary_bus_type', { note: "An auxiliary device does DMA through its parent's device: the parent's hook is what counts." }),
  busRow('bcm2835_audio_driver', 'driver', 'none', 'ignored', null, 'nothing', 'via-parent', '', 'drivers/staging/vc04_services/bcm2835-audio/bcm2835.c', '', { note: 'Never registered with a bus; a table of sound cards.' }),
  busRow('bcma_driver', 'drv', 'never-called', 'honoured', null, 'nothing', 'master', 'other:id_table', 'include/linux/bcma/bcma.h', 'drivers/bcma/main.c:bcma_bus_type', { note: NEVER }),
  busRow('ccw_driver', 'driver', 'called', 'ignored', 'ccw_device_shutdown', 'nothing', 'client', 'other:ids', 'arch/s390/include/asm/ccwdev.h', 'drivers/s390/cio/device.c:ccw_bus_type', { arch: 's390', note: 'Without a hook the bus only switches channel measurement off.' }),
  busRow('ccwgroup_driver', 'driver', 'called', 'ignored', 'ccwgroup_shutdown', 'nothing', 'client', '', 'arch/s390/include/asm/ccwgroup.h', 'drivers/s390/cio/ccwgroup.c:ccwgroup_bus_type', { arch: 's390' }),
  busRow('cdx_driver', 'driver', 'called', 'ignored', 'cdx_shutdown', 'nothing', 'master', 'other:match_id_table', 'include/linux/cdx/cdx_bus.h', 'drivers/cdx/cdx.c:cdx_bus_type', { holds: { from: '6.4' } }),
  busRow('css_driver', 'drv', 'called', 'ignored', 'css_shutdown', 'nothing', 'client', 'other:subchannel_type', 'drivers/s390/cio/css.h', 'drivers/s390/cio/css.c:css_bus_type'),
  busRow('dp_aux_ep_driver', 'driver', 'called', 'ignored', 'dp_aux_ep_shutdown', 'nothing', 'none', '', 'include/drm/display/drm_dp_aux_bus.h', 'drivers/gpu/drm/display/drm_dp_aux_bus.c:dp_aux_bus_type'),
  busRow('drm_i2c_encoder_driver', 'i2c_driver.driver', 'none', 'ignored', 'i2c_device_shutdown', 'disables-irq', 'client', 'other:i2c_driver.id_table', 'include/drm/drm_encoder_slave.h', 'drivers/i2c/i2c-core-base.c:i2c_bus_type', { wraps: { struct: 'i2c_driver', member: 'i2c_driver', shutdown: 'called' } }),
  busRow('ecard_driver', 'drv', 'called', 'ignored', 'ecard_drv_shutdown', 'nothing', 'master', 'other:id_table', 'arch/arm/include/asm/ecard.h', 'arch/arm/mach-rpc/ecard.c:ecard_bus_type', { arch: 'arm', note: "The bus calls the reset handler of the card's loader, where the card has one." }),
  busRow('fsl_mc_driver', 'driver', 'called', 'overwritten-if-own', null, 'parent-removes', 'master', 'other:match_id_table', 'include/linux/fsl/mc.h', 'drivers/bus/fsl-mc/fsl-mc-bus.c:fsl_mc_bus_type', { register: 'drivers/bus/fsl-mc/fsl-mc-bus.c:__fsl_mc_driver_register', note: 'The hook of the root bus driver removes all children and stops the management complex (fsl_mc_bus_remove).' }),
  busRow('gio_driver', 'driver', 'called', 'ignored', 'gio_device_shutdown', 'nothing', 'master', 'other:id_table', 'arch/mips/include/asm/gio_device.h', 'arch/mips/sgi-ip22/ip22-gio.c:gio_bus_type', { arch: 'mips' }),
  busRow('greybus_driver', 'driver', 'none', 'ignored', 'greybus_shutdown', 'nothing', 'client', 'other:id_table', 'include/linux/greybus.h', 'drivers/greybus/core.c:greybus_bus_type', { note: 'The bus shuts the host device down, nothing else.' }),
  busRow('hda_codec_driver', 'core.driver', 'none', 'overwritten', null, 'suspends-device', 'client', 'other:id', 'include/sound/hda_codec.h', 'sound/hda/hda_bus_type.c:snd_hda_bus_type', { register: 'sound/pci/hda/hda_bind.c:__hda_codec_driver_register', wraps: { struct: 'hdac_driver', member: 'core', shutdown: 'never-called' }, note: 'The codec core suspends the PCMs and powers the codec down (snd_hda_codec_shutdown); the controller is another device.' }),
  busRow('hdac_driver', 'driver', 'called', 'overwritten-if-own', null, 'nothing', 'client', 'other:id_table', 'include/sound/hdaudio.h', 'sound/hda/hda_bus_type.c:snd_hda_bus_type', { register: 'sound/hda/ext/hdac_ext_bus.c:snd_hda_ext_driver_register' }),
  busRow('host1x_driver', 'driver', 'called', 'overwritten', null, 'nothing', 'via-parent', 'of:subdevs', 'include/linux/host1x.h', 'drivers/gpu/host1x/bus.c:host1x_bus_type', { register: 'drivers/gpu/host1x/bus.c:host1x_driver_register_full', note: 'A logical device: the DMA is done by its sub-devices, which are platform devices.' }),
  busRow('hv_driver', 'driver', 'called', 'ignored', 'vmbus_shutdown', 'closes-channel', 'via-parent', 'other:id_table', 'include/linux/hyperv.h', 'drivers/hv/vmbus_drv.c:hv_bus', { note: 'VMBus is unloaded on kexec; the hypervisor closes the channels (hv_kexec_handler).' }),
  busRow('i2c_driver', 'driver', 'called', 'ignored', 'i2c_device_shutdown', 'disables-irq', 'client', 'other:id_table', 'include/linux/i2c.h', 'drivers/i2c/i2c-core-base.c:i2c_bus_type'),
  busRow('isa_driver', 'driver', 'called', 'ignored', 'isa_bus_shutdown', 'nothing', 'isa', '', 'include/linux/isa.h', 'drivers/base/isa.c:isa_bus_type'),
  busRow('macio_driver', 'driver', 'called', 'ignored', 'macio_device_shutdown', 'nothing', 'master', '', 'arch/powerpc/include/asm/macio.h', 'drivers/macintosh/macio_asic.c:macio_bus_type', { arch: 'powerpc' }),
  busRow('mcb_driver', 'driver', 'called', 'ignored', 'mcb_shutdown', 'nothing', 'via-parent', 'other:id_table', 'include/linux/mcb.h', 'drivers/mcb/mcb-core.c:mcb_bus_type'),
  busRow('mdio_driver', 'mdiodrv.driver', 'called', 'overwritten', null, 'nothing', 'none', '', 'include/linux/mdio.h', 'drivers/net/phy/mdio_bus.c:mdio_bus_type', { register: 'drivers/net/phy/mdio_device.c:mdio_driver_register' }),
  busRow('mipi_dsi_driver', 'driver', 'called', 'overwritten-if-own', null, 'nothing', 'none', '', 'include/drm/drm_mipi_dsi.h', 'drivers/gpu/drm/drm_mipi_dsi.c:mipi_dsi_bus_type', { register: 'drivers/gpu/drm/drm_mipi_dsi.c:mipi_dsi_driver_register_full' }),
  busRow('mips_cdmm_driver', 'drv', 'called', 'overwritten-if-own', null, 'nothing', 'none', 'other:id_table', 'arch/mips/include/asm/cdmm.h', 'drivers/bus/mips_cdmm.c:mips_cdmm_bustype', { register: 'drivers/bus/mips_cdmm.c:mips_cdmm_driver_register', arch: 'mips' }),
  busRow('mmc_driver', 'drv', 'called', 'ignored', 'mmc_bus_shutdown', 'suspends-device', 'client', '', 'drivers/mmc/core/bus.h', 'drivers/mmc/core/bus.c:mmc_bus_type', { note: 'The bus stops the host and suspends an eMMC or SD card; SDIO cards have no such operation.' }),
  busRow('nd_device_driver', 'drv', 'called', 'ignored', 'nvdimm_bus_shutdown', 'nothing', 'none', '', 'include/linux/nd.h', 'drivers/nvdimm/bus.c:nvdimm_bus_type'),
  busRow('nx_crypto_driver', 'viodriver.driver', 'none', 'ignored', 'vio_bus_shutdown', 'removes-device', 'master', 'other:viodriver.id_table', 'drivers/crypto/nx/nx.h', 'arch/powerpc/platforms/pseries/vio.c:vio_bus_type', { wraps: { struct: 'vio_driver', member: 'viodriver', shutdown: 'called' } }),
  busRow('pci_driver', 'driver', 'called', 'ignored', 'pci_device_shutdown', 'clears-bus-master', 'master', 'pci:id_table', 'include/linux/pci.h', 'drivers/pci/pci-driver.c:pci_bus_type', { note: 'On an ordinary kexec the PCI core clears Bus Master in D0 to D3hot; not in D3cold, not for kdump, and the engine keeps its state.' }),
  busRow('pcie_port_service_driver', 'driver', 'none', 'overwritten', null, 'parent-removes', 'none', '', 'drivers/pci/pcie/portdrv.h', 'drivers/pci/pci-driver.c:pcie_port_bus_type', { register: 'drivers/pci/pcie/portdrv.c:pcie_port_service_register', note: "Overwritten by an empty function; the port's own pci_driver removes the services." }),
  busRow('phy_driver', 'mdiodrv.driver', 'none', 'honoured', null, 'nothing', 'none', '', 'include/linux/phy.h', 'drivers/net/phy/mdio_bus.c:mdio_bus_type'),
  busRow('platform_driver', 'driver', 'called', 'ignored', 'platform_shutdown', 'nothing', 'master', 'platform:id_table', 'include/linux/platform_device.h', 'drivers/base/platform.c:platform_bus_type'),
  busRow('pnp_card_driver', 'link.driver', 'none', 'ignored', 'pnp_device_shutdown', 'nothing', 'isa', 'other:id_table', 'include/linux/pnp.h', 'drivers/pnp/driver.c:pnp_bus_type', { wraps: { struct: 'pnp_driver', member: 'link', shutdown: 'called' } }),
  busRow('pnp_driver', 'driver', 'called', 'ignored', 'pnp_device_shutdown', 'nothing', 'isa', 'other:id_table', 'include/linux/pnp.h', 'drivers/pnp/driver.c:pnp_bus_type'),
  busRow('ps3_system_bus_driver', 'core', 'called', 'ignored', 'ps3_system_bus_shutdown', 'removes-device', 'master', '', 'arch/powerpc/include/asm/ps3.h', 'arch/powerpc/platforms/ps3/system-bus.c:ps3_system_bus_type', { arch: 'powerpc', note: "Without a hook the bus calls the driver's remove." }),
  busRow('ps3_vuart_port_driver', 'core.core', 'called', 'ignored', 'ps3_system_bus_shutdown', 'removes-device', 'none', '', 'drivers/ps3/vuart.h', 'arch/powerpc/platforms/ps3/system-bus.c:ps3_system_bus_type', { register: 'drivers/ps3/ps3-vuart.c:ps3_vuart_port_driver_register', wraps: { struct: 'ps3_system_bus_driver', member: 'core', shutdown: 'overwritten' }, note: "Without a hook ps3_vuart_shutdown calls the driver's remove." }),
  busRow('radio_isa_driver', 'driver.driver', 'none', 'ignored', 'isa_bus_shutdown', 'nothing', 'none', '', 'drivers/media/radio/radio-isa.h', 'drivers/base/isa.c:isa_bus_type', { wraps: { struct: 'isa_driver', member: 'driver', shutdown: 'called' } }),
  busRow('rio_driver', 'driver', 'called', 'ignored', 'rio_device_shutdown', 'nothing', 'master', 'other:id_table', 'include/linux/rio.h', 'drivers/rapidio/rio-driver.c:rio_bus_type'),
  busRow('sdw_driver', 'driver', 'called', 'overwritten', null, 'nothing', 'client', 'other:id_table', 'include/linux/soundwire/sdw.h', 'drivers/soundwire/bus_type.c:sdw_bus_type', { register: 'drivers/soundwire/bus_type.c:__sdw_register_driver' }),
  busRow('serdev_device_driver', 'driver', 'none', 'honoured', null, 'nothing', 'client', '', 'include/linux/serdev.h', 'drivers/tty/serdev/core.c:serdev_bus_type', { holds: { before: '6.12' } }),
  busRow('serdev_device_driver', 'driver', 'called', 'overwritten-if-own', 'serdev_drv_shutdown', 'nothing', 'client', '', 'include/linux/serdev.h', 'drivers/tty/serdev/core.c:serdev_bus_type', { register: 'drivers/tty/serdev/core.c:__serdev_device_driver_register', holds: { from: '6.12' }, note: 'Where only the embedded hook is set, the register function wraps it (serdev_legacy_shutdown).' }),
  busRow('serio_driver', 'driver', 'none', 'ignored', 'serio_shutdown', 'nothing', 'none', 'other:id_table', 'include/linux/serio.h', 'drivers/input/serio/serio.c:serio_bus', { note: "The bus calls the driver's cleanup." }),
  busRow('siox_driver', 'driver', 'called', 'ignored', 'siox_shutdown', 'nothing', 'none', '', 'include/linux/siox.h', 'drivers/siox/siox-core.c:siox_bus_type'),
  busRow('slim_driver', 'driver', 'never-called', 'honoured', null, 'nothing', 'client', 'other:id_table', 'include/linux/slimbus.h', 'drivers/slimbus/core.c:slimbus_bus', { note: NEVER }),
  busRow('soundbus_driver', 'driver', 'called', 'ignored', 'soundbus_device_shutdown', 'nothing', 'via-parent', '', 'sound/aoa/soundbus/soundbus.h', 'sound/aoa/soundbus/core.c:soundbus_bus_type'),
  busRow('spi_driver', 'driver', 'called', 'ignored', 'spi_shutdown', 'nothing', 'client', 'other:id_table', 'include/linux/spi/spi.h', 'drivers/spi/spi.c:spi_bus_type'),
  busRow('spi_mem_driver', 'spidrv.driver', 'called', 'ignored', 'spi_shutdown', 'nothing', 'client', 'other:spidrv.id_table', 'include/linux/spi/spi-mem.h', 'drivers/spi/spi.c:spi_bus_type', { register: 'drivers/spi/spi-mem.c:spi_mem_driver_register_with_owner', wraps: { struct: 'spi_driver', member: 'spidrv', shutdown: 'overwritten' } }),
  busRow('spmi_driver', 'driver', 'called', 'ignored', 'spmi_drv_shutdown', 'nothing', 'none', '', 'include/linux/spmi.h', 'drivers/spmi/spmi.c:spmi_bus_type'),
  busRow('ssb_driver', 'drv', 'called', 'ignored', 'ssb_device_shutdown', 'nothing', 'master', 'other:id_table', 'include/linux/ssb/ssb.h', 'drivers/ssb/main.c:ssb_bustype'),
  busRow('tb_service_driver', 'driver', 'called', 'ignored', 'tb_service_shutdown', 'nothing', 'via-parent', 'other:id_table', 'include/linux/thunderbolt.h', 'drivers/thunderbolt/domain.c:tb_bus_type', { note: 'The rings belong to the host controller, whose pci_driver uses its remove as the hook.' }),
  busRow('usb_composite_driver', 'gadget_driver.driver', 'none', 'overwritten', null, 'nothing', 'client', '', 'include/linux/usb/composite.h', 'drivers/usb/gadget/udc/core.c:gadget_bus_type', { register: 'drivers/usb/gadget/composite.c:usb_composite_probe', wraps: { struct: 'usb_gadget_driver', member: 'gadget_driver', shutdown: 'overwritten' }, note: "The inner struct is overwritten by a template without a hook; the DMA is the UDC driver's." }),
  busRow('usb_driver', 'drvwrap.driver', 'none', 'honoured', null, 'nothing', 'client', 'other:id_table', 'include/linux/usb.h', 'drivers/usb/core/driver.c:usb_bus_type', { holds: { before: '6.1' } }),
  busRow('usb_driver', 'driver', 'none', 'honoured', null, 'nothing', 'client', 'other:id_table', 'include/linux/usb.h', 'drivers/usb/core/driver.c:usb_bus_type', { holds: { from: '6.1', before: '6.2' }, note: 'The struct without drvwrap came to 6.1 by a stable update (6.1.188).' }),
  busRow('usb_driver', 'drvwrap.driver', 'none', 'honoured', null, 'nothing', 'client', 'other:id_table', 'include/linux/usb.h', 'drivers/usb/core/driver.c:usb_bus_type', { holds: { from: '6.2', before: '6.8' } }),
  busRow('usb_driver', 'driver', 'none', 'honoured', null, 'nothing', 'client', 'other:id_table', 'include/linux/usb.h', 'drivers/usb/core/driver.c:usb_bus_type', { holds: { from: '6.8', before: '6.11' } }),
  busRow('usb_driver', 'driver', 'called', 'overwritten', null, 'nothing', 'client', 'other:id_table', 'include/linux/usb.h', 'drivers/usb/core/driver.c:usb_bus_type', { register: 'drivers/usb/core/driver.c:usb_register_driver', holds: { from: '6.11' } }),
  busRow('uvc_driver', 'driver.drvwrap.driver', 'none', 'honoured', null, 'nothing', 'client', 'other:driver.id_table', 'drivers/media/usb/uvc/uvcvideo.h', 'drivers/usb/core/driver.c:usb_bus_type', { wraps: { struct: 'usb_driver', member: 'driver', shutdown: 'called' }, holds: { before: '6.1' } }),
  busRow('uvc_driver', 'driver.driver', 'none', 'honoured', null, 'nothing', 'client', 'other:driver.id_table', 'drivers/media/usb/uvc/uvcvideo.h', 'drivers/usb/core/driver.c:usb_bus_type', { wraps: { struct: 'usb_driver', member: 'driver', shutdown: 'called' }, holds: { from: '6.1', before: '6.2' } }),
  busRow('uvc_driver', 'driver.drvwrap.driver', 'none', 'honoured', null, 'nothing', 'client', 'other:driver.id_table', 'drivers/media/usb/uvc/uvcvideo.h', 'drivers/usb/core/driver.c:usb_bus_type', { wraps: { struct: 'usb_driver', member: 'driver', shutdown: 'called' }, holds: { from: '6.2', before: '6.8' } }),
  busRow('uvc_driver', 'driver.driver', 'none', 'honoured', null, 'nothing', 'client', 'other:driver.id_table', 'drivers/media/usb/uvc/uvcvideo.h', 'drivers/usb/core/driver.c:usb_bus_type', { wraps: { struct: 'usb_driver', member: 'driver', shutdown: 'called' }, holds: { from: '6.8', before: '6.11' } }),
  busRow('uvc_driver', 'driver.driver', 'none', 'overwritten', null, 'nothing', 'client', 'other:driver.id_table', 'drivers/media/usb/uvc/uvcvideo.h', 'drivers/usb/core/driver.c:usb_bus_type', { register: 'drivers/usb/core/driver.c:usb_register_driver', wraps: { struct: 'usb_driver', member: 'driver', shutdown: 'called' }, holds: { from: '6.11' } }),
  busRow('vio_driver', 'driver', 'called', 'ignored', 'vio_bus_shutdown', 'removes-device', 'master', 'other:id_table', 'arch/powerpc/include/asm/vio.h', 'arch/powerpc/platforms/pseries/vio.c:vio_bus_type', { arch: 'powerpc', note: 'Without a hook the bus removes the device on kexec.' }),
  busRow('vio_driver', 'driver', 'never-called', 'honoured', null, 'nothing', 'master', 'other:id_table', 'arch/sparc/include/asm/vio.h', 'arch/sparc/kernel/vio.c:vio_bus_type', { arch: 'sparc', note: NEVER }),
  busRow('virtio_driver', 'driver', 'none', 'honoured', null, 'nothing', 'master', 'other:id_table', 'include/linux/virtio.h', 'drivers/virtio/virtio.c:virtio_bus', { holds: { before: '6.1' }, note: 'The reset by the bus came with 6.15 and with stable updates of some kernels.' }),
  busRow('virtio_driver', 'driver', 'none', 'honoured', null, 'nothing', 'master', 'other:id_table', 'include/linux/virtio.h', 'drivers/virtio/virtio.c:virtio_bus', { holds: { from: '6.2', before: '6.12' }, note: 'The reset by the bus came with 6.15 and with stable updates of some kernels; not in 6.6.63.' }),
  busRow('virtio_driver', 'driver', 'none', 'ignored', 'virtio_dev_shutdown', 'resets-device', 'master', 'other:id_table', 'include/linux/virtio.h', 'drivers/virtio/virtio.c:virtio_bus', { holds: { from: '6.1', before: '6.2' }, note: 'By a stable update, the virtio bus breaks the queues and resets the device.' }),
  busRow('virtio_driver', 'driver', 'none', 'ignored', 'virtio_dev_shutdown', 'resets-device', 'master', 'other:id_table', 'include/linux/virtio.h', 'drivers/virtio/virtio.c:virtio_bus', { holds: { from: '6.12' }, note: 'The virtio bus breaks the queues and resets the device.' }),
  busRow('xenbus_driver', 'driver', 'none', 'ignored', 'xenbus_frontend_dev_shutdown', 'closes-channel', 'via-parent', 'other:ids', 'include/xen/xenbus.h', 'drivers/xen/xenbus/xenbus_probe_frontend.c:xenbus_frontend', { note: 'The frontend bus takes the device to Closing and waits for the backend.' }),
];

/** All rows, sorted by struct; two rows of one struct differ in `holds` or in `arch`. */
export const BUSES: readonly BusRow[] = [...HOOKED, ...PLAIN_BUSES].sort((a, b) =>
  a.struct < b.struct ? -1 : a.struct > b.struct ? 1 : 0,
);

/** Structs that hold a driver struct without being one by name; their instances are named `X.member`. */
// biome-ignore format: one row a line
export const WRAPPERS: readonly WrapperRow[] = [
  { struct: 'iidc_auxiliary_drv', member: ['adrv'], wraps: 'auxiliary_driver', source: 'include/linux/net/intel/iidc.h:iidc_auxiliary_drv' },
  { struct: 'mlx4_adrv', member: ['adrv'], wraps: 'auxiliary_driver', source: 'include/linux/mlx4/driver.h:mlx4_adrv', holds: { from: '6.6' } },
  { struct: 'rtw_usb_drv', member: ['usbdrv'], wraps: 'usb_driver', source: 'drivers/staging/r8188eu/os_dep/usb_intf.c:rtw_usb_drv', holds: { before: '6.3' } },
  { struct: 'saa7146_extension', member: ['driver'], wraps: 'pci_driver', source: 'include/media/drv-intf/saa7146.h:saa7146_extension' },
];

/** Device-private structs that hold a driver struct which is filled in and registered at run time. */
// biome-ignore format: one row a line
export const RUNTIME_HOLDERS: readonly WrapperRow[] = [
  { struct: 'clk_fixed_rate_of_test_context', member: ['pdrv'], wraps: 'platform_driver', source: 'drivers/clk/clk-fixed-rate_test.c:clk_fixed_rate_of_test_context', holds: { from: '6.12' } },
  { struct: 'clk_register_clk_parent_data_device_ctx', member: ['pdrv'], wraps: 'platform_driver', source: 'drivers/clk/clk_test.c:clk_register_clk_parent_data_device_ctx', holds: { from: '6.12' } },
  { struct: 'delta_dev', member: ['rpmsg_driver'], wraps: 'rpmsg_driver', source: 'drivers/media/platform/st/sti/delta/delta.h:delta_dev' },
  { struct: 'gadget_info', member: ['composite'], wraps: 'usb_composite_driver', source: 'drivers/usb/gadget/configfs.c:gadget_info' },
  { struct: 'gmii2rgmii', member: ['conv_phy_drv'], wraps: 'phy_driver', source: 'drivers/net/phy/xilinx_gmii2rgmii.c:gmii2rgmii' },
  { struct: 'ice_ptp', member: ['ports_owner', 'aux_driver'], wraps: 'auxiliary_driver', source: 'drivers/net/ethernet/intel/ice/ice_ptp.h:ice_ptp', holds: { from: '6.12' } },
  { struct: 'ice_ptp_port_owner', member: ['aux_driver'], wraps: 'auxiliary_driver', source: 'drivers/net/ethernet/intel/ice/ice_ptp.h:ice_ptp_port_owner', holds: { from: '6.12' } },
  { struct: 'kunit_platform_driver_test_context', member: ['pdrv'], wraps: 'platform_driver', source: 'lib/kunit/platform-test.c:kunit_platform_driver_test_context', holds: { from: '6.12' } },
  { struct: 'mdio_driver_common', member: ['driver'], wraps: 'device_driver', source: 'include/linux/mdio.h:mdio_driver_common' },
  { struct: 'raw_dev', member: ['driver'], wraps: 'usb_gadget_driver', source: 'drivers/usb/gadget/legacy/raw_gadget.c:raw_dev' },
  { struct: 's5c73m3', member: ['spidrv'], wraps: 'spi_driver', source: 'drivers/media/i2c/s5c73m3/s5c73m3.h:s5c73m3' },
];
