import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openParser } from '../../grammars/parser.ts';
import type { Driver } from '../audit/model.ts';
import type { SourceFile } from '../audit/module.ts';
import { extractFacts } from '../facts/extract.ts';
import { Gatherer } from '../project/gather.ts';
import { modulesAround, unitsOf } from '../project/units.ts';
import { DISK } from '../tree/files.ts';
import type { ModuleTexts } from './verdict.ts';

/**
 * The texts of the module that a driver was judged in: its sources, and its own headers.
 * @param path absolute path of the driver's file
 * @throws NoKernelTree
 */
export async function textsOf(driver: Driver, path: string, tree?: string): Promise<ModuleTexts> {
  const [unit] = unitsOf([path], tree);
  const { root, display, targets } = unit!;
  const module = modulesAround(unit!).modules.find((one) => driver.modules.includes(one.path));
  const parser = await openParser();
  const known = new Map<string, { source: SourceFile; text: string } | undefined>();
  // The gatherer asks for files one after the other and cannot wait: a parser that failed is for the judging to replace.
  const read = (file: string): { source: SourceFile; text: string } | undefined => {
    if (!known.has(file)) {
      const text = DISK.text(join(root, file));
      const facts = text === undefined ? undefined : extractFacts(parser, text);
      known.set(file, facts && { source: { path: display(file), facts }, text: text! });
    }
    return known.get(file);
  };
  const gatherer = new Gatherer({ root, display, get: (file) => read(file)?.source });
  const files = module
    ? gatherer.moduleFiles(module.path, module.sources, module)
    : gatherer.moduleFiles(null, targets, []);
  parser.dispose();
  const texts = new Map(
    [...known.values()].flatMap((one) => (one ? [[one.source.path, one.text] as const] : [])),
  );
  return {
    name: files.name,
    texts: new Map([...files.sources, ...files.headers].map((file) => [file.path, texts.get(file.path)!])),
    includedBy: files.includedBy ?? new Map(),
    configs: files.configs ?? [],
  };
}

/** Headers of the kernel are followed so many includes deep, and no more than this many. */
const DEPTH = 3;
const MOST_HEADERS = 1500;

/** Every word of the kernel's headers that texts include: names that are the kernel's, not the module's. */
export function kernelWords(texts: Iterable<string>, tree: string | undefined): Set<string> {
  const words = new Set<string>();
  if (tree === undefined) return words;
  const seen = new Set<string>();
  let open = [...texts].flatMap(includesOf);
  for (let depth = 0; depth < DEPTH; depth++) {
    const next: string[] = [];
    for (const name of open) {
      if (seen.has(name) || seen.size > MOST_HEADERS) continue;
      seen.add(name);
      const text = headerText(tree, name);
      if (text === undefined) continue;
      for (const [word] of text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ').matchAll(/[A-Za-z_]\w*/g))
        words.add(word);
      next.push(...includesOf(text));
    }
    open = next;
  }
  return words;
}

function includesOf(text: string): string[] {
  return [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*<([^>\n]+)>/gm)].map((match) => match[1]!);
}

function headerText(tree: string, name: string): string | undefined {
  for (const folder of ['include', 'include/uapi', 'arch/arm64/include', 'arch/x86/include']) {
    try {
      return readFileSync(join(tree, folder, name), 'latin1');
    } catch {
      // In another folder, or generated.
    }
  }
  return undefined;
}
