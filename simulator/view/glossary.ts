/** The words that the simulation uses, each explained in one sentence: for the panel, the report and the pages. */

/** One word. */
export interface Term {
  /** As it is written in texts. */
  readonly name: string;
  /** One sentence. */
  readonly says: string;
  /** Other spellings that mean the same. */
  readonly also?: readonly string[];
}

// biome-ignore format: one row a line
export const GLOSSARY: readonly Term[] = [
  { name: 'Qualcomm quirks', says: 'Qualcomm\'s SMMUv2 turns bypass into fault, and its Linux driver keeps the stream mappings that it finds.' },
  { name: 'clocks off', says: 'What an SMMU without clocks does to transactions depends on the chip: they pass, wait for ever, or fail.', also: ['clocks'] },
  { name: 'device kind', says: 'How the device works on its own: what it reads and writes, and how long it goes on.' },
  { name: 'kexec', says: 'A running kernel starts another one directly, without firmware and without a reset of the hardware.' },
  { name: 'kdump', says: 'A kexec after a crash into a small kernel in reserved memory: no driver hook runs before it.' },
  { name: 'hook', says: "A driver's .shutdown function, the last chance to stop its device before a kexec.", also: ['.shutdown', 'shutdown hook'] },
  { name: 'quiesce', says: 'To bring a device to where it does no DMA by itself any more.' },
  { name: 'DMA', says: 'A device reads or writes memory on its own, without the CPU.' },
  { name: 'DMA mask', says: 'How many address bits a device can put out; it limits where the kernel places its IOVAs.' },
  { name: 'transaction', says: 'One read or write of a device, with its address, length and StreamID.', also: ['access'] },
  { name: 'SMMU', says: "Arm's IOMMU: it stands between devices and memory and translates or refuses their addresses." },
  { name: 'StreamID', says: 'The number by which an SMMU tells one device from another.' },
  { name: 'IOVA', says: 'The address that a device uses; behind an SMMU that translates it is not the physical one.' },
  { name: 'physical address', says: 'The address of a byte of RAM as the memory bus sees it.', also: ['PA'] },
  { name: 'SMR', says: 'Stream match register of an SMMUv1/v2: the StreamIDs that belong to one stream mapping group.' },
  { name: 'S2CR', says: 'Stream-to-context register of an SMMUv1/v2: whether a group is translated, bypasses the SMMU, or faults.' },
  { name: 'context bank', says: 'The registers of an SMMUv1/v2 that hold one set of page tables.', also: ['bank', 'CB'] },
  { name: 'CLIENTPD', says: 'Bit 0 of sCR0 of an SMMUv1/v2: with 1 the SMMU is off and every transaction passes untranslated.' },
  { name: 'sCR0', says: 'The main control register of an SMMUv1/v2.' },
  { name: 'USFCFG', says: 'Bit of sCR0: with 1 a StreamID that matches no group faults, with 0 it bypasses the SMMU.' },
  { name: 'bypass', says: 'The SMMU lets an address through unchanged: the IOVA is taken for a physical address.' },
  { name: 'abort', says: 'The SMMU ends a transaction with an error: nothing is read or written.', also: ['terminated'] },
  { name: 'disable_bypass', says: 'Parameter of the arm-smmu driver: streams without a mapping fault instead of bypassing.' },
  { name: 'CR0', says: 'The main control register of an SMMUv3; its bit SMMUEN turns translation on.', also: ['SMMUEN'] },
  { name: 'GBPA', says: 'Register of an SMMUv3 that says what happens while it is off: its ABORT bit refuses, otherwise addresses pass.' },
  { name: 'STE', says: "Stream table entry of an SMMUv3: a stream's configuration in memory (abort, bypass or translate)." },
  { name: 'CD', says: 'Context descriptor of an SMMUv3: where the page tables of a stream begin.' },
  { name: 'stream table', says: 'The table of an SMMUv3 in memory, one entry a StreamID.' },
  { name: 'L1STD', says: 'First-level descriptor of a two-level stream table: where the entries of a range of StreamIDs are.' },
  { name: 'event queue', says: 'A ring in memory into which an SMMUv3 writes its faults.' },
  { name: 'walk', says: 'The SMMU reads page tables level by level until it finds the page of an address.' },
  { name: 'TLB', says: "The SMMU's cache of translations; a hit needs no walk." },
  { name: 'fault', says: 'An SMMU refused a transaction and, where it can, recorded why.' },
  { name: 'page tables', says: 'Tables in memory that say which physical page belongs to an address.' },
  { name: 'identity domain', says: 'A mapping in which every IOVA is its own physical address (iommu.passthrough=1).', also: ['passthrough'] },
  { name: 'forcedac', says: 'Kernel parameter: IOVAs may lie above 4 GiB at once, without trying 32 bits first.' },
  { name: 'RMR', says: 'Memory that firmware wants to stay reachable for a stream without translation.' },
  { name: 'SError', says: 'An asynchronous error at the CPU; an aborted access that reaches one as SError stops the kernel.' },
  { name: 'P0', says: "The old kernel from the device's hook slot to the SMMU's hook." },
  { name: 'P1', says: 'Hand-over, copying of the image and early boot: no kernel drives the SMMU.' },
  { name: 'P2', says: "The next kernel's SMMU driver has reset it, the device is not attached yet." },
  { name: 'P3', says: 'The device is attached, its new driver has not reset it yet.' },
  { name: 'P4', says: 'The new driver has reset the device.' },
  { name: 'purgatory', says: 'A small program between the two kernels that checks the loaded image against its checksum.' },
  { name: 'CMA', says: 'Memory set aside for large contiguous buffers, lent to movable pages until then.' },
  { name: 'memmap', says: "The kernel's array with one struct page for each page of RAM." },
  { name: 'swiotlb', says: 'Bounce buffers for devices that cannot reach all memory.' },
  { name: 'LPI tables', says: 'Tables of the interrupt controller in RAM that it goes on using across a kexec.' },
  { name: 'self-alias', says: 'Stale DMA hits the fresh buffers of the same device, since IOVAs are given out in the same order again.' },
  { name: 'second order', says: 'The device took an address out of memory that was no longer its own, and used it.' },
  { name: 'ring receiver', says: 'A device that fills receive buffers which it was given before, such as a network card.' },
  { name: 'scanout', says: 'A display controller that reads the frame buffer again and again.' },
  { name: 'cyclic audio', says: 'A sound device that goes round and round in one buffer.' },
  { name: 'USB schedule', says: 'A USB host that reads its schedule from memory each frame and follows what it finds.' },
  { name: 'descriptor engine', says: 'A device that fetches descriptors from memory and obeys them, such as a DMA engine.' },
  { name: 'one-shot', says: 'Requests that are in flight at the kexec, and silence after them.' },
  { name: 'corrupts', says: 'A write of the device lands in memory that is in use.' },
  { name: 'leaks', says: "The device reads memory of the next kernel's." },
  { name: 'breaks target', says: 'DMA that the next system itself needs fails.' },
  { name: 'unknown', says: 'Writes land where the model cannot tell whether anybody uses the memory at that time.' },
  { name: 'blocked', says: 'Accesses of the device were terminated and nothing worse happened.' },
  { name: 'safe', says: "Nobody else's memory was reached and nothing had to be blocked." },
];

const byName = new Map<string, Term>();
for (const term of GLOSSARY) {
  for (const name of [term.name, ...(term.also ?? [])]) byName.set(name.toLowerCase(), term);
}

/** The explanation of a word in any of its spellings; undefined for a word that is not in the glossary. */
export function termOf(name: string): Term | undefined {
  return byName.get(name.toLowerCase());
}
