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
      return member(plain, 'id');
    case 'virtio_device_id':
      return member(plain, 'device') ?? /^\s*\{\s*(\w+)/.exec(plain)?.[1];
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
        return `${args[0]}:${args[1]}`;
    }
  }
  const vendor = member(plain, 'vendor');
  const device = member(plain, 'device');
  if (vendor || device) return `${vendor ?? 'PCI_ANY_ID'}:${device ?? 'PCI_ANY_ID'}`;
  const positional = /^\s*\{\s*(\w+)\s*,\s*(\w+)/.exec(plain);
  if (positional && positional[1] !== '0') return `${positional[1]}:${positional[2]}`;
  // A driver's own macro around PCI_DEVICE: kept as written.
  return /^\s*\{?\s*([A-Z]\w*\s*\([^()]*\))/.exec(plain)?.[1]?.replace(/\s+/g, '');
}

function member(plain: string, name: string): string | undefined {
  return new RegExp(`\\.\\s*${name}\\s*=\\s*(\\w+)`).exec(plain)?.[1];
}
