/**
 * Boards that the simulator knows by name. Every range carries the file that states it; dts paths are those of
 * Linux 6.12, below `arch/arm64/boot/dts/` where nothing else is said. What a boot loader patches in at run time
 * is an assumption of the board and is listed as one.
 */
import { distance } from 'fastest-levenshtein';
import { GIB, InputError } from './address.ts';
import { type Board, type BoardStream, checkBoard, type Region, type ReservedRegion } from './board.ts';

function region(start: number, bytes: number, name: string, source: string): Region {
  return { start, end: start + bytes, name, source };
}

function carved(
  source: string,
  use: ReservedRegion['use'],
  rows: readonly (readonly [number, number, string])[],
): ReservedRegion[] {
  return rows.map(([start, bytes, name]) => ({ ...region(start, bytes, name, source), use, noMap: true }));
}

function streams(
  source: string,
  rows: readonly (readonly [string, number, number, BoardStream['bus']])[],
): BoardStream[] {
  return rows.map(([device, streamId, mask, bus]) => ({ device, streamId, mask, bus, source }));
}

const QEMU = 'hw/arm/virt.c:base_memmap of QEMU';
const JUNO = 'arm/juno-base.dtsi';
const QM = 'freescale/imx8qm.dtsi';
const QM_MEK = 'freescale/imx8qm-mek.dts:reserved-memory';
const QM_CONN = 'freescale/imx8qm-ss-conn.dtsi';
const SDM = 'qcom/sdm845.dtsi';
const LX = 'freescale/fsl-lx2160a.dtsi';
const SR = 'broadcom/stingray/stingray.dtsi';
const TX2 = 'cavium/thunder2-99xx.dtsi';
const RPI = 'broadcom/bcm2711.dtsi';

const NONE = {
  reserved: [],
  mmio: [],
  secure: [],
  streams: [],
  fixed: [],
  assumptions: [],
  dmaLimitBits: 32,
} as const;

const BOARDS: readonly Board[] = [
  {
    ...NONE,
    name: 'qemu-virt',
    title: 'QEMU virt with iommu=smmuv3, 4 GiB',
    ram: [region(1 * GIB, 4 * GIB, 'RAM', `${QEMU} (VIRT_MEM)`)],
    mmio: [
      region(0x08000000, 0x01000000, 'GIC', `${QEMU} (VIRT_GIC_DIST..VIRT_GIC_REDIST)`),
      region(0x09000000, 0x1000, 'pl011@9000000', `${QEMU} (VIRT_UART)`),
      region(0x09010000, 0x1000, 'pl031@9010000', `${QEMU} (VIRT_RTC)`),
      region(0x09050000, 0x20000, 'smmuv3@9050000', `${QEMU} (VIRT_SMMU)`),
      region(0x10000000, 0x2eff0000, 'PCIe 32 bit window', `${QEMU} (VIRT_PCIE_MMIO)`),
      region(0x4010000000, 0x10000000, 'PCI ECAM', `${QEMU} (VIRT_HIGH_PCIE_ECAM)`),
      region(0x8000000000, 0x8000000000, 'PCIe 64 bit window', `${QEMU} (VIRT_HIGH_PCIE_MMIO)`),
    ],
    smmu: {
      version: 3,
      model: 'smmu-v3',
      qcom: false,
      covers: 'PCIe only: virtio-mmio and platform devices are not behind it',
      outputBits: 44,
      streamIdBits: 16,
      source: `${QEMU} (create_smmu); 44 bit in the kernel log of a run`,
    },
    streams: streams(`${QEMU}: StreamID = PCI requester ID`, [
      ['0000:00:01.0', 0x08, 0, 'pci'],
      ['0000:00:02.0', 0x10, 0, 'pci'],
      ['0000:00:03.0', 0x18, 0, 'pci'],
    ]),
    assumptions: ['RAM size is a command line option of QEMU: 4 GiB assumed, so low RAM reaches 4 GiB'],
  },
  {
    ...NONE,
    name: 'juno',
    title: 'Arm Juno (r1/r2), mmu-401 (SMMUv1)',
    ram: [
      region(0x80000000, 0x7f000000, 'RAM', `${JUNO}:memory@80000000`),
      region(0x880000000, 0x180000000, 'RAM (high)', `${JUNO}:memory@80000000`),
    ],
    secure: [region(0xff000000, 0x01000000, 'secure world', `${JUNO}:memory@80000000, last 16 MB`)],
    mmio: [
      region(0x2b500000, 0x10000, 'smmu_pcie', `${JUNO}:iommu@2b500000`),
      region(0x2c010000, 0x70000, 'GIC-400', `${JUNO}:interrupt-controller@2c010000`),
      region(0x2e000000, 0x8000, 'SRAM', `${JUNO}:sram@2e000000`),
      region(0x40000000, 0x10000000, 'PCI ECAM', `${JUNO}:pcie@40000000`),
      region(0x50000000, 0x08000000, 'PCIe 32 bit window', `${JUNO}:pcie@40000000 ranges`),
      region(0x7fb00000, 0x40000, 'smmu_dma, smmu_hdlcd, smmu_usb', `${JUNO}:iommu@7fb00000..7fb30000`),
      region(0x7ff00000, 0x100000, 'DMA-330, HDLCD, I2C, USB', `${JUNO}:7ff00000..7ffd0000`),
    ],
    smmu: {
      version: 1,
      model: 'mmu-401',
      qcom: false,
      covers: 'one MMU-401 each for PCIe, ETR, DMA-330, HDLCD0/1 and USB',
      outputBits: 40,
      source: `${JUNO}:"arm,mmu-401", "arm,smmu-v1"`,
    },
    streams: streams(JUNO, [
      ['hdlcd@7ff60000', 0, 0, 'platform'],
      ['usb@7ffb0000', 0, 0, 'platform'],
      ['dma-controller@7ff00000', 0, 0, 'amba'],
      ['pcie@40000000', 0, 0, 'pci'],
    ]),
  },
  {
    ...NONE,
    name: 'imx8qm-mek',
    title: 'NXP i.MX 8QuadMax MEK, mmu-500 (SMMUv2)',
    ram: [region(0x80000000, 0x40000000, 'RAM', 'freescale/imx8qm-mek.dts:memory@80000000')],
    reserved: carved(QM_MEK, 'carveout', [
      [0x90000000, 0x20000, 'vdev0vring0..vdev1vring1'],
      [0x900ff000, 0x1000, 'rsc_table0'],
      [0x90100000, 0x20000, 'vdev2vring0..vdev3vring1'],
      [0x901ff000, 0x1000, 'rsc_table1'],
      [0x90400000, 0x100000, 'vdevbuffer'],
    ]),
    mmio: [
      region(0x51400000, 0x40000, 'smmu', `${QM}:iommu@51400000`),
      region(0x51a00000, 0x1c0000, 'GICv3', `${QM}:interrupt-controller@51a00000`),
      region(0x5b010000, 0x50000, 'uSDHC, FEC', `${QM_CONN}`),
    ],
    smmu: {
      version: 2,
      model: 'mmu-500',
      qcom: false,
      covers: 'FEC and uSDHC',
      source: `${QM}:"arm,mmu-500"`,
    },
    streams: streams(QM_CONN, [
      ['fec1', 0x12, 0x7f80, 'platform'],
      ['usdhc1', 0x11, 0x7f80, 'platform'],
    ]),
  },
  {
    ...NONE,
    name: 'sdm845',
    title: 'Snapdragon 845 (RB3 class), Qualcomm mmu-500 (SMMUv2 with quirks)',
    ram: [region(0x80000000, 4 * GIB, 'RAM', `${SDM}:memory@80000000`)],
    reserved: [
      ...carved(`${SDM}:reserved-memory`, 'firmware', [
        [0x85700000, 0x600000, 'hyp'],
        [0x85e00000, 0x200000, 'xbl, aop, cmd-db'],
        [0x86000000, 0x200000, 'smem'],
        [0x86200000, 0x2d00000, 'TrustZone'],
        [0x88f00000, 0x200000, 'rmtfs'],
        [0x8ab00000, 0x1400000, 'qseecom'],
        [0x8bf00000, 0x500000, 'camera firmware'],
        [0x8c400000, 0x17000, 'ipa and gpu firmware'],
        [0x8c500000, 0x1a00000, 'adsp'],
        [0x8df00000, 0x100000, 'wlan-msa'],
        [0x8e000000, 0x7800000, 'mpss'],
        [0x95800000, 0x500000, 'venus'],
        [0x95d00000, 0x800000, 'cdsp'],
        [0x96500000, 0x200000, 'mba'],
        [0x96700000, 0x1500000, 'slpi, spss'],
      ]),
      ...carved('qcom/sdm845-db845c.dts:reserved-memory', 'carveout', [
        [0x9d400000, 0x2400000, 'boot splash'],
      ]),
    ],
    mmio: [region(0x15000000, 0x80000, 'apps_smmu', `${SDM}:iommu@15000000`)],
    smmu: {
      version: 2,
      model: 'qcom,sdm845-smmu-500',
      qcom: true,
      covers: 'UFS, USB, SD, video, display, audio, remote processors, PCIe',
      source: `${SDM}:"qcom,sdm845-smmu-500", "arm,mmu-500"`,
    },
    streams: streams(SDM, [
      ['usb@a600000', 0x740, 0, 'platform'],
      ['ufshc@1d84000', 0x100, 0xf, 'platform'],
      ['mdss (display)', 0x880, 0x8, 'platform'],
      ['venus (video codec)', 0x10a0, 0x8, 'platform'],
    ]),
    assumptions: ['RAM size is filled in by the boot loader (the dts says 0): 4 GiB from 0x80000000 assumed'],
  },
  {
    ...NONE,
    name: 'thunderx2',
    title: 'Cavium ThunderX2 server, SMMUv3',
    ram: [
      region(0x80000000, 2 * GIB, 'RAM', `${TX2}:memory@80000000`),
      region(0x880000000, 2 * GIB, 'RAM (high)', `${TX2}:memory@80000000`),
    ],
    mmio: [region(0x4000080000, 0x1000000, 'GICv3', `${TX2}:interrupt-controller@4000080000`)],
    smmu: {
      version: 3,
      model: 'cavium,cn99xx-smmu-v3',
      qcom: false,
      covers: 'PCIe and the SoC masters',
      outputBits: 44,
      streamIdBits: 20,
      source: 'ACPI IORT; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:acpi_smmu_get_options (CN99XX)',
    },
    streams: streams('ACPI IORT maps PCI requester IDs one to one', [
      ['0000:01:00.0', 0x100, 0, 'pci'],
      ['soc master', 0x10, 0, 'platform'],
    ]),
    assumptions: ['memory banks of the dts; a populated server has more above 34 GiB'],
  },
  {
    ...NONE,
    name: 'rpi4',
    title: 'Raspberry Pi 4B, 4 GiB, no SMMU',
    ram: [
      region(0x0, 0x3b400000, 'RAM', 'arm/broadcom/bcm2711-rpi.dtsi:memory@0, size patched by firmware'),
      region(0x40000000, 0xbc000000, 'RAM (above 1 GiB)', 'arm/broadcom/bcm2711-rpi.dtsi:memory@0, patched'),
    ],
    reserved: carved('VideoCore firmware', 'firmware', [[0x0, 0x1000, 'armstub']]),
    secure: [],
    mmio: [
      region(0x3b400000, 0x4c00000, 'VideoCore memory', 'gpu_mem of the firmware (76 MiB)'),
      region(0xfc000000, 0x04000000, 'peripherals', `${RPI}:soc ranges`),
      region(0x600000000, 0x40000000, 'PCIe window', `${RPI}:pcie@7d500000 ranges`),
    ],
    smmu: null,
    dmaLimitBits: 30,
    assumptions: [
      'RAM size is patched by the firmware: a 4 GiB board with gpu_mem=76 assumed',
      'bus addresses of legacy SoC masters are 0xc0000000 above the physical ones (dma-ranges of soc); the simulator shows physical addresses',
    ],
  },
  {
    ...NONE,
    name: 'lx2160a-rdb',
    title: 'NXP LX2160A, mmu-500 (SMMUv2), low RAM up to 4 GiB',
    ram: [region(0x80000000, 2 * GIB, 'RAM', `${LX}:memory@80000000`)],
    reserved: [
      { ...region(0x80000000, 0x10000, 'spin table', `${LX}:/memreserve/`), use: 'firmware', noMap: false },
    ],
    mmio: [
      region(0x05000000, 0x800000, 'smmu', `${LX}:iommu@5000000`),
      region(0x06000000, 0x400000, 'GICv3', `${LX}:interrupt-controller@6000000`),
      region(0x8000000000, 0x80000000, 'PCIe window', `${LX}:pcie@3400000 ranges`),
    ],
    smmu: {
      version: 2,
      model: 'mmu-500',
      qcom: false,
      covers: 'PCIe and fsl-mc in the dts; boot loaders add SATA, USB and eSDHC',
      source: `${LX}:"arm,mmu-500"`,
    },
    streams: streams(`${LX}: iommu-map and ICIDs are fixed up by the boot loader`, [
      ['usb@3100000', 0x1, 0, 'platform'],
      ['sata@3200000', 0x3, 0, 'platform'],
      ['pcie@3400000', 0x4, 0, 'pci'],
      ['fsl-mc@80c000000', 0x4000, 0, 'fsl-mc'],
    ]),
    assumptions: [
      'RAM as in the dtsi (2 GiB below 4 GiB); boot loaders of real boards add a bank at 0x2080000000',
      'StreamIDs are assigned by the boot loader; the values here are examples',
    ],
  },
  {
    ...NONE,
    name: 'stingray',
    title: 'Broadcom Stingray, mmu-500 (SMMUv2), RAM below and above 4 GiB',
    ram: [
      region(0x80000000, 2 * GIB, 'RAM', 'broadcom/stingray/stingray-board-base.dtsi:memory'),
      region(0x880000000, 6 * GIB, 'RAM (high)', 'broadcom/stingray/stingray-board-base.dtsi:memory'),
    ],
    mmio: [
      region(0x64000000, 0x80000, 'smmu', `${SR}:scr/iommu@3000000`),
      region(0x63c00000, 0x800000, 'GICv3', `${SR}:scr/interrupt-controller@2c00000`),
    ],
    smmu: {
      version: 2,
      model: 'mmu-500',
      qcom: false,
      covers: 'DMA-330, SDIO, PCIe',
      source: `${SR}:"arm,mmu-500"`,
    },
    streams: streams(SR, [
      ['sdhci@3f1000', 0x6002, 0, 'platform'],
      ['dma-controller@310000', 0x6000, 0, 'amba'],
    ]),
  },
];

/** Names of the built-in boards. */
export function boardNames(): string[] {
  return BOARDS.map((b) => b.name);
}

/** All built-in boards. */
export function builtInBoards(): readonly Board[] {
  return BOARDS;
}

/** The board that is simulated when nobody names one: SMMUv2, and RAM where the first 32 bit IOVAs point. */
export const DEFAULT_BOARD = 'lx2160a-rdb';

/** A built-in board by name. Throws InputError with the nearest known name. */
export function findBoard(name: string): Board {
  const found = BOARDS.find((b) => b.name === name);
  if (found) return checkBoard(found, name);
  const names = boardNames();
  const nearest = [...names].sort(
    (a, b) => distance(a, name.toLowerCase()) - distance(b, name.toLowerCase()),
  )[0];
  throw new InputError(
    `unknown board '${name}', did you mean '${nearest}'?`,
    '--board',
    `known boards: ${names.join(', ')}; or describe the machine with --iomem or --dtb`,
  );
}
