import { skipBrackets, splitList } from './text.ts';

/** Structs whose arrays bind drivers to devices. */
export const ID_STRUCTS = new Set([
  'of_device_id',
  'pci_device_id',
  'amba_id',
  'acpi_device_id',
  'platform_device_id',
  'i2c_device_id',
  'spi_device_id',
  'usb_device_id',
  'virtio_device_id',
  'auxiliary_device_id',
  'fsl_mc_device_id',
  'sdio_device_id',
  'mdio_device_id',
  'vio_device_id',
  'hid_device_id',
  'serdev_device_id',
  'cdx_device_id',
  'host1x_device_id',
  'mhi_device_id',
  'hv_vmbus_device_id',
  'bcma_device_id',
  'ssb_device_id',
  'pnp_device_id',
]);

const COMPATIBLE = /\.\s*compatible\s*=\s*"([^"\n]*)"/g;
const STRING = /"((?:[^"\\\n]|\\.)*)"/;
/** Vendor, device, subvendor, subdevice, class and its mask (include/linux/mod_devicetable.h:pci_device_id). */
const POSITIONAL = /^\s*\{\s*(\w+)\s*,\s*(\w+)(?:\s*,\s*\w+\s*,\s*\w+\s*,\s*([^,{}]+),\s*[^,{}]*[^0\s,{}])?/;
const PCI_MACRO = /\b(PCI_DEVICE(?:_SUB|_DATA|_DRIVER_OVERRIDE|_CLASS)?|PCI_VDEVICE(?:_SUB)?)\s*\(/;

/**
 * Reads the ids of a match table.
 * @param text the file as written (ids are strings)
 * @param plain the same, blanked
 * @param open offset of the table's opening brace
 */
export function readIds(struct: string, text: string, plain: string, open: number, end: number): string[] {
  const close = skipBrackets(plain, open, end);
  if (struct === 'of_device_id') {
    // The quotes of a literal stand in the blanked text too; those of a comment do not.
    return [...text.slice(open, close).matchAll(COMPATIBLE)]
      .filter((match) => plain[open + match.index + match[0].indexOf('"')] === '"')
      .map((match) => match[1]!);
  }
  const ids: string[] = [];
  for (const [from, to] of splitList(plain, open + 1, close - 1)) {
    const id = readId(struct, text.slice(from, to), plain.slice(from, to));
    if (id) ids.push(id);
  }
  return ids;
}

function readId(struct: string, written: string, plain: string): string | undefined {
  switch (struct) {
    case 'pci_device_id':
      return readPci(plain);
    case 'amba_id':
      // CoreSight's macros around it: CS_AMBA_ID(0x000bb961).
      return member(plain, 'id') ?? /^\s*[A-Z]\w*\(\s*(0x[\da-fA-F]+)/.exec(plain)?.[1];
    case 'virtio_device_id':
      return member(plain, 'device') ?? /^\s*\{\s*([A-Z]\w*)/.exec(plain)?.[1];
    case 'usb_device_id':
      return readUsb(plain);
    case 'auxiliary_device_id':
      return readName(written, plain);
    default:
      return STRING.exec(written.slice(Math.max(0, plain.indexOf('"'))))?.[1];
  }
}

/** A name put together from literals and macros: `MLX5_ADEV_NAME ".rdma"` is `${MLX5_ADEV_NAME}.rdma`. */
function readName(written: string, plain: string): string | undefined {
  const value = /^\s*\{\s*(?:\.\s*name\s*=\s*)?([^,}]*)/.exec(plain);
  if (!value) return undefined;
  const from = value[0].length - value[1]!.length;
  const parts = written.slice(from, value[0].length).matchAll(/"([^"\n]*)"|([A-Za-z_]\w*)/g);
  return [...parts].map(([, literal, macro]) => literal ?? `\${${macro}}`).join('');
}

/** Vendor and device, then the class that they are limited to where the entry gives one: `V:PCI_ANY_ID,class:C`. */
function ofClass(vendor: string, device: string, written: string | undefined): string {
  const code = written?.replace(/\s+/g, '') ?? '';
  const isAny = vendor === 'PCI_ANY_ID' && device === 'PCI_ANY_ID';
  if (code === '' || /^(?:0x)?0+$/.test(code)) return `${vendor}:${device}`;
  return isAny ? `class:${code}` : `${vendor}:${device},class:${code}`;
}

function readPci(plain: string): string | undefined {
  const macro = PCI_MACRO.exec(plain);
  if (macro) {
    const open = macro.index + macro[0].length - 1;
    const args = splitList(plain, open + 1, skipBrackets(plain, open, plain.length) - 1).map(([a, b]) =>
      plain.slice(a, b).replace(/\s+/g, ''),
    );
    switch (macro[1]) {
      case 'PCI_DEVICE_CLASS':
        return `class:${args[0]}`;
      case 'PCI_VDEVICE':
      case 'PCI_VDEVICE_SUB':
        return `PCI_VENDOR_ID_${args[0]}:${args[1]}`;
      case 'PCI_DEVICE_DATA':
        return `PCI_VENDOR_ID_${args[0]}:PCI_DEVICE_ID_${args[0]}_${args[1]}`;
      default:
        return ofClass(args[0]!, args[1]!, memberText(plain, 'class'));
    }
  }
  const vendor = member(plain, 'vendor');
  const device = member(plain, 'device');
  if (vendor || device)
    return ofClass(vendor ?? 'PCI_ANY_ID', device ?? 'PCI_ANY_ID', memberText(plain, 'class'));
  const positional = POSITIONAL.exec(plain);
  if (positional && positional[1] !== '0') return ofClass(positional[1]!, positional[2]!, positional[3]);
  // A driver's own macro around PCI_DEVICE: kept as written.
  return /^\s*\{?\s*([A-Z]\w*\s*\([^()]*\))/.exec(plain)?.[1]?.replace(/\s+/g, '');
}

/** `USB_DEVICE(0x05ac,0x1261)` and other macros as written, `vendor:product`, or the class of a device or interface. */
function readUsb(plain: string): string | undefined {
  const macro = /^\s*\{?\s*([A-Z]\w*\s*\([^()]*\))/.exec(plain)?.[1];
  if (macro) return macro.replace(/\s+/g, '');
  const vendor = member(plain, 'idVendor');
  if (vendor) return `${vendor}:${member(plain, 'idProduct') ?? '*'}`;
  const code = member(plain, 'bInterfaceClass') ?? member(plain, 'bDeviceClass');
  if (code) return `class:${code}`;
  const info = member(plain, 'driver_info');
  return info && `any:${info}`;
}

function memberText(plain: string, name: string): string | undefined {
  return new RegExp(`\\.\\s*${name}\\s*=\\s*([^,}]+)`).exec(plain)?.[1];
}

function member(plain: string, name: string): string | undefined {
  return new RegExp(`\\.\\s*${name}\\s*=\\s*(\\w+)`).exec(plain)?.[1];
}
