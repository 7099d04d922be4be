/**
 * What a booting arm64 kernel takes from memblock before its page allocator starts, and where: top-down from the end of
 * RAM. The order and sizes were checked against three recorded boots of Debian 6.12 (`test/fixtures/machines`).
 */
import {
  alignDown,
  alignUp,
  findHole,
  GIB,
  InputError,
  KIB,
  MIB,
  PAGE,
  type Span,
  subtractSpans,
} from './address.ts';

/** Parts of a kernel's memory that exist before its page allocator does. */
export type BootPart =
  | 'text'
  | 'rodata'
  | 'init'
  | 'data'
  | 'bss'
  | 'initrd'
  | 'dtb'
  | 'page-tables'
  | 'devicetree'
  | 'memmap'
  | 'cma'
  | 'crashkernel'
  | 'percpu'
  | 'hash-tables'
  | 'swiotlb'
  | 'elfcorehdr';

/** A stretch taken at some stage of the boot. */
export interface BootClaim extends Span {
  readonly part: BootPart;
  /** Stage from which on it matters, see `STAGE_ORDER`. */
  readonly stage: BootStage;
}

/** `entry`: present when the kernel starts. The others follow each other in start_kernel(). */
export type BootStage = 'entry' | 'paging' | 'memmap' | 'late';

/** `crashkernel=` as arm64 places it (kernel/crash_reserve.c:reserve_crashkernel_generic). */
export interface CrashkernelOption {
  readonly bytes: number;
  /** `,high`: from the top of RAM, plus `,low`. */
  readonly high?: boolean;
  /** `@offset`. */
  readonly at?: number;
}

export interface BootInput {
  /** RAM the kernel maps: memblock.memory without nomap. */
  readonly ram: readonly Span[];
  /** memblock.reserved from firmware, device tree and memreserve. */
  readonly reserved: readonly Span[];
  /** `_text` to `_end`. */
  readonly image: Span;
  readonly initrd?: Span;
  readonly dtb?: Span;
  readonly elfcorehdr?: Span;
  /** End of the DMA zone: `arm64_dma_phys_limit`. */
  readonly dmaLimit: number;
  readonly cmaBytes: number;
  readonly crashkernel?: CrashkernelOption;
  readonly cpus: number;
}

export interface BootLayout {
  readonly claims: readonly BootClaim[];
  /** What the page allocator starts with; sorted. CMA is apart (movable pages may use it). */
  readonly free: readonly Span[];
  readonly crashKernel: readonly Span[];
  readonly cma: Span | undefined;
}

/** Shares of an arm64 Image, from `/proc/iomem` and "Memory:" of the recorded 6.12.117 (text..bss 43.2 MiB). */
const IMAGE_SHARES: readonly (readonly [BootPart, number])[] = [
  ['text', 15616],
  ['rodata', 14080],
  ['init', 9664],
  ['data', 3926],
  ['bss', 938],
];

/** Splits `image` into its parts, page by page, in link order (arch/arm64/kernel/vmlinux.lds.S). */
export function imageParts(image: Span): BootClaim[] {
  const total = IMAGE_SHARES.reduce((sum, [, share]) => sum + share, 0);
  const bytes = image.end - image.start;
  let at = image.start;
  let seen = 0;
  return IMAGE_SHARES.map(([part, share], index) => {
    seen += share;
    const end =
      index === IMAGE_SHARES.length - 1
        ? image.end
        : image.start + alignDown(Math.floor((bytes * seen) / total), PAGE);
    const claim = { part, stage: 'entry' as const, start: at, end };
    at = end;
    return claim;
  }).filter((c) => c.end > c.start);
}

const SECTION = 128 * MIB;
const MEMMAP_PER_SECTION = 2 * MIB;
/** DEFAULT_CRASH_KERNEL_LOW_SIZE. */
const CRASH_LOW = 128 * MIB;

function pow2ceil(value: number): number {
  let p = 1;
  while (p < value) p *= 2;
  return p;
}

/** Pages of the linear map's tables: one per 2 MiB (rodata=full maps it by pages), the image's text by blocks. */
function linearMapPages(ram: readonly Span[], image: Span): number {
  let tables = 1;
  for (const span of ram) {
    tables += (alignUp(span.end, 2 * MIB) - alignDown(span.start, 2 * MIB)) / (2 * MIB);
    tables += (alignUp(span.end, GIB) - alignDown(span.start, GIB)) / GIB;
  }
  const readOnly = imageParts(image).filter((c) => c.part === 'text' || c.part === 'rodata');
  const blocks = alignDown((readOnly.at(-1)?.end ?? 0) - image.start, 2 * MIB) / (2 * MIB);
  return Math.max(1, tables - Math.max(0, blocks));
}

/**
 * Lays out a boot: arch/arm64/kernel/setup.c:setup_arch (paging_init, unflatten_device_tree, bootmem_init: sparse_init,
 * dma_contiguous_reserve, arch_reserve_crashkernel), then start_kernel() (setup_per_cpu_areas, vfs_caches_init_early,
 * mem_init: swiotlb). Everything is allocated top-down in what is left.
 * @throws InputError when RAM is too small for it.
 */
export function bootLayout(input: BootInput): BootLayout {
  const claims: BootClaim[] = imageParts(input.image);
  if (input.initrd) claims.push({ ...input.initrd, part: 'initrd', stage: 'entry' });
  if (input.dtb) claims.push({ ...input.dtb, part: 'dtb', stage: 'entry' });
  if (input.elfcorehdr) claims.push({ ...input.elfcorehdr, part: 'elfcorehdr', stage: 'entry' });
  let free = subtractSpans(input.ram, [...input.reserved, ...claims]);

  const take = (
    part: BootPart,
    stage: BootStage,
    bytes: number,
    align: number,
    limits: { min?: number; max?: number } = {},
  ): Span | undefined => {
    const start = findHole(free, bytes, align, { ...limits, topDown: true });
    if (start === undefined) return undefined;
    const span = { start, end: start + bytes };
    claims.push({ ...span, part, stage });
    free = subtractSpans(free, [span]);
    return span;
  };
  const mustTake = (part: BootPart, stage: BootStage, bytes: number, align: number): void => {
    if (!take(part, stage, bytes, align)) {
      throw new InputError(
        `not enough RAM for the ${part} of a booting kernel (${bytes} bytes)`,
        'machine',
        'more RAM',
      );
    }
  };
  // Page by page: early_pgtable_alloc() fills holes downwards.
  let tables = linearMapPages(input.ram, input.image) * PAGE;
  for (const hole of [...free].reverse()) {
    if (tables <= 0) break;
    const bytes = Math.min(tables, hole.end - hole.start);
    claims.push({ start: hole.end - bytes, end: hole.end, part: 'page-tables', stage: 'paging' });
    tables -= bytes;
  }
  free = subtractSpans(free, claims);
  const dtbBytes = input.dtb ? input.dtb.end - input.dtb.start : 16 * KIB;
  mustTake('devicetree', 'paging', Math.max(188 * KIB, alignUp(dtbBytes * 4, PAGE)), PAGE);

  const sections = new Set<number>();
  for (const span of input.ram) {
    for (let s = Math.floor(span.start / SECTION); s * SECTION < span.end; s++) sections.add(s);
  }
  mustTake('memmap', 'memmap', sections.size * MEMMAP_PER_SECTION, 2 * MIB);
  const cma =
    input.cmaBytes > 0 ? take('cma', 'memmap', input.cmaBytes, 2 * MIB, { max: input.dmaLimit }) : undefined;
  const crashKernel = reserveCrashkernel(input, take);

  const ramPages = input.ram.reduce((sum, s) => sum + (s.end - s.start) / PAGE, 0);
  mustTake('percpu', 'late', input.cpus * 136 * KIB, PAGE);
  mustTake('hash-tables', 'late', pow2ceil(ramPages / 2) * 8, PAGE);
  mustTake('hash-tables', 'late', pow2ceil(ramPages / 4) * 8, PAGE);
  const beyondDma = input.ram.some((s) => s.end > input.dmaLimit);
  // arch/arm64/mm/init.c:mem_init: 64 MiB where masters cannot reach all RAM, else 1 MiB per GiB.
  const bounce = beyondDma ? 64 * MIB : Math.min(64 * MIB, pow2ceil((ramPages * PAGE) / 1024));
  take('swiotlb', 'late', bounce, PAGE, { max: input.dmaLimit });
  return { claims, free, crashKernel, cma };
}

function reserveCrashkernel(
  input: BootInput,
  take: (
    part: BootPart,
    stage: BootStage,
    bytes: number,
    align: number,
    limits?: { min?: number; max?: number },
  ) => Span | undefined,
): Span[] {
  const option = input.crashkernel;
  if (!option || option.bytes === 0) return [];
  const place = (bytes: number, limits: { min?: number; max?: number }) =>
    take('crashkernel', 'memmap', bytes, 2 * MIB, limits);
  // A reservation that fails is logged ("cannot allocate crashkernel"), and the kernel boots without one.
  const found = (span: Span | undefined): Span[] => (span ? [span] : []);
  if (option.at !== undefined)
    return found(place(option.bytes, { min: option.at, max: option.at + option.bytes }));
  if (!option.high) {
    const low = place(option.bytes, { max: input.dmaLimit });
    if (low) return [low];
  }
  const high = place(option.bytes, { min: input.dmaLimit }) ?? place(option.bytes, { max: input.dmaLimit });
  if (!high || high.start < input.dmaLimit) return found(high);
  const low = place(CRASH_LOW, { max: input.dmaLimit });
  return low ? [low, high] : [];
}
