import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type CParser, type Engine, openParser } from '../../grammars/parser.ts';
import { extractFacts } from '../facts/extract.ts';
import type { Facts, IncludeFact } from '../facts/types.ts';
import { isShippedName } from '../kernel/derived.ts';
import { libraryRow } from '../kernel/index.ts';
import { type Key, keyOf } from './cache/pack.ts';
import { reasonOf } from './walk.ts';

/** Work for one thread: read these files and say what they hold. */
export type Task = Reading & ({ readonly kind: 'scan' } | { readonly kind: 'hash' } | Parsing);

/** The files of a task. */
interface Reading {
  readonly root: string;
  readonly files: readonly string[];
  /** Texts that win over the disk, by path from the root, as latin1. */
  readonly texts?: ReadonlyMap<string, string>;
}

interface Parsing {
  readonly kind: 'facts';
  readonly engine: Engine;
  /** Results carry their text's key: for a cache. */
  readonly keyed?: boolean;
}

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

/** One file's result: packed facts, a scan or its content's key, or why it could not be read. */
export type Result =
  | { readonly file: string; readonly error: string }
  | { readonly file: string; readonly scan: Scan }
  | { readonly file: string; readonly key: Key; readonly bytes: number }
  | { readonly file: string; readonly facts: Uint8Array; readonly bytes: number; readonly key?: Key };

const DRIVER =
  /\bstruct\s+\w*_driver\b|\w_DRIVER\w*\s*\(|\b_driver\s*\(|\b(?:module|builtin)_\w*driver\w*\s*\(|_driver_register\w*\s*\(|_register_drivers?\s*\(|\busb_register\s*\(|usb_serial_driver|rmi_function_handler|pi_protocol|ntb_client|usb_composite/;
const EXPORT = /^[ \t]*EXPORT_\w*SYMBOL\w*\s*\(\s*(\w+)/gm;
const PROBE = /^(?!static\b)[a-z][\w \t*]*\b(\w*probe\w*)\s*\(/gm;
const INCLUDED_SOURCE = /^[ \t]*#[ \t]*include[ \t]+"([^"\n]+\.c)"/gm;
/** A name that is called, or whose address is stored. */
const CALLED = /\b[a-z]\w*_\w+(?=\s*\()|(?<=&)\w+_\w+/gi;
const DMA = /dma|iommu_|sdhci|ufshcd|usb_create_hcd|snd_pcm|rproc_|stmmac|mhi_/i;

let parser: Promise<CParser> | undefined;
let engineOpen: Engine | undefined;

/** Runs a task in this thread. The worker threads' only export. */
export default async function run(task: Task): Promise<Result[]> {
  if (task.kind === 'scan') return task.files.map((file) => scanFile(task, file));
  if (task.kind === 'hash') return task.files.map((file) => hashFile(task, file));
  if (engineOpen !== task.engine) {
    parser = openParser({ engine: task.engine });
    engineOpen = task.engine;
  }
  const open = await parser!;
  const results: Result[] = [];
  for (const file of task.files) {
    await open.ready();
    results.push(factsOf(open, task, file, task.keyed === true));
  }
  return results;
}

/** Looks at a text without parsing it. */
export function scanText(text: string): Scan {
  const dma = DMA.test(text) || (text.includes('EXPORT_') && callsLibrary(text));
  return {
    size: text.length,
    driver: DRIVER.test(text),
    dma,
    probes: dma ? [] : [...text.matchAll(PROBE)].map((match) => match[1]!),
    exports: text.includes('EXPORT_') ? [...text.matchAll(EXPORT)].map((match) => match[1]!) : [],
    sources: [...text.matchAll(INCLUDED_SOURCE)].map((match) => match[1]!),
    inlines: /\bstatic\s+(?:__always_)?inline\b|^[ \t]*#[ \t]*define[ \t]+\w+\(/m.test(text),
  };
}

/** A function that exports what calls another module's library may be a library itself, without a word of DMA. */
function callsLibrary(text: string): boolean {
  for (const [name] of text.matchAll(CALLED)) {
    if (libraryRow(name) !== undefined || isShippedName(name)) return true;
  }
  return false;
}

function contentOf({ root, texts }: Task, file: string): Buffer {
  const text = texts?.get(file);
  return text === undefined ? readFileSync(join(root, file)) : Buffer.from(text, 'latin1');
}

function scanFile(task: Task, file: string): Result {
  try {
    return { file, scan: scanText(contentOf(task, file).toString('latin1')) };
  } catch (error) {
    return { file, error: reasonOf(error) };
  }
}

function hashFile(task: Task, file: string): Result {
  try {
    const content = contentOf(task, file);
    return { file, key: keyOf(content), bytes: content.byteLength };
  } catch (error) {
    return { file, error: reasonOf(error) };
  }
}

function factsOf(open: CParser, task: Task, file: string, keyed: boolean): Result {
  let content: Buffer;
  try {
    content = contentOf(task, file);
  } catch (error) {
    return { file, error: reasonOf(error) };
  }
  const facts = packFacts(extractFacts(open, content.toString('latin1')));
  return { file, facts, bytes: content.byteLength, ...(keyed ? { key: keyOf(content) } : {}) };
}

/**
 * Facts as bytes: small enough to keep a whole tree's in memory and to send between threads. What the file includes
 * stands in front, uncompressed, because it is asked for long before the rest: 4 bytes of length, the includes, the
 * deflated rest.
 */
export function packFacts(facts: Facts): Uint8Array {
  const { includes, ...rest } = facts;
  const head = Buffer.from(JSON.stringify(includes));
  const body = deflateRawSync(JSON.stringify(rest), { level: 1 });
  // Bytes of their own: zlib's are views of 16 KiB chunks, and a view is sent with the whole chunk behind it.
  const packed = new Uint8Array(4 + head.length + body.length);
  new DataView(packed.buffer).setUint32(0, head.length);
  packed.set(head, 4);
  packed.set(body, 4 + head.length);
  return packed;
}

/** The inverse of `packFacts`. */
export function unpackFacts(packed: Uint8Array): Facts {
  const { head, body } = partsOf(packed);
  const rest = JSON.parse(inflateRawSync(body).toString('utf8'));
  return { ...rest, includes: JSON.parse(head.toString('utf8')) };
}

/** What a file includes, from its packed facts. */
export function packedIncludes(packed: Uint8Array): IncludeFact[] {
  return JSON.parse(partsOf(packed).head.toString('utf8'));
}

function partsOf(packed: Uint8Array): { head: Buffer; body: Buffer } {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const end = 4 + bytes.readUInt32BE(0);
  return { head: bytes.subarray(4, end), body: bytes.subarray(end) };
}
