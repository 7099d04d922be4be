/**
 * A machine from a listing of its EFI memory map: the kernel's (`efi=debug`, drivers/firmware/efi/efi-init.c on arm64,
 * x86's `mem00:` form), or the UEFI shell's `memmap`. On an EFI boot this is what Linux takes for memory; the device
 * tree's memory nodes are thrown away.
 */
import { InputError } from './address.ts';
import { type Board, type BoardSmmu, checkBoard, type Region, type ReservedRegion } from './board.ts';

/** One descriptor. */
export interface EfiRange {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  /** Attributes as printed; `WB` decides whether Linux may use it. */
  readonly attributes: readonly string[];
}

/** Types that become System RAM when they can be cached (efi-init.c:is_usable_memory). */
const USABLE =
  /^(Loader ?(Code|Data)|Boot ?(Code|Data|Services (Code|Data))|Conventional( Memory)?|ACPI ?Reclaim( Memory)?|Persistent( Memory)?|Available|LoaderCode|LoaderData|BS_Code|BS_Data|ACPI_Recl|BootCode|BootData)$/i;
const MMIO = /^(MMIO|MMIO Port|MemMapIO|MemPortIO|Memory Mapped I\/O|Mmio)/i;
const ACPI = /^ACPI ?_?Recl/i;

const ARM64 = /0x([0-9a-f]{8,16})-0x([0-9a-f]{8,16}) \[([^|\]]+)\|([^\]]*)\]/i;
const X86 = /mem\d+: \[([^|\]]+)\|([^\]]*)\] range=\[0x([0-9a-f]+)-0x([0-9a-f]+)\]/i;
const SHELL =
  /^\s*([A-Za-z_][A-Za-z0-9_]*)\s+([0-9A-F]{8,16})-([0-9A-F]{8,16})\s+([0-9A-F]{8,16})\s+([0-9A-F]{8,16})/i;

/** EFI_MEMORY_WB. */
const WB_BIT = 3n;

function attributes(text: string): string[] {
  const raw = /attr=0x([0-9a-f]+)/i.exec(text);
  if (raw) return (BigInt(`0x${raw[1]}`) >> WB_BIT) & 1n ? ['WB'] : [];
  return text
    .split('|')
    .map((a) => a.trim())
    .filter(Boolean);
}

/** Reads the descriptors of a listing; other lines are skipped. Throws InputError when there are none. */
export function parseEfiMemmap(text: string, where = 'EFI memory map'): EfiRange[] {
  const out: EfiRange[] = [];
  for (const line of text.split(/\r?\n/)) {
    let match = X86.exec(line);
    if (match) {
      out.push({
        start: Number.parseInt(match[3]!, 16),
        end: Number.parseInt(match[4]!, 16) + 1,
        type: match[1]!.trim(),
        attributes: attributes(match[2]!),
      });
      continue;
    }
    match = ARM64.exec(line);
    if (match) {
      out.push({
        start: Number.parseInt(match[1]!, 16),
        end: Number.parseInt(match[2]!, 16) + 1,
        type: match[3]!.trim(),
        attributes: attributes(match[4]!),
      });
      continue;
    }
    match = SHELL.exec(line);
    if (match) {
      out.push({
        start: Number.parseInt(match[2]!, 16),
        end: Number.parseInt(match[3]!, 16) + 1,
        type: match[1]!,
        attributes: (BigInt(`0x${match[5]}`) >> WB_BIT) & 1n ? ['WB'] : [],
      });
    }
  }
  if (out.length === 0) {
    throw new InputError(
      'no descriptor of an EFI memory map found',
      where,
      'boot with efi=debug and take the kernel log, or run memmap in the UEFI shell',
    );
  }
  return out.sort((a, b) => a.start - b.start);
}

/** Options of `boardFromEfi`. */
export interface EfiOptions {
  readonly where?: string;
  readonly name?: string;
  /** The map does not tell; default none. */
  readonly smmu?: BoardSmmu | null;
}

/**
 * A machine from the listing. Usable types become RAM, runtime services and reserved ranges become no-map memory of the
 * firmware, as in efi-init.c:reserve_regions.
 * @throws InputError as `parseEfiMemmap` and `checkBoard` do.
 */
export function boardFromEfi(text: string, options: EfiOptions = {}): Board {
  const where = options.where ?? 'EFI memory map';
  const ranges = parseEfiMemmap(text, where);
  const ram: Region[] = [];
  const reserved: ReservedRegion[] = [];
  const mmio: Region[] = [];
  for (const range of ranges) {
    const region = { start: range.start, end: range.end, name: range.type, source: 'EFI memory map' };
    if (MMIO.test(range.type)) {
      mmio.push(region);
      continue;
    }
    // is_memory(): something that can be cached is memory.
    if (!range.attributes.includes('WB')) {
      mmio.push(region);
      continue;
    }
    const last = ram.at(-1);
    if (last && last.end === range.start) ram[ram.length - 1] = { ...last, name: 'RAM', end: range.end };
    else ram.push(region);
    if (!USABLE.test(range.type)) reserved.push({ ...region, use: 'firmware', noMap: true });
    else if (ACPI.test(range.type)) reserved.push({ ...region, use: 'reserved', noMap: false });
  }
  return checkBoard(
    {
      name: options.name ?? 'efi',
      title: 'machine described by its EFI memory map',
      ram,
      reserved,
      mmio,
      secure: [],
      smmu: options.smmu ?? null,
      streams: [],
      dmaLimitBits: 32,
      fixed: [],
      assumptions: options.smmu
        ? []
        : ['the EFI memory map does not tell of an SMMU: none assumed, give --smmu'],
    },
    where,
  );
}
