/** A QEMU `virt` machine that boots Debian's arm64 kernel behind an SMMUv3 and says what it found. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './packages.ts';

/** What must not be in a snapshot: two are in the device tree, the others the machine's own. */
export const PLANTED = [
  'SN-PLANTED-77',
  '02:ca:fe:12:34:56',
  '52:54:00:de:ad:01',
  'NVMESERIAL99',
  'secretbox',
];
/** How long the guest may take, in seconds: 40 on an idle core, far more on a busy one. */
const PATIENCE = 300;
const MACHINE = 'virt,iommu=smmuv3';

/** Modules of the devices below; what these need comes with them. */
const MODULES = [
  ...[
    'virtio_mmio',
    'virtio_net',
    'virtio_blk',
    'virtio_rng',
    'virtio_balloon',
    'virtio_console',
    'virtio_input',
  ],
  ...[
    'virtio_gpu',
    'e1000',
    'e1000e',
    'nvme',
    'ahci',
    'sdhci_pci',
    'xhci_pci',
    'ehci_pci',
    'uhci_hcd',
    'usbhid',
  ],
  ...[
    'hid_generic',
    'usb_storage',
    'sd_mod',
    'qemu_fw_cfg',
    'gpio_keys',
    'i6300esb',
    'vfio_pci',
    'vfio_iommu_type1',
  ],
];

/** `virt` has 32 virtio transports; one without a device behind it is declined by its driver. */
const TRANSPORTS = 32;
const VIRTIO = [
  'virtio-blk-device,drive=out',
  'virtio-net-device,mac=52:54:00:de:ad:03',
  ...['virtio-balloon-device', 'virtio-serial-device', 'virtio-keyboard-device', 'virtio-gpu-device'],
];
const PCI = [
  'virtio-net-pci,iommu_platform=on,disable-legacy=on,mac=52:54:00:de:ad:01,romfile=',
  'e1000,mac=52:54:00:de:ad:02,romfile=',
  ...['e1000e,romfile=', 'nvme,serial=NVMESERIAL99,drive=n0', 'ahci', 'sdhci-pci', 'edu', 'i6300esb'],
  ...[
    'qemu-xhci,id=xhci',
    'usb-kbd,bus=xhci.0',
    'usb-storage,bus=xhci.0,drive=n1',
    'ich9-usb-uhci1',
    'usb-ehci',
  ],
];

/** The kernel that a guest boots. */
export interface Kernel {
  readonly release: string;
  readonly image: string;
  readonly config: string;
  /** `/lib/modules/RELEASE`. */
  readonly modules: string;
}

/** The kernel of an unpacked `linux-image` package; `modules.alias` is made where the package brings none. */
export function kernelOf(unpacked: string): Kernel {
  const release = basename(readdirSync(join(unpacked, 'lib/modules'))[0]!);
  run('/sbin/depmod', ['-b', unpacked, release]);
  return {
    release,
    image: join(unpacked, 'boot', `vmlinuz-${release}`),
    config: join(unpacked, 'boot', `config-${release}`),
    modules: join(unpacked, 'lib/modules', release),
  };
}

/**
 * Boots the guest and waits for its end.
 * @param busybox a static busybox of arm64
 * @param work an empty folder; what the guest wrote is left in `out` below it
 * @throws Error when the guest has written nothing, with the end of its console
 */
export function bootGuest(kernel: Kernel, busybox: string, work: string): string {
  const initrd = initramfs(kernel, busybox, work);
  const disk = join(work, 'out.tar');
  writeFileSync(disk, '');
  truncateSync(disk, 32 << 20);
  const virtio = [...VIRTIO, ...Array(TRANSPORTS - VIRTIO.length).fill('virtio-rng-device')];
  const drives = [0, 1].map((n) => `if=none,id=n${n},driver=null-co,size=64M,read-zeroes=on`);
  const args = [
    ...['-M', MACHINE, '-cpu', 'cortex-a57', '-m', '1536', '-nographic', '-nodefaults', '-no-reboot'],
    // As virtio 1.0: a transport of the older kind is declined by the newer devices' drivers.
    ...['-global', 'virtio-mmio.force-legacy=false'],
    ...['-kernel', kernel.image, '-initrd', initrd, '-dtb', plantedTree(work)],
    ...[
      '-append',
      'console=ttyAMA0 loglevel=4 iomem=relaxed systemd.hostname=secretbox ip=dhcp rdinit=/init',
    ],
    ...['-serial', `file:${join(work, 'console.log')}`],
    ...[`if=none,id=out,format=raw,file=${disk}`, ...drives].flatMap((drive) => ['-drive', drive]),
    ...[...PCI, ...virtio].flatMap((device) => ['-device', device]),
  ];
  const ran = spawnSync('qemu-system-aarch64', args, { encoding: 'utf8', timeout: PATIENCE * 1000 });
  const out = join(work, 'out');
  mkdirSync(out);
  spawnSync('tar', ['xf', disk, '-C', out]);
  if (readdirSync(out).includes('root.txt')) return out;
  const console = readFileSync(join(work, 'console.log'), 'utf8').split('\n').slice(-12).join('\n');
  throw new Error(`the guest wrote nothing:\n${ran.stderr}${ran.error ?? ''}\n${console}`);
}

/** The tree that QEMU makes, with a serial number and a MAC address of our own. */
function plantedTree(work: string): string {
  const path = join(work, 'virt.dtb');
  run('qemu-system-aarch64', [
    '-M',
    `${MACHINE},dumpdtb=${path}`,
    '-cpu',
    'cortex-a57',
    '-m',
    '1536',
    '-nographic',
    '-nodefaults',
  ]);
  run('fdtput', ['-t', 's', path, '/', 'serial-number', PLANTED[0]!]);
  run('fdtput', ['-t', 'bx', path, '/', 'local-mac-address', ...PLANTED[1]!.split(':')]);
  return path;
}

function initramfs(kernel: Kernel, busybox: string, work: string): string {
  const root = join(work, 'root');
  for (const dir of ['bin', 'proc', 'sys', 'dev', 'out', 'etc', 'boot', 'tmp'])
    mkdirSync(join(root, dir), { recursive: true });
  cpSync(busybox, join(root, 'bin/busybox'));
  cpSync('test/release/qemu/init.sh', join(root, 'init'));
  chmodSync(join(root, 'init'), 0o755);
  cpSync('docs/snapshot.sh', join(root, 'snapshot.sh'));
  cpSync(kernel.config, join(root, 'boot', basename(kernel.config)));
  writeFileSync(join(root, 'etc/hostname'), 'secretbox\n');
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
  const modules = join(root, 'lib/modules', kernel.release);
  for (const path of modulesOf(kernel)) cpSync(join(kernel.modules, path), join(modules, path));
  for (const list of ['modules.builtin', 'modules.builtin.modinfo', 'modules.order'])
    cpSync(join(kernel.modules, list), join(modules, list));
  run('/sbin/depmod', ['-b', root, kernel.release]);
  symlinkSync('busybox', join(root, 'bin/sh'));
  const archive = join(work, 'initrd.gz');
  run('sh', ['-c', `find . | cpio -o -H newc --quiet | gzip -1 > '${archive}'`], root);
  return archive;
}

/** Paths of the wanted modules and of all that they need, from `modules.dep`. */
function modulesOf({ modules }: Kernel): Set<string> {
  const needs = new Map(
    readFileSync(join(modules, 'modules.dep'), 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([path, list]) => [path!, (list ?? '').split(' ').filter(Boolean)]),
  );
  const nameOf = (path: string): string =>
    basename(path)
      .replace(/\.ko.*$/, '')
      .replaceAll('-', '_');
  const wanted = [...needs.keys()].filter((path) => MODULES.includes(nameOf(path)));
  return new Set(wanted.flatMap((path) => [path, ...needs.get(path)!]));
}
