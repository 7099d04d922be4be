/**
 * Where a kexec puts the next kernel: the rules of kexec_file_load (kernel/kexec_file.c,
 * arch/arm64/kernel/kexec_image.c, machine_kexec_file.c) and of kexec_load as kexec-tools uses it on arm64
 * (`arm64_locate_kernel_segment`, `arm64_load_other_segments`).
 */
import {
  alignDown,
  alignUp,
  findHole,
  GIB,
  InputError,
  KIB,
  MAX_ADDRESS,
  MIB,
  PAGE,
  type Span,
  subtractSpans,
} from './address.ts';

/** MIN_KIMG_ALIGN, arch/arm64/include/asm/boot.h. */
export const KERNEL_ALIGN = 2 * MIB;

export type Loader = 'kexec_file_load' | 'kexec_load';

/** Sizes of what is loaded, in bytes; 0: not there. */
export interface LoadSizes {
  /** `image_size` of the Image header: text to bss. */
  readonly imageBytes: number;
  /** `text_offset` of the header; 0 since Linux 5.8, 0x80000 before. */
  readonly textOffset: number;
  readonly initrdBytes: number;
  readonly dtbBytes: number;
}

export type SegmentKind = 'kernel' | 'initrd' | 'dtb' | 'purgatory' | 'elfcorehdr';

/** A destination of the kexec image. */
export interface KexecSegment extends Span {
  readonly kind: SegmentKind;
}

/** Memory of the running kernel as the loader sees it. */
export interface LoaderView {
  /** RAM that the running kernel maps. */
  readonly ram: readonly Span[];
  /** memblock.reserved, or children `reserved` of `/proc/iomem`: image parts, page tables, memmap, CMA, … */
  readonly reserved: readonly Span[];
  /** `Kernel code` and `Kernel data`: kexec-tools allows them, memblock has them reserved. */
  readonly runningImage: readonly Span[];
  readonly crashKernel: readonly Span[];
}

function pages(bytes: number): number {
  return alignUp(bytes, PAGE);
}

/** Purgatory of kexec-tools on arm64 fits a few pages. */
const PURGATORY_BYTES = 16 * KIB;

/**
 * Lays out an ordinary kexec.
 * @throws InputError when nothing fits, as the loader would fail with EADDRNOTAVAIL.
 */
export function placeSegments(view: LoaderView, sizes: LoadSizes, loader: Loader): KexecSegment[] {
  return loader === 'kexec_file_load' ? placeByFile(view, sizes) : placeByTools(view, sizes);
}

/** kexec_walk_memblock: kernel bottom-up, initrd bottom-up in a 32 GiB window, dtb top-down. */
function placeByFile(view: LoaderView, sizes: LoadSizes): KexecSegment[] {
  const free = subtractSpans(view.ram, [...view.reserved, ...view.runningImage, ...view.crashKernel]);
  return placeImage(free, sizes, 0, (base, end, taken) => {
    const segments: KexecSegment[] = [];
    let rest = subtractSpans(free, taken);
    const add = (kind: SegmentKind, bytes: number, align: number, max: number, topDown: boolean) => {
      if (bytes === 0) return true;
      const start = findHole(rest, pages(bytes), align, { min: end, max, topDown });
      if (start === undefined) return false;
      segments.push({ kind, start, end: start + pages(bytes) });
      rest = subtractSpans(rest, segments);
      return true;
    };
    const window = alignDown(base, GIB) + 32 * GIB;
    const ok =
      add('initrd', sizes.initrdBytes, PAGE, window, false) &&
      add('dtb', sizes.dtbBytes, 2 * MIB, MAX_ADDRESS, true);
    return ok ? segments : undefined;
  });
}

/**
 * kexec-tools: holes of "System RAM" without `reserved` and `Crash kernel`, the running image allowed; initrd, dtb and
 * purgatory upward from the end of the kernel.
 */
function placeByTools(view: LoaderView, sizes: LoadSizes): KexecSegment[] {
  const free = subtractSpans(view.ram, [
    ...subtractSpans(view.reserved, view.runningImage),
    ...view.crashKernel,
  ]);
  return placeImage(free, sizes, 0, (base, end, taken) => {
    const segments: KexecSegment[] = [];
    let rest = subtractSpans(free, taken);
    for (const [kind, bytes] of [
      ['initrd', sizes.initrdBytes],
      ['dtb', sizes.dtbBytes],
      ['purgatory', PURGATORY_BYTES],
    ] as const) {
      if (bytes === 0) continue;
      const start = findHole(rest, pages(bytes), PAGE, { min: end });
      if (start === undefined) return undefined;
      if (kind === 'initrd' && start + bytes - base > 32 * GIB) return undefined;
      segments.push({ kind, start, end: start + pages(bytes) });
      rest = subtractSpans(rest, segments);
    }
    return segments;
  });
}

function placeImage(
  free: readonly Span[],
  sizes: LoadSizes,
  from: number,
  others: (base: number, end: number, taken: Span[]) => KexecSegment[] | undefined,
): KexecSegment[] {
  const bytes = sizes.imageBytes + sizes.textOffset;
  for (let min = from; ; ) {
    const start = findHole(free, bytes, KERNEL_ALIGN, { min });
    if (start === undefined) {
      throw new InputError(
        `no place for a kernel of ${sizes.imageBytes} bytes with its initrd and dtb`,
        'kexec',
        'smaller initrd, or more RAM',
      );
    }
    const kernel = { kind: 'kernel', start: start + sizes.textOffset, end: start + bytes } as const;
    const rest = others(kernel.start, kernel.end, [{ start, end: start + bytes }]);
    if (rest) return [kernel, ...rest];
    // kexec_image.c: the other segments did not fit, try above.
    min = start + bytes;
  }
}

/**
 * Lays out a crash kernel inside its reservation: kernel at its start (rounded up to 2 MiB), initrd and dtb above,
 * elfcorehdr at the top on 64 KiB (kexec_image.c, `crash_reserved_mem` of kexec-tools).
 * @throws InputError when there is no reservation or it is too small.
 */
export function placeCrashSegments(crashKernel: readonly Span[], sizes: LoadSizes): KexecSegment[] {
  const area = crashKernel.at(-1);
  if (!area) {
    throw new InputError(
      'no crash kernel is reserved',
      'kdump',
      'the first kernel must boot with crashkernel=; give it in the scenario',
    );
  }
  const base = alignUp(area.start, KERNEL_ALIGN) + sizes.textOffset;
  const end = base + sizes.imageBytes;
  const elf = alignDown(area.end - 64 * KIB, 64 * KIB);
  const segments: KexecSegment[] = [{ kind: 'kernel', start: base, end }];
  let at = alignUp(end, PAGE);
  for (const [kind, bytes] of [
    ['initrd', sizes.initrdBytes],
    ['dtb', sizes.dtbBytes],
  ] as const) {
    if (bytes === 0) continue;
    segments.push({ kind, start: at, end: at + pages(bytes) });
    at += pages(bytes);
  }
  if (at > elf) {
    throw new InputError(
      `the crash kernel's reservation of ${area.end - area.start} bytes is too small for its ${at - area.start}`,
      'kdump',
      'a larger crashkernel=',
    );
  }
  segments.push({ kind: 'elfcorehdr', start: elf, end: elf + 64 * KIB });
  return segments;
}
