/** What quiesce is compared with, and the processes of the bench's own that measure it. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type CParser, openParser } from '../../grammars/parser.ts';
import type { CPart, CTree } from '../../grammars/types.ts';
import { extractFacts } from '../../server/facts/extract.ts';
import { auditPaths } from '../../server/project/project.ts';
import { type Run, timed } from './timed.ts';

const SELF = fileURLToPath(import.meta.url);

/** The files that quiesce parses for some paths. */
export interface Parsed {
  readonly files: readonly string[];
  readonly bytes: number;
}

/** A peer's process: parses the files of a list, as they are, and does nothing else. */
export async function parseBare(): Promise<void> {
  const parser = await openParser();
  for (const file of readFileSync(0, 'utf8').trim().split('\n')) {
    parser.parse(readFileSync(file, 'latin1')).delete();
    await parser.ready();
  }
  process.exit(0);
}

/** A process that prints the files which quiesce parses for some paths. */
export async function listParsed(paths: readonly string[]): Promise<void> {
  const files: string[] = [];
  const { totals } = await auditPaths({ paths, onParsed: (file) => files.push(file) });
  process.stdout.write(`${JSON.stringify({ files, bytes: totals.parsedBytes })}\n`, () => process.exit(0));
}

/** A process that prints how many bytes of the files in a list the parser is shown when their facts are read. */
export async function countShown(): Promise<void> {
  const parser = await openParser();
  let shown = 0;
  const counting: CParser = new Proxy(parser, {
    get(target, name) {
      if (name !== 'parse') return Reflect.get(target, name, target);
      return (text: string, previous?: CTree, parts?: readonly CPart[]) => {
        shown += parts ? parts.reduce((sum, { start, end }) => sum + end - start, 0) : text.length;
        return target.parse(text, previous, parts);
      };
    },
  });
  for (const file of readFileSync(0, 'utf8').trim().split('\n')) {
    extractFacts(counting, readFileSync(file, 'latin1'));
    await parser.ready();
  }
  process.stdout.write(`${shown}\n`, () => process.exit(0));
}

/** What share of the bytes of some files the parser is shown: the insides of functions are blanked before. */
export async function shownOf(files: readonly string[]): Promise<number> {
  const bytes = files.reduce((sum, file) => sum + readFileSync(file).byteLength, 0);
  const { output } = await timed([{ command: [process.execPath, SELF, '--shown'], input: files.join('\n') }]);
  return Number(output) / bytes;
}

/** The files that quiesce parses for some paths, asked in a process of its own. */
export async function parsedOf(paths: readonly string[]): Promise<Parsed> {
  const { output } = await timed([{ command: [process.execPath, SELF, '--list', ...paths] }]);
  return JSON.parse(output);
}

/** A bare parse of files by as many processes as there are processors, the work dealt out by size. */
export function bareParse(files: readonly string[]): Run[] {
  const lanes = Array.from({ length: availableParallelism() }, () => ({ bytes: 0, files: [] as string[] }));
  const sized = files.map((file) => ({ file, size: readFileSync(file).byteLength }));
  for (const { file, size } of sized.sort((a, b) => b.size - a.size)) {
    const lane = lanes.reduce((a, b) => (a.bytes <= b.bytes ? a : b));
    lane.files.push(file);
    lane.bytes += size;
  }
  return lanes
    .filter((lane) => lane.files.length > 0)
    .map((lane) => ({ command: [process.execPath, SELF, '--parse'], input: lane.files.join('\n') }));
}

/** `rg -c shutdown` over some paths; it exits 1 where nothing matches. */
export function ripgrep(paths: readonly string[]): Run[] {
  return [{ command: ['rg', '-c', 'shutdown', ...paths], worst: 1 }];
}

/** Coccinelle with the same-file rule over a directory. */
export function spatch(dir: string): Run[] {
  const rule = 'docs/coccinelle/missing-shutdown.cocci';
  const jobs = String(availableParallelism());
  return [{ command: ['spatch', '--sp-file', rule, '--very-quiet', '-j', jobs, '--dir', dir] }];
}
