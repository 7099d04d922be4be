/** Ids of match tables by number: a kernel's lists have no aliases of what is built in. Pure. */

/** `PCI_VENDOR_ID_INTEL` to 0x8086: what `pci_ids.h` and `virtio_ids.h` of one tree define. */
export type IdNames = ReadonlyMap<string, number>;

const ANY = 'PCI_ANY_ID';
/** A number or a name, perhaps shifted, perhaps with more bits or-ed in; parentheses are taken off before. */
const TERM = /^(\w+)(?:<<(\d+))?(?:\|(\w+))?$/;
const MODALIAS = /^pci:v0*([\dA-F]+)d0*([\dA-F]+)sv.*bc([\dA-F]{2})sc([\dA-F]{2})i([\dA-F]{2})$/;

/** Reads the headers' numbers. */
export function readIdNames(header: string): IdNames {
  const lines = header.matchAll(/^#define[ \t]+((?:PCI|VIRTIO_ID)_\w+)[ \t]+(0x[\da-fA-F]+|\d+)\b/gm);
  return new Map([...lines].map(([, name, value]) => [name!, Number(value)]));
}

/**
 * An id of a match table with the header's names replaced: `0x1af4:PCI_ANY_ID`, `class:0x060400`. A name that the
 * driver defines itself, or a macro around the whole id, stays as it is.
 */
export function numberedPciId(id: string, names: IdNames): string {
  return id
    .split(',class:')
    .map((part, at) => (at > 0 ? `class:${part}` : part))
    .map((part) => numberedPart(part, names))
    .join(',');
}

/**
 * True where an id with numbers names the device of a modalias (drivers/pci/pci-driver.c:pci_match_one_device). An id for
 * any device at all does not: such a table says more than an id here holds.
 */
export function pciIdFits(id: string, modalias: string): boolean {
  const found = MODALIAS.exec(modalias);
  if (!found) return false;
  const [vendor, device, ...code] = found.slice(1);
  const [, named, wantedCode] = /^(.*?),?(?:class:(.*))?$/.exec(id)!;
  if (wantedCode && Number(wantedCode) !== Number.parseInt(code.join(''), 16)) return false;
  if (!named) return true;
  const [wantedVendor, wantedDevice] = named.split(':');
  const fits = (wanted: string | undefined, is: string): boolean =>
    wanted === ANY || Number(wanted) === Number.parseInt(is, 16);
  return wantedVendor !== ANY && fits(wantedVendor, vendor!) && fits(wantedDevice, device!);
}

function numberedPart(part: string, names: IdNames): string {
  const terms = part.split(':');
  if (terms.length !== 2) return part;
  const digits = terms[0] === 'class' ? 6 : 4;
  const numbers = terms.map((term) => {
    const value = term === ANY || term === 'class' ? undefined : numberOf(term, names);
    return value === undefined ? term : `0x${value.toString(16).padStart(digits, '0')}`;
  });
  return numbers.join(':');
}

/** A virtio device id by number: `0x0003`; as it is where no header names it. */
export function numberedVirtioId(id: string, names: IdNames): string {
  const value = numberOf(id, names);
  return value === undefined ? id : `0x${value.toString(16).padStart(4, '0')}`;
}

/** True where a virtio id with a number names the device of a modalias, of any vendor (virtio.c:virtio_id_match). */
export function virtioIdFits(id: string, modalias: string): boolean {
  const device = /^virtio:d([\dA-F]{8})v/.exec(modalias)?.[1];
  return device !== undefined && Number(id) === Number.parseInt(device, 16);
}

function numberOf(text: string, names: IdNames): number | undefined {
  const [, base, shift, bits] = TERM.exec(text.replace(/[()]/g, '')) ?? [];
  const known = [base, bits ?? '0'].map((term) =>
    /^(?:0x[\da-f]+|\d+)$/i.test(term ?? '') ? Number(term) : names.get(term ?? ''),
  );
  const [high, low] = known;
  return high === undefined || low === undefined ? undefined : high * 2 ** Number(shift ?? 0) + low;
}
