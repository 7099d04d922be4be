/**
 * `/proc/iomem` of a running machine as a Board. The format is kernel/resource.c:r_show: two blanks per level,
 * `start-end : name`, the end inclusive, hex without 0x. What arm64 puts in: arch/arm64/kernel/setup.c
 * (`request_standard_resources`, `reserve_memblock_reserved_regions`).
 */
import { hex, InputError, type Span } from './address.ts';
import {
  type Board,
  type BoardSmmu,
  checkBoard,
  type FixedTable,
  type Region,
  type ReservedRegion,
} from './board.ts';

/** One line and what is nested below it. */
export interface IomemEntry extends Span {
  readonly name: string;
  readonly depth: number;
  readonly children: IomemEntry[];
}

const LINE = /^( *)([0-9a-f]{4,16})-([0-9a-f]{4,16}) : (.*)$/;

/**
 * Reads the lines of `/proc/iomem`; lines of another form (a log around them) are left out.
 * @throws InputError when no line fits, when all addresses are zero (read without root), or a range is reversed.
 */
export function parseIomem(text: string, where = '/proc/iomem'): IomemEntry[] {
  const roots: IomemEntry[] = [];
  const stack: IomemEntry[] = [];
  let lines = 0;
  let zeros = 0;
  text.split(/\r?\n/).forEach((raw, index) => {
    const match = LINE.exec(raw.trimEnd());
    if (!match) return;
    lines++;
    const start = Number.parseInt(match[2]!, 16);
    const last = Number.parseInt(match[3]!, 16);
    if (last === 0 && start === 0) zeros++;
    if (last < start) {
      throw new InputError(
        `line ${index + 1} ends before it starts: ${raw.trim()}`,
        where,
        'the file is damaged, read it again',
      );
    }
    const depth = match[1]!.length >> 1;
    const entry: IomemEntry = { start, end: last + 1, name: match[4]!.trim(), depth, children: [] };
    while (stack.length > 0 && stack.at(-1)!.depth >= depth) stack.pop();
    (stack.at(-1)?.children ?? roots).push(entry);
    stack.push(entry);
  });
  if (lines === 0) {
    throw new InputError(
      'no line looks like an entry of /proc/iomem',
      where,
      'expected lines such as "40000000-7fffffff : System RAM"',
    );
  }
  if (zeros === lines) {
    throw new InputError(
      `all ${lines} ranges are 00000000-00000000: it was read without root`,
      where,
      'read it again as root, for example: sudo cat /proc/iomem > iomem.txt',
    );
  }
  return roots;
}

function walk(entries: readonly IomemEntry[], visit: (entry: IomemEntry) => void): void {
  for (const entry of entries) {
    visit(entry);
    walk(entry.children, visit);
  }
}

/** Bytes of each of the two register pages that arm-smmu-v3.c maps (`ARM_SMMU_REG_SZ`). */
const V3_REGISTER_BYTES = 0xe00;

/**
 * The SMMU that the list names: v3 maps two pages of 0xe00 bytes under its own name, v1/v2 one range. The name is the
 * device's (`9050000.smmuv3`, `5000000.iommu`, `arm-smmu-v3.0.auto`).
 */
export function smmuFromIomem(entries: readonly IomemEntry[]): BoardSmmu | null {
  const named: IomemEntry[] = [];
  walk(entries, (entry) => {
    if (/smmu|\.iommu$|^iommu@/i.test(entry.name)) named.push(entry);
  });
  const first = named[0];
  if (!first) return null;
  const v3 = named.some((e) => e.end - e.start === V3_REGISTER_BYTES || /smmu-?v3/i.test(e.name));
  return {
    version: v3 ? 3 : 2,
    model: first.name,
    qcom: false,
    covers: 'the list does not say whose transactions pass it',
    source: `/proc/iomem: ${hex(first.start)} ${first.name}`,
  };
}

/**
 * GIC tables that stay in use across a kexec, from a kernel log: the redistributors' LPI property and pending tables
 * (drivers/irqchip/irq-gic-v3-its.c: `GICR_CTLR.EnableLPIs` can often not be cleared, so the second kernel keeps
 * them: "Using preallocated redistributor tables").
 */
export function parseGicTables(log: string, source = 'kernel log'): FixedTable[] {
  const tables = new Map<number, FixedTable>();
  const add = (start: number, bytes: number, name: string, by: string) => {
    if (start > 0) tables.set(start, { start, end: start + bytes, name, by, source });
  };
  for (const match of log.matchAll(/using LPI property table @0x([0-9a-f]+)/gi)) {
    // LPI_PROPBASE_SZ: 2^16 LPIs at most in Linux, one byte each.
    add(
      Number.parseInt(match[1]!, 16),
      0x10000,
      'GIC LPI property table',
      'GIC redistributors (GICR_PROPBASER)',
    );
  }
  for (const match of log.matchAll(
    /CPU(\d+): using (?:allocated|reserved) LPI pending table @0x([0-9a-f]+)/gi,
  )) {
    add(
      Number.parseInt(match[2]!, 16),
      0x10000,
      `GIC LPI pending table of CPU${match[1]}`,
      'GIC redistributor (GICR_PENDBASER)',
    );
  }
  return [...tables.values()].sort((a, b) => a.start - b.start);
}

/** Options of `boardFromIomem`. */
export interface IomemOptions {
  readonly where?: string;
  readonly name?: string;
  /** Overrides the SMMU read from the list; null: none. */
  readonly smmu?: BoardSmmu | null;
  /** Kernel log of the same machine, for tables of the GIC; may be the same text. */
  readonly log?: string;
}

/**
 * A machine from its `/proc/iomem`. RAM is every top-level `System RAM` plus top-level `reserved` (nomap memory,
 * arm64 setup.c); children become the running kernel's image, reservations and crash kernel.
 * @throws InputError as `parseIomem` and `checkBoard` do.
 */
export function boardFromIomem(text: string, options: IomemOptions = {}): Board {
  const where = options.where ?? '/proc/iomem';
  const source = '/proc/iomem';
  const entries = parseIomem(text, where);
  const ram: Region[] = [];
  const reserved: ReservedRegion[] = [];
  const mmio: Region[] = [];
  const running = {
    code: undefined as Span | undefined,
    data: undefined as Span | undefined,
    reserved: [] as Span[],
    crashKernel: [] as Span[],
  };
  for (const entry of entries) {
    const span = { start: entry.start, end: entry.end };
    if (/^System RAM/.test(entry.name)) {
      ram.push({ ...span, name: 'System RAM', source });
      walk(entry.children, (child) => {
        const range = { start: child.start, end: child.end };
        if (child.name === 'Kernel code') running.code = range;
        else if (child.name === 'Kernel data') running.data = range;
        else if (/^Crash kernel/.test(child.name)) running.crashKernel.push(range);
        else if (child.name === 'reserved') running.reserved.push(range);
      });
    } else if (/^reserved$/i.test(entry.name)) {
      ram.push({ ...span, name: 'reserved', source });
      reserved.push({ ...span, name: 'nomap memory', source, use: 'firmware', noMap: true });
    } else {
      mmio.push({ ...span, name: entry.name, source });
    }
  }
  if (ram.length === 0) {
    throw new InputError(
      'no "System RAM" in it',
      where,
      'it must be the whole of /proc/iomem of an arm64 machine',
    );
  }
  const smmu = options.smmu === undefined ? smmuFromIomem(entries) : options.smmu;
  const assumptions = [
    "reserved ranges below System RAM are the running kernel's own (memblock at boot): page tables, memmap, CMA, hash tables, initrd",
    smmu
      ? `SMMUv${smmu.version} concluded from ${smmu.source}; give --smmu to say otherwise`
      : 'no SMMU in the list: an address that a device puts out is physical',
  ];
  return checkBoard(
    {
      name: options.name ?? 'iomem',
      title: 'machine described by its /proc/iomem',
      ram,
      reserved,
      mmio,
      secure: [],
      smmu,
      streams: [],
      dmaLimitBits: 32,
      fixed: options.log ? parseGicTables(options.log) : [],
      running: {
        reserved: running.reserved,
        crashKernel: running.crashKernel,
        ...(running.code ? { code: running.code } : {}),
        ...(running.data ? { data: running.data } : {}),
      },
      assumptions,
    },
    where,
  );
}
