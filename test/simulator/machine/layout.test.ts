import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GIB, MIB, type Span, subtractSpans } from '../../../simulator/machine/address.ts';
import { type BootPart, bootLayout } from '../../../simulator/machine/bootlayout.ts';
import { boardFromIomem } from '../../../simulator/machine/iomem.ts';
import { placeCrashSegments, placeSegments } from '../../../simulator/machine/placement.ts';

const machine = (name: string) =>
  boardFromIomem(readFileSync(new URL(`../../fixtures/machines/${name}.iomem`, import.meta.url), 'utf8'));

const IMAGE = 0x2b30000;
const sizes = { imageBytes: IMAGE, textOffset: 0, initrdBytes: 0x2cc000, dtbBytes: 0x3000 };

/** Whole-machine view of what the loader may use. */
function view(name: string) {
  const { ram, running } = machine(name);
  return {
    ram,
    reserved: running!.reserved,
    runningImage: [running!.code!, running!.data!],
    crashKernel: running!.crashKernel,
  };
}

describe('kexec_load, against the recorded kexec', () => {
  it('puts kernel, initrd and dtb where they were', () => {
    const segments = placeSegments(view('qemu-virt-clean-first'), sizes, 'kexec_load');
    const second = machine('qemu-virt-clean-second').running!;
    const kernel = segments.find((s) => s.kind === 'kernel')!;
    expect(kernel).toMatchObject({ start: second.code!.start, end: second.data!.end });
    expect(kernel.start).toBe(0x42a00000);
    // "45530000-457fefff : reserved" is initrd and dtb of the second kernel.
    expect(second.reserved).toContainEqual({ start: 0x45530000, end: 0x457ff000 });
    expect(segments.find((s) => s.kind === 'initrd')).toMatchObject({ start: 0x45530000, end: 0x457fc000 });
    expect(segments.find((s) => s.kind === 'dtb')).toMatchObject({ start: 0x457fc000, end: 0x457ff000 });
    expect(segments.find((s) => s.kind === 'purgatory')?.start).toBe(0x457ff000);
  });

  it('puts the crash kernel at the start of its reservation, the ELF header at its end', () => {
    const { crashKernel } = view('qemu-virt-kdump-first');
    const segments = placeCrashSegments(crashKernel, sizes);
    const second = machine('qemu-virt-kdump-second').running!;
    expect(segments[0]).toMatchObject({ start: second.code!.start, end: second.data!.end });
    expect(segments[1]?.start).toBe(0x88f30000);
    expect(segments.at(-1)).toMatchObject({ kind: 'elfcorehdr', end: 0x9a400000 });
  });
});

describe('kexec_file_load (domain reference 8.2)', () => {
  const GIG: Span = { start: 0x80000000, end: 0x100000000 };
  const plain = { ram: [GIG], reserved: [] as Span[], runningImage: [], crashKernel: [] };

  it('kernel bottom-up on 2 MiB, initrd above it, dtb top-down on 2 MiB', () => {
    const segments = placeSegments(plain, sizes, 'kexec_file_load');
    expect(segments).toEqual([
      { kind: 'kernel', start: 0x80000000, end: 0x80000000 + IMAGE },
      { kind: 'initrd', start: 0x80000000 + IMAGE, end: 0x80000000 + IMAGE + 0x2cc000 },
      { kind: 'dtb', start: 0xffe00000, end: 0xffe03000 },
    ]);
  });

  it('honours text_offset', () => {
    const [kernel] = placeSegments(plain, { ...sizes, textOffset: 0x80000 }, 'kexec_file_load');
    expect(kernel).toMatchObject({ start: 0x80080000, end: 0x80080000 + IMAGE });
  });

  it('keeps out of the running image, which kexec_load does not', () => {
    const running = { start: 0x80000000, end: 0x84000000 };
    const busy = { ...plain, reserved: [running], runningImage: [running] };
    expect(placeSegments(busy, sizes, 'kexec_file_load')[0]?.start).toBe(0x84000000);
    expect(placeSegments(busy, sizes, 'kexec_load')[0]?.start).toBe(0x80000000);
  });

  it('tries the next hole when the initrd finds no place in its 32 GiB window', () => {
    // A hole that takes the kernel only; the rest of RAM lies 64 GiB further up.
    const ram = [
      { start: 0, end: 64 * MIB },
      { start: 64 * GIB, end: 66 * GIB },
    ];
    const big = { ...sizes, initrdBytes: 100 * MIB };
    const [kernel, initrd] = placeSegments({ ...plain, ram }, big, 'kexec_file_load');
    expect(kernel?.start).toBe(64 * GIB);
    expect(initrd?.start).toBe(64 * GIB + IMAGE);
  });

  it('says when nothing fits', () => {
    const tiny = { ...plain, ram: [{ start: 0, end: 8 * MIB }] };
    expect(() => placeSegments(tiny, sizes, 'kexec_file_load')).toThrow(/no place for a kernel/);
  });

  it('leaves the crash kernel alone', () => {
    const crash = { ...plain, crashKernel: [{ start: 0x80000000, end: 0x90000000 }] };
    expect(placeSegments(crash, sizes, 'kexec_file_load')[0]?.start).toBe(0x90000000);
    expect(placeSegments(crash, sizes, 'kexec_load')[0]?.start).toBe(0x90000000);
  });
});

describe('crash kernel (domain reference 8.6)', () => {
  it('says when there is none, or too small a one', () => {
    expect(() => placeCrashSegments([], sizes)).toThrow(/no crash kernel is reserved/);
    expect(() => placeCrashSegments([{ start: 0, end: 32 * MIB }], sizes)).toThrow(/too small/);
  });
});

describe('a boot, against three recorded ones', () => {
  const boots = [
    // name, initrd, reserved by the loader, crashkernel=
    [
      'qemu-virt-clean-first',
      { start: 0x48000000, end: 0x4b34b000 },
      [{ start: 0x4b400000, end: 0x4b500000 }],
      0,
    ],
    [
      'qemu-virt-kdump-first',
      { start: 0x48000000, end: 0x4b34b000 },
      [{ start: 0x4b400000, end: 0x4b500000 }],
      320 * MIB,
    ],
    ['qemu-virt-kdump-second', { start: 0x88f30000, end: 0x891ff000 }, [], 0],
  ] as const;

  it.each(boots)('%s: what the kernel reserved is what the model says', (name, initrd, loader, crash) => {
    const { ram, running } = machine(name);
    const layout = bootLayout({
      ram,
      reserved: loader,
      image: { start: running!.code!.start, end: running!.data!.end },
      initrd,
      dmaLimit: 2 ** 32,
      cmaBytes: 64 * MIB,
      crashkernel: { bytes: crash },
      cpus: 1,
    });
    const big = new Set<BootPart>([
      'page-tables',
      'memmap',
      'cma',
      'crashkernel',
      'swiotlb',
      'hash-tables',
      'initrd',
    ]);
    const modelled = layout.claims.filter((c) => big.has(c.part));
    // Every byte that the model gives away was reserved in the recording, up to four pages at an edge.
    const real = [...running!.reserved, ...running!.crashKernel];
    const strange = subtractSpans(modelled, real);
    expect(strange.reduce((n, s) => n + s.end - s.start, 0)).toBeLessThanOrEqual(4 * 4096);
    // And what was reserved is explained, up to the few hundred KiB of small things.
    const unexplained = subtractSpans(running!.reserved, [...layout.claims, ...loader]);
    expect(unexplained.reduce((n, s) => n + s.end - s.start, 0)).toBeLessThan(512 * 1024);
    if (crash) expect(layout.crashKernel).toEqual(running!.crashKernel);
  });

  it('puts the crash kernel high only when low memory is short, with 128 MiB low', () => {
    const input = {
      ram: [
        { start: 0x80000000, end: 0xa0000000 },
        { start: 0x880000000, end: 0x980000000 },
      ],
      reserved: [],
      image: { start: 0x80200000, end: 0x80200000 + IMAGE },
      dmaLimit: 2 ** 32,
      cmaBytes: 0,
      cpus: 1,
    };
    const low = bootLayout({ ...input, crashkernel: { bytes: 128 * MIB } }).crashKernel;
    expect(low.map((s) => s.end <= 2 ** 32)).toEqual([true]);
    const high = bootLayout({ ...input, crashkernel: { bytes: GIB } }).crashKernel;
    expect(high.map((s) => [s.end - s.start, s.start >= 2 ** 32])).toEqual([
      [128 * MIB, false],
      [GIB, true],
    ]);
    const asked = bootLayout({ ...input, crashkernel: { bytes: 128 * MIB, high: true } }).crashKernel;
    expect(asked.at(-1)!.start).toBeGreaterThan(2 ** 32);
  });

  it('with RAM above 4 GiB page tables go there, CMA and swiotlb to the top of low RAM', () => {
    const layout = bootLayout({
      ram: [
        { start: 0x80000000, end: 0x100000000 },
        { start: 0x880000000, end: 0x900000000 },
      ],
      reserved: [],
      image: { start: 0x80200000, end: 0x80200000 + IMAGE },
      dmaLimit: 2 ** 32,
      cmaBytes: 64 * MIB,
      cpus: 4,
    });
    const part = (name: BootPart) => layout.claims.find((c) => c.part === name)!;
    expect(part('cma').end).toBe(2 ** 32);
    expect(part('swiotlb').end).toBe(part('cma').start);
    expect(part('page-tables').start).toBeGreaterThan(2 ** 32);
    expect(part('memmap').start).toBeGreaterThan(2 ** 32);
  });
});
