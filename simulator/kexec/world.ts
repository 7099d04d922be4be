/** Physical memory through a kexec: where both kernels are, who owns what when, what hardware holds on to. */
import { hexSpan, intersect, type Span, subtractSpans } from '../machine/address.ts';
import { type Board, type FixedTable, mappedRam, usableRam } from '../machine/board.ts';
import { type BootLayout, type BootPart, bootLayout, imageParts } from '../machine/bootlayout.ts';
import { growingClaims, type ZoneOrder, zoneOrder } from '../machine/growth.ts';
import { findBootloaderImage } from '../machine/oldkernel.ts';
import { NOTHING, type Owner, Ownership, owner } from '../machine/ownership.ts';
import { type KexecSegment, placeCrashSegments, placeSegments } from '../machine/placement.ts';
import type { Random } from '../machine/random.ts';
import type { Clock } from './clock.ts';
import type { Scenario } from './scenario-types.ts';

export { NOTHING };

/** The running kernel's memory before the kexec. */
export interface OldKernel {
  readonly image: readonly Span[];
  /** What it took from memblock and what firmware reserved. */
  readonly reserved: readonly Span[];
  readonly crashKernel: readonly Span[];
  readonly order: ZoneOrder;
  /** Named parts, for the picture. */
  readonly claims: readonly (Span & { readonly owner: Owner })[];
}

/** A table that stays in use and lies in memory of the next kernel. */
export interface FixedHit {
  readonly table: FixedTable;
  readonly pa: number;
  readonly len: number;
  readonly owner: Owner;
  /** One sentence for the report. */
  readonly text: string;
}

/** The next kernel's memory. */
export interface NextKernel {
  readonly segments: readonly KexecSegment[];
  readonly layout: BootLayout;
  readonly order: ZoneOrder;
  /** RAM that it manages. */
  readonly ram: readonly Span[];
}

/** Everything about memory in one run. */
export interface World {
  readonly old: OldKernel;
  readonly next: NextKernel;
  readonly ownership: Ownership;
  readonly fixedHits: readonly FixedHit[];
}

const OLD_NAMES: Partial<Record<BootPart, string>> = { cma: 'CMA', crashkernel: 'crash kernel reservation' };

/** The kernel that runs before: read from the machine where it was recorded, else booted by the same rules. */
export function oldKernelOf(scenario: Scenario): OldKernel {
  const { board, kernel } = scenario;
  const dmaLimit = 2 ** board.dmaLimitBits;
  const ram = mappedRam(board);
  const { running } = board;
  if (running) {
    const image = [running.code, running.data].filter((s) => s !== undefined);
    const reserved = [...board.reserved, ...running.reserved];
    const free = subtractSpans(ram, [...reserved, ...image, ...running.crashKernel]);
    const claims = [
      ...running.reserved.map((s) => ({ ...s, owner: owner('old', 'reserved', 'reserved at boot') })),
      ...running.crashKernel.map((s) => ({ ...s, owner: owner('old', 'crashkernel') })),
      ...(running.code ? [{ ...running.code, owner: owner('old', 'text') }] : []),
      ...(running.data ? [{ ...running.data, owner: owner('old', 'data') }] : []),
    ];
    return { image, reserved, crashKernel: running.crashKernel, order: zoneOrder(free, dmaLimit), claims };
  }
  const image = findBootloaderImage(usableRam(board), kernel.imageBytes);
  const layout = bootLayout({
    ram,
    reserved: board.reserved,
    image,
    dmaLimit,
    cmaBytes: kernel.cmaBytes,
    crashkernel: kernel.crashkernel,
    cpus: kernel.cpus,
  });
  return {
    image: [image],
    reserved: [...board.reserved, ...layout.claims.filter((c) => c.part !== 'crashkernel')],
    crashKernel: layout.crashKernel,
    order: zoneOrder(layout.free, dmaLimit),
    claims: layout.claims.map((c) => ({
      start: c.start,
      end: c.end,
      owner: owner('old', c.part, OLD_NAMES[c.part]),
    })),
  };
}

/**
 * Places and boots the next kernel.
 * @param kept memory that it must leave alone (policy adopt): tables and targets of the old mappings
 * @throws InputError when the segments or the boot do not fit
 */
export function nextKernelOf(
  scenario: Scenario,
  old: OldKernel,
  kdump: boolean,
  kept: readonly Span[],
): NextKernel {
  const { board, kernel } = scenario;
  const sizes = kernel;
  const reserved = [...board.reserved, ...kept];
  const ram = kdump ? [...old.crashKernel] : mappedRam(board);
  const segments = kdump
    ? placeCrashSegments(old.crashKernel, sizes)
    : placeSegments(
        {
          ram,
          reserved: [...old.reserved, ...kept],
          runningImage: old.image,
          crashKernel: old.crashKernel,
        },
        sizes,
        kernel.loader,
      );
  const find = (kind: KexecSegment['kind']) => segments.find((s) => s.kind === kind);
  const initrd = find('initrd');
  const dtb = find('dtb');
  const elfcorehdr = find('elfcorehdr');
  const layout = bootLayout({
    ram,
    reserved,
    image: find('kernel')!,
    ...(initrd ? { initrd } : {}),
    ...(dtb ? { dtb } : {}),
    ...(elfcorehdr ? { elfcorehdr } : {}),
    dmaLimit: 2 ** board.dmaLimitBits,
    cmaBytes: kdump ? Math.min(kernel.cmaBytes, (ram[0]!.end - ram[0]!.start) / 4) : kernel.cmaBytes,
    // The next kernel has the same command line, less the reservation in a crash.
    crashkernel: kdump ? { bytes: 0 } : kernel.crashkernel,
    cpus: kdump ? 1 : kernel.cpus,
  });
  return { segments, layout, ram, order: zoneOrder(layout.free, 2 ** board.dmaLimitBits) };
}

function claimMachine(ownership: Ownership, board: Board): void {
  for (const r of board.mmio) ownership.add(r, owner('machine', 'mmio', r.name));
  for (const r of board.secure) ownership.add(r, owner('machine', 'secure', r.name));
}

function claimReserved(ownership: Ownership, board: Board): void {
  for (const r of board.reserved) {
    const kind = r.use === 'cma' ? 'cma' : r.use;
    ownership.add(
      r,
      owner('machine', kind, `${r.use === 'firmware' ? 'firmware' : 'reserved'}: ${r.name}`, r.use !== 'cma'),
    );
  }
}

/** Puts the layers together, from the bottom up. */
export function buildWorld(
  scenario: Scenario,
  clock: Clock,
  kdump: boolean,
  old: OldKernel,
  next: NextKernel,
  random: Random,
): World {
  const { board } = scenario;
  const ownership = new Ownership();
  claimMachine(ownership, board);
  // A crash leaves the old kernel's memory as it is: it is what will be dumped.
  const oldUntil = kdump ? Infinity : clock.jump;
  const oldMemory = kdump
    ? owner('old', 'old-memory', 'memory to be dumped', false)
    : owner('old', 'old-memory');
  for (const r of board.ram) ownership.add(r, oldMemory, -Infinity, oldUntil);
  for (const claim of old.claims) ownership.add(claim, claim.owner, -Infinity, oldUntil);
  // Of whatever nobody else claims, the next kernel could have some at any time: boot-time holes and the like.
  for (const r of next.ram) ownership.add(r, owner('next', 'free'), clock.jump);
  for (const table of board.fixed) ownership.add(table, owner('machine', 'fixed-table', table.name));
  const curve = {
    start: clock.buddy,
    atStart: scenario.kernel.growthStartBytes,
    perSecond: scenario.kernel.growthPerSecond,
  };
  for (const claim of growingClaims(next.order, curve, random.fork('pageblocks').u32())) {
    ownership.addGrowing({ ...claim, from: clock.jump });
  }
  claimSegments(ownership, clock, kdump, next);
  for (const claim of next.layout.claims) {
    if (claim.stage === 'entry') continue;
    ownership.add(claim, owner('next', claim.part), clock.stage[claim.stage]);
  }
  claimReserved(ownership, board);
  return { old, next, ownership, fixedHits: fixedHits(board, next, ownership, clock) };
}

const COPIED_OVER = owner(
  'machine',
  'reserved',
  'destinations of the kexec image, copied over afterwards',
  false,
);

/** Segments belong to the next kernel from the moment they are copied: before, a write there is written over. */
function claimSegments(ownership: Ownership, clock: Clock, kdump: boolean, next: NextKernel): void {
  const total = next.segments.reduce((sum, s) => sum + s.end - s.start, 0);
  let done = 0;
  for (const segment of next.segments) {
    const bytes = segment.end - segment.start;
    const at = (offset: number) =>
      kdump ? -Infinity : Math.round(clock.jump + ((clock.relocated - clock.jump) * (done + offset)) / total);
    if (!kdump) ownership.add(segment, COPIED_OVER, clock.jump, at(bytes));
    if (segment.kind === 'kernel') {
      for (const part of imageParts(segment)) {
        ownership.add(part, owner('next', part.part), at(part.end - segment.start));
      }
    } else if (segment.kind === 'purgatory') {
      ownership.add(segment, owner('next', 'purgatory', undefined, true), at(bytes), clock.entry);
    } else {
      ownership.add(segment, owner('next', segment.kind), at(bytes));
    }
    done += bytes;
  }
}

/**
 * Tables of the GIC that lie in memory of the next kernel. Seen in a recorded kexec: the redistributors' LPI property
 * table inside the new kernel's text, which it then filled with 0xc2 as its own (domain reference 7.12, point 14).
 */
function fixedHits(board: Board, next: NextKernel, ownership: Ownership, clock: Clock): FixedHit[] {
  const hits: FixedHit[] = [];
  for (const table of board.fixed) {
    const inside = next.ram.map((r) => intersect(r, table)).filter((s) => s !== undefined);
    for (const span of inside) {
      for (const piece of ownership.split(span.start, span.end - span.start, clock.buddy)) {
        if (piece.owner.side !== 'next') continue;
        const where = hexSpan({ start: piece.pa, end: piece.pa + piece.len });
        hits.push({
          table,
          pa: piece.pa,
          len: piece.len,
          owner: piece.owner,
          text: `${table.name} ${hexSpan(table)} stays in use by the ${table.by} and lies in ${piece.owner.label} ${where}: ${
            piece.owner.live ? 'one overwrites the other' : 'the next kernel may hand it out'
          }`,
        });
      }
    }
  }
  return hits;
}
