/** Where a device's buffers are: I/O virtual and physical, in the old kernel and again in the next one. */
import { alignUp, hex, InputError, intersect, PAGE, type Span } from '../machine/address.ts';
import { type Board, mappedRam } from '../machine/board.ts';
import { bufferPlans } from '../machine/device.ts';
import type { BufferPlan, DeviceSpec, MappedBuffer } from '../machine/device-types.ts';
import type { PageSource } from '../machine/growth.ts';
import { IovaDomain } from '../machine/iova.ts';
import type { Random } from '../machine/random.ts';
import type { Domain } from '../smmu/types.ts';
import type { Scenario } from './scenario-types.ts';

/** How an address of the device's becomes one of memory. */
export type Addressing = 'translated' | 'identity';

/** Pages of one buffer: one by one behind an IOMMU (dma-iommu allocates order by order), in one piece without. */
function pagesOf(plan: BufferPlan, source: PageSource, addressing: Addressing, random: Random): number[] {
  const bytes = alignUp(plan.bytes, PAGE);
  const exhausted = (): never => {
    throw new InputError(
      `no memory left for a buffer of ${plan.bytes} bytes that the device can reach`,
      'device.buffers',
      'fewer or smaller buffers',
    );
  };
  if (addressing === 'identity') {
    const span = source.take(bytes) ?? exhausted();
    return Array.from({ length: bytes / PAGE }, (_, i) => span.start + i * PAGE);
  }
  const pages: number[] = [];
  while (pages.length * PAGE < bytes) {
    // Others allocate in between: now and then a page or a few are theirs.
    if (random.below(8) === 0) source.skip(random.below(8) * PAGE);
    pages.push((source.take(PAGE) ?? exhausted()).start);
  }
  return pages;
}

/** The IOVA space of the device's DMA domain. PCI bridge windows are kept out for PCI devices (dma-iommu.c). */
export function iovaDomain(scenario: Scenario, domainBits = 64): IovaDomain {
  const { board, device, iommu } = scenario;
  const pci = device.bus === 'pci';
  const windows = pci ? board.mmio.filter((m) => /pci/i.test(m.name)) : [];
  return new IovaDomain({
    pci,
    forcedac: iommu.forcedac,
    apertureBits: Math.min(iommu.apertureBits, domainBits),
    reserved: windows,
  });
}

/**
 * Maps what the driver maps when it starts the device.
 * @param addressing `identity`: the IOVA is the physical address (no IOMMU, or passthrough)
 * @throws InputError when memory or IOVAs run out
 */
export function mapBuffers(
  scenario: Scenario,
  source: PageSource,
  addressing: Addressing,
  random: Random,
  domainBits?: number,
): MappedBuffer[] {
  const domain = iovaDomain(scenario, domainBits);
  return bufferPlans(scenario.device).map((plan) => {
    const pages = pagesOf(plan, source, addressing, random);
    const iova =
      addressing === 'identity'
        ? pages[0]!
        : domain.alloc(alignUp(plan.bytes, PAGE), scenario.device.maskBits);
    return { ...plan, iova, pages };
  });
}

/** Pages as ranges, neighbours joined. */
export function pageSpans(buffers: readonly MappedBuffer[]): Span[] {
  const sorted = buffers.flatMap((b) => b.pages).sort((a, b) => a - b);
  const out: { start: number; end: number }[] = [];
  for (const page of sorted) {
    const last = out.at(-1);
    if (last && last.end === page) last.end += PAGE;
    else out.push({ start: page, end: page + PAGE });
  }
  return out;
}

/** The ranges of IOVAs in use, neighbours joined, lowest first. */
export function iovaSpans(buffers: readonly MappedBuffer[]): Span[] {
  const sorted = buffers
    .map((b) => ({ start: b.iova, end: b.iova + alignUp(b.bytes, PAGE) }))
    .sort((a, b) => a.start - b.start);
  const out: { start: number; end: number }[] = [];
  for (const span of sorted) {
    const last = out.at(-1);
    if (last && last.end === span.start) last.end = span.end;
    else out.push({ ...span });
  }
  return out;
}

/**
 * Says where the device's IOVAs lie when they are taken for physical addresses: what bypass does. Plainly, also when
 * there is nothing to hit.
 */
export function bypassLanding(board: Board, device: DeviceSpec, iovas: readonly Span[]): string {
  const range = `${hex(iovas[0]!.start)}..${hex(iovas.at(-1)!.end - 1)}`;
  const inside = (spans: readonly Span[]) => iovas.some((i) => spans.some((s) => intersect(s, i)));
  const head = `IOVAs ${range} (${device.maskBits} bit mask${device.bus === 'pci' && device.maskBits > 32 ? ', PCI: 32 bit first' : ''}), taken for physical addresses, `;
  if (inside(mappedRam(board))) return `${head}are RAM of the next kernel on this board`;
  if (inside(board.reserved)) return `${head}are memory that firmware or a carve-out holds`;
  const window = board.mmio.find((m) => iovas.some((i) => intersect(m, i)));
  if (window) return `${head}are ${window.name}, no RAM`;
  if (inside(board.secure)) return `${head}are secure memory: the access is refused`;
  return `${head}hit no RAM and no device of this board: bypass finds nothing there`;
}

/** Whether a device may get memory at `limit` and above without an IOMMU. */
export function reachLimit(device: DeviceSpec): number {
  return device.maskBits >= 52 ? 2 ** 52 : 2 ** device.maskBits;
}

/** `iommu_map_sg`: physically contiguous pages in one go. */
export function mapInto(domain: Domain, buffers: readonly MappedBuffer[]): void {
  for (const buffer of buffers) {
    const access = { read: buffer.access !== 'write', write: buffer.access !== 'read' };
    for (let i = 0; i < buffer.pages.length; ) {
      let run = 1;
      while (buffer.pages[i + run] === buffer.pages[i]! + run * PAGE) run++;
      domain.map(buffer.iova + i * PAGE, buffer.pages[i]!, run * PAGE, access);
      i += run;
    }
  }
}
