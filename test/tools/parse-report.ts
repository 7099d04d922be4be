/**
 * How much of a kernel tree the C grammar reads, before and after masking.
 *
 * Use: parse-report TREE [DIR…] [--every N] [--offset K] [--list] [--rows] [--compare]
 * Walks the .c files under TREE/DIR… (default: drivers sound), parses each file as it is and masked, and prints the
 * files with an ERROR or a made-up token, the bytes under ERROR, the number of such nodes, and how many driver structs
 * that a regular expression finds come out as a declaration with that name and an initialiser. `--every 8` takes each
 * eighth file, `--list` names the files that still have an error with their bytes, and the structs not found, `--rows`
 * says how often each row of the mask fired and in how many files, `--compare` parses with the native engine, too, and
 * counts the files on which the trees differ.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { MASK_ROWS } from '../../grammars/mask/rows.ts';
import { maskAndCount } from '../../grammars/mask.ts';
import { type CParser, type CTree, errorRanges, openParser, walkTop } from '../../grammars/parser.ts';
import { dump } from '../grammars/trees.ts';

/** A struct whose name ends in `_driver` and that is defined with an initialiser at column 0 (not the extern, not the type). */
const DRIVER_STRUCT =
  /^(?:static\s+|const\s+|__\w+\s+)*struct\s+\w*_driver\s+(\w+)\s*(?:\[[^\]]*\]\s*)?(?:__\w+\s*)*=\s*\{/gm;

interface Tally {
  files: number;
  filesWithError: number;
  errorBytes: number;
  errorNodes: number;
  missingNodes: number;
  structs: number;
  structsClean: number;
  /** Names of the structs that were not found in the last file. */
  lost: string[];
  milliseconds: number;
}

function newTally(): Tally {
  return {
    files: 0,
    filesWithError: 0,
    errorBytes: 0,
    errorNodes: 0,
    missingNodes: 0,
    structs: 0,
    structsClean: 0,
    lost: [],
    milliseconds: 0,
  };
}

/** All ERROR and missing nodes, also those under another ERROR. */
function countErrors(tree: CTree, tally: Tally): void {
  const cursor = tree.walk();
  let depth = 0;
  for (;;) {
    const node = cursor.currentNode;
    if (node.isError) tally.errorNodes++;
    if (node.isMissing) tally.missingNodes++;
    if (node.hasError && cursor.gotoFirstChild()) {
      depth++;
      continue;
    }
    while (depth > 0 && !cursor.gotoNextSibling()) {
      cursor.gotoParent();
      depth--;
    }
    if (depth === 0) break;
  }
  cursor.delete();
}

/** The identifiers declared with an initialiser list at top level: name -> whether its declaration holds no error. */
function initialised(tree: CTree, text: string): Map<string, boolean> {
  const found = new Map<string, boolean>();
  walkTop(tree, (cursor) => {
    if (cursor.nodeType !== 'declaration') return true;
    const declaration = cursor.currentNode;
    for (let i = 0; i < declaration.namedChildCount; i++) {
      const child = declaration.namedChild(i)!;
      if (child.type !== 'init_declarator') continue;
      if (child.childForFieldName('value')?.type !== 'initializer_list') continue;
      let name = child.childForFieldName('declarator');
      while (name !== null && name.type !== 'identifier') name = name.childForFieldName('declarator');
      if (name !== null) found.set(text.slice(name.startIndex, name.endIndex), !declaration.hasError);
    }
    return false;
  });
  return found;
}

/** Processor time of this process: what else runs on the machine does not count. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

function judge(parser: CParser, text: string, structs: string[], tally: Tally): number {
  tally.lost = [];
  const start = cpuMilliseconds();
  const tree = parser.parse(text);
  tally.milliseconds += cpuMilliseconds() - start;
  try {
    tally.files++;
    if (tree.root.hasError) {
      tally.filesWithError++;
      countErrors(tree, tally);
    }
    let bytes = 0;
    for (const range of errorRanges(tree)) bytes += range.end - range.start;
    tally.errorBytes += bytes;
    if (structs.length > 0) {
      const found = initialised(tree, text);
      for (const name of structs) {
        const clean = found.get(name);
        if (clean !== undefined) tally.structs++;
        else tally.lost.push(name);
        if (clean === true) tally.structsClean++;
      }
    }
    return tree.root.hasError ? bytes : -1;
  } finally {
    tree.delete();
  }
}

function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      every: { type: 'string', default: '1' },
      offset: { type: 'string', default: '0' },
      list: { type: 'boolean', default: false },
      rows: { type: 'boolean', default: false },
      compare: { type: 'boolean', default: false },
    },
  });
  const [tree, ...named] = positionals;
  if (tree === undefined) {
    process.stderr.write(
      'parse-report: which tree? Use: parse-report TREE [DIR…] [--every N] [--list] [--rows] [--compare]\n',
    );
    process.exitCode = 2;
    return Promise.resolve();
  }
  const dirs = named.length > 0 ? named : ['drivers', 'sound'];
  const every = Number(values.every);
  const offset = Number(values.offset);
  const files = dirs
    .flatMap((dir) =>
      readdirSync(join(tree, dir), { recursive: true, encoding: 'utf8' }).map((f) => join(tree, dir, f)),
    )
    .filter((file) => file.endsWith('.c'))
    .sort()
    .filter((_, i) => i % every === offset);
  return report(tree, files, values);
}

/** Whether the two engines give the same tree. */
function sameTrees(one: CParser, other: CParser, text: string): boolean {
  const trees = [one.parse(text), other.parse(text)];
  const dumps = trees.map(dump);
  for (const tree of trees) tree.delete();
  return dumps[0] === dumps[1];
}

async function report(
  tree: string,
  files: string[],
  wanted: { list: boolean; rows: boolean; compare: boolean },
): Promise<void> {
  const parser = await openParser();
  const native = wanted.compare ? await openParser({ engine: 'native' }) : null;
  const before = newTally();
  const after = newTally();
  const fired = MASK_ROWS.map(() => ({ times: 0, files: 0 }));
  let bytes = 0;
  let structs = 0;
  let different = 0;
  let maskMilliseconds = 0;
  for (const file of files) {
    const text = readFileSync(file, 'latin1');
    bytes += text.length;
    const names = Array.from(text.matchAll(DRIVER_STRUCT), (match) => match[1]!);
    structs += names.length;
    judge(parser, text, names, before);
    const start = cpuMilliseconds();
    const masked = maskAndCount(text);
    maskMilliseconds += cpuMilliseconds() - start;
    const left = judge(parser, masked.text, names, after);
    if (wanted.list)
      for (const name of after.lost) process.stdout.write(`${relative(tree, file)}\tlost ${name}\n`);
    if (wanted.list && left >= 0) process.stdout.write(`${relative(tree, file)}\t${left}\n`);
    for (const [i, row] of fired.entries()) {
      row.times += masked.applied[i]!;
      if (masked.applied[i]! > 0) row.files++;
    }
    if (native !== null && !sameTrees(parser, native, masked.text)) {
      different++;
      process.stdout.write(`${relative(tree, file)}\tthe engines differ\n`);
    }
  }
  parser.dispose();
  const row = (label: string, of: (tally: Tally) => string) =>
    process.stdout.write(`${label.padEnd(44)}${of(before).padStart(22)}${of(after).padStart(22)}\n`);
  const share = (part: number, whole: number, digits: number) =>
    `${part} (${((100 * part) / Math.max(whole, 1)).toFixed(digits)} %)`;
  const rate = (milliseconds: number) => (bytes / 1e3 / milliseconds).toFixed(2);
  process.stdout.write(`${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${structs} driver structs\n`);
  row('', (tally) => (tally === before ? 'as it is' : 'masked'));
  row('files with an error', (tally) => share(tally.filesWithError, files.length, 2));
  row('bytes under ERROR', (tally) => share(tally.errorBytes, bytes, 4));
  row('ERROR nodes', (tally) => String(tally.errorNodes));
  row('missing nodes', (tally) => String(tally.missingNodes));
  row('driver structs found', (tally) => share(tally.structs, structs, 2));
  row('driver structs found without error inside', (tally) => share(tally.structsClean, structs, 2));
  row('parse alone, MB per CPU second', (tally) => rate(tally.milliseconds));
  row('with masking, MB per CPU second', (tally) =>
    tally === after ? rate(after.milliseconds + maskMilliseconds) : '-',
  );
  row('masking alone, MB per CPU second', (tally) => (tally === after ? rate(maskMilliseconds) : '-'));
  if (wanted.compare) process.stdout.write(`files on which the engines differ: ${different}\n`);
  if (!wanted.rows) return;
  process.stdout.write(`\n${'row'.padEnd(24)}${'times'.padStart(9)}${'files'.padStart(8)}\n`);
  for (const [i, { name }] of MASK_ROWS.entries()) {
    const { times, files: count } = fired[i]!;
    process.stdout.write(`${name.padEnd(24)}${String(times).padStart(9)}${String(count).padStart(8)}\n`);
  }
}

await main();
