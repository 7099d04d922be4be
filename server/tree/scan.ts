import { isShippedName } from '../kernel/derived.ts';
import { libraryRow } from '../kernel/index.ts';
import { readPieces, readSmall } from './read-buffer.ts';

/** What a look at a file's text, without parsing, tells. */
export interface Scan {
  readonly size: number;
  /** Mentions a driver struct, or a macro that may make one. */
  readonly driver: boolean;
  /** Mentions DMA, an IOMMU or a framework that maps memory for its callers. */
  readonly dma: boolean;
  /** Names in EXPORT_SYMBOL*(). */
  readonly exports: readonly string[];
  /** A header's inline functions and macros can carry calls. */
  readonly inlines: boolean;
  /** Probe functions that it defines for other files to use, unless it mentions DMA: those do none. */
  readonly probes: readonly string[];
  /** Names of the `.c` files that it takes in by `#include`. */
  readonly sources: readonly string[];
}

const DRIVER =
  /\bstruct\s+\w*_driver\b|\w_DRIVER\w*\s*\(|\b_driver\s*\(|\b(?:module|builtin)_\w*driver\w*\s*\(|_driver_register\w*\s*\(|_register_drivers?\s*\(|\busb_register\s*\(|usb_serial_driver|rmi_function_handler|pi_protocol|ntb_client|usb_composite/;
/** One of these stands wherever `DRIVER` matches: quicker to look for. */
const MAY_DRIVE = [
  'driver',
  '_DRIVER',
  'usb_register',
  'rmi_function',
  'pi_protocol',
  'ntb_client',
  'usb_composite',
];
const EXPORT = /^[ \t]*EXPORT_\w*SYMBOL\w*\s*\(\s*(\w+)/gm;
const PROBE = /^(?!static\b)[a-z][\w \t*]*\b(\w*probe\w*)\s*\(/gm;
const INCLUDED_SOURCE = /^[ \t]*#[ \t]*include[ \t]+"([^"\n]+\.c)"/gm;
/** A name that is called, or whose address is stored. */
const CALLED = /\b[a-z]\w*_\w+(?=\s*\()|(?<=&)\w+_\w+/gi;
const DMA = /dma|iommu_|sdhci|ufshcd|usb_create_hcd|snd_pcm|rproc_|stmmac|mhi_/i;
const INLINE = /\bstatic\s+(?:__always_)?inline\b|^[ \t]*#[ \t]*define[ \t]+\w+\(/m;

/** Looks at a text without parsing it. */
export function scanText(text: string): Scan {
  return scanPieces(() => [text]);
}

/** Below the size from which on Node keeps a string outside of the heap, in memory that is seldom given back. */
const WHOLE_BYTES = 1024 * 1024;

/**
 * Looks at a file without parsing it. Big ones are read in pieces: register headers of 20 MB would otherwise be what a
 * whole run's memory is made of.
 *
 * @throws what the file system throws
 */
export function scanFile(path: string): Scan {
  const small = readSmall(path, WHOLE_BYTES);
  return small ? scanText(small.toString('latin1')) : scanPieces(() => readPieces(path, lastCut));
}

/** Where a text can be cut without cutting what a scan looks for: before its last directive or its last empty line. */
function lastCut(text: string): number {
  return Math.max(text.lastIndexOf('\n#'), text.lastIndexOf('\n\n')) + 1;
}

function scanPieces(pieces: () => Iterable<string>): Scan {
  let size = 0;
  let driver = false;
  let dma = false;
  let hasExports = false;
  let inlines = false;
  const exports: string[] = [];
  const probes: string[] = [];
  const sources: string[] = [];
  for (const text of pieces()) {
    size += text.length;
    driver ||= MAY_DRIVE.some((word) => text.includes(word)) && DRIVER.test(text);
    dma ||= DMA.test(text);
    inlines ||= INLINE.test(text);
    if (text.includes('EXPORT_')) {
      hasExports = true;
      for (const match of text.matchAll(EXPORT)) exports.push(match[1]!);
    }
    if (text.includes('.c"')) for (const match of text.matchAll(INCLUDED_SOURCE)) sources.push(match[1]!);
  }
  if (!dma && hasExports) for (const text of pieces()) dma ||= callsLibrary(text);
  if (!dma) {
    for (const text of pieces()) for (const match of text.matchAll(PROBE)) probes.push(match[1]!);
  }
  return { size, driver, dma, exports, inlines, probes, sources };
}

/** A function that exports what calls another module's library may be a library itself, without a word of DMA. */
function callsLibrary(text: string): boolean {
  for (const [name] of text.matchAll(CALLED)) {
    if (libraryRow(name) !== undefined || isShippedName(name)) return true;
  }
  return false;
}
