import { basename, dirname } from 'node:path';
import type { JudgeContext } from '../audit/judge.ts';
import {
  busOf,
  dmaRow,
  functionMacroRow,
  handlerRow,
  type Kernel,
  libraryRow,
  notDmaRow,
  quiesceRow,
  registrationRow,
  versionOf,
  wrapperOf,
} from '../kernel/index.ts';
import { piecesOf, reduce, withoutComments } from './reduce.ts';
import { Renamer, type Renaming } from './rename.ts';
import {
  type Basis,
  isSame,
  type ModuleTexts,
  type Subject,
  type TextJudge,
  type Verdict,
} from './verdict.ts';

/** What a bundle says of the tree: all that its verdict rests on besides the sources. Plain data. */
export interface TreeData {
  /** `major.minor`, null where it is not known. */
  readonly kernel: string | null;
  readonly libraries: readonly (readonly [
    string,
    { device: number | null; kind?: string; client?: boolean },
  ])[];
  readonly stops: readonly (readonly [string, number])[];
  readonly exported: readonly string[];
  readonly buses: readonly (readonly [string, unknown])[];
  readonly doubted: readonly (readonly [string, string])[];
  readonly configs: readonly string[];
  /** Drivers of other modules that stop this one's device: by folder, and by module. */
  readonly aggregates: number;
  readonly parents: readonly string[];
}

/** A driver's module, reduced and renamed. */
export interface Bundle {
  readonly verdict: Verdict;
  readonly subject: Subject;
  readonly tree: TreeData;
  readonly includedBy: readonly (readonly [string, string])[];
  readonly texts: readonly (readonly [string, string])[];
  /** What a reader wants to know of how it was made. */
  readonly notes: readonly string[];
}

/** How a bundle is made. */
export interface MakeOptions {
  readonly judge: TextJudge;
  readonly basis: Basis;
  readonly isKernels: (word: string) => boolean;
  /** Milliseconds that the reduction may take. */
  readonly time: number;
  /** Names of what must be left in: lines and functions that mention one. */
  readonly keep?: readonly string[];
}

/**
 * Makes the bundle of a driver.
 * @returns undefined when the module by itself does not give a verdict on that driver
 */
export async function makeBundle(
  module: ModuleTexts,
  subject: Subject,
  { judge, basis, isKernels, time, keep = [] }: MakeOptions,
): Promise<Bundle | undefined> {
  const verdict = await judge.judge(module, subject, basis);
  if (!verdict) return undefined;
  const until = Date.now() + time;
  const holds = async (texts: ReadonlyMap<string, string>): Promise<boolean> =>
    isSame(await judge.judge({ ...module, texts }, subject, basis), verdict);
  let texts: ReadonlyMap<string, string> = new Map(
    [...module.texts].map(([path, text]) => [path, withoutComments(text)]),
  );
  if (!(await holds(texts))) texts = module.texts;
  // Files first, then what stands in them.
  const paths = await reduce(
    [...texts.keys()],
    (left) => holds(new Map([...texts].filter(([path]) => left.includes(path)))),
    until,
    (path) => mentions(texts.get(path)!, keep),
  );
  texts = new Map([...texts].filter(([path]) => paths.includes(path)));
  for (const grain of ['items', 'statements', 'items'] as const) {
    for (const path of texts.keys()) {
      const left = await reduce(
        piecesOf(texts.get(path)!, grain),
        (pieces) => holds(new Map([...texts, [path, pieces.join('')]])),
        until,
        (piece) => mentions(piece, keep),
      );
      texts = new Map([...texts, [path, left.join('')]]);
    }
  }
  const before = [...module.texts.values()].reduce((sum, text) => sum + linesIn(text), 0);
  const after = [...texts.values()].reduce((sum, text) => sum + linesIn(text), 0);
  const note = `${before} lines in ${module.texts.size} files were reduced to ${after} in ${texts.size}`;
  const left = { ...module, texts };
  const options = { judge, basis, isKernels, time, keep };
  const made = await shortest(left, subject, verdict, options);
  if (made) return { ...made, notes: [note, ...made.notes] };
  const hanging = await hangingWords(left, subject, verdict, options);
  const stays = (word: string): boolean => isKernels(word) || hanging.has(word);
  const again =
    (await shortest(left, subject, verdict, { ...options, isKernels: stays })) ??
    renamed(left, subject, verdict, basis, stays, HOW.at(-1)!);
  const names = [...hanging].sort().join(', ') || 'none';
  return {
    ...again,
    notes: [note, ...again.notes, `these names of yours stay, because the verdict hangs on them: ${names}`],
  };
}

/** The renaming that leaves least as it was; undefined where each changes the verdict. */
async function shortest(
  module: ModuleTexts,
  subject: Subject,
  verdict: Verdict,
  { judge, basis, isKernels }: MakeOptions,
): Promise<Bundle | undefined> {
  // Strings and numbers stay only where the verdict hangs on them.
  for (const how of HOW) {
    const made = renamed(module, subject, verdict, basis, isKernels, how);
    if (isSame(await judge.judge(moduleOf(made), made.subject, basisOf(made.tree)), verdict)) return made;
  }
  return undefined;
}

const HOW: readonly Pick<Renaming, 'strings' | 'numbers'>[] = [
  { strings: 'rename', numbers: 'rename' },
  { strings: 'rename', numbers: 'keep' },
  { strings: 'keep', numbers: 'keep' },
];

/** Names without which the verdict is another one: all others are left to be renamed. */
async function hangingWords(
  module: ModuleTexts,
  subject: Subject,
  verdict: Verdict,
  { judge, basis, isKernels, time }: MakeOptions,
): Promise<Set<string>> {
  const all = new Renamer({ isKernels, files: new Map(), ...HOW.at(-1)! });
  for (const text of module.texts.values()) all.text(text);
  const kept = await reduce(
    [...all.words.keys()],
    async (words) => {
      const stay = new Set(words);
      const made = renamed(
        module,
        subject,
        verdict,
        basis,
        (word) => isKernels(word) || stay.has(word),
        HOW.at(-1)!,
      );
      return isSame(await judge.judge(moduleOf(made), made.subject, basisOf(made.tree)), verdict);
    },
    Date.now() + time,
  );
  return new Set(kept);
}

function renamed(
  module: ModuleTexts,
  subject: Subject,
  verdict: Verdict,
  basis: Basis,
  isKernels: (word: string) => boolean,
  how: Pick<Renaming, 'strings' | 'numbers'>,
): Bundle {
  const paths = new Map(
    [...module.texts.keys()].map((path, at) => [path, `f${at + 1}${path.slice(path.lastIndexOf('.'))}`]),
  );
  const files = new Map([...paths].map(([path, fresh]) => [basename(path), fresh]));
  const renamer = new Renamer({ isKernels, files, ...how });
  const texts = [...module.texts].map(([path, text]) => [paths.get(path)!, renamer.text(text)] as const);
  const instance = subject.instance.replace(/[A-Za-z_]\w*/g, (word) => renamer.word(word));
  const folder = dirname(subject.file);
  const { context } = basis;
  const version = versionOf(context.kernel);
  const words = renamer.kept;
  const among = <T>(all: ReadonlyMap<string, T> | undefined): [string, T][] =>
    [...(all ?? [])].filter(([name]) => words.has(name));
  return {
    verdict,
    subject: { file: paths.get(subject.file)!, instance },
    tree: {
      kernel: version ?? null,
      libraries: among(context.libraries).map(([name, { file: _, ...entry }]) => [name, entry]),
      stops: among(context.stops),
      exported: [...words].filter((word) => context.exported?.has(word)).sort(),
      buses: among(context.buses),
      doubted: [...basis.doubted].filter(([name]) => words.has(name)),
      configs: module.configs.map((config) => config.replace(/CONFIG_\w+/g, (word) => renamer.word(word))),
      aggregates: basis.surroundings.aggregates.has(folder) ? 1 : 0,
      parents: [],
    },
    includedBy: [...module.includedBy].flatMap(([a, b]) =>
      paths.has(a) && paths.has(b) ? [[paths.get(a)!, paths.get(b)!] as const] : [],
    ),
    texts,
    notes: [
      `${renamer.words.size} names and ${renamer.strings.size} strings were replaced, ${renamer.kept.size} names are the kernel's`,
      how.numbers === 'rename'
        ? 'long hexadecimal numbers were replaced by 0x100'
        : 'numbers stay: the verdict hangs on one of them',
      ...(how.strings === 'keep' ? ['strings stay: the verdict hangs on one of them'] : []),
    ],
  };
}

/** The module that a bundle holds. */
export function moduleOf({ texts, includedBy, tree }: Bundle): ModuleTexts {
  return { name: 'm', texts: new Map(texts), includedBy: new Map(includedBy), configs: tree.configs };
}

/** What the verdict of a bundle rests on besides its texts. */
export function basisOf(tree: TreeData): Basis {
  const elsewhere = { instance: 'elsewhere', file: 'elsewhere.c', line: 1 };
  const context: JudgeContext = {
    ...(tree.kernel === null ? {} : { kernel: tree.kernel as Kernel }),
    libraries: new Map(
      tree.libraries.map(([name, entry]) => [name, { ...entry, file: '' }]),
    ) as JudgeContext['libraries'],
    stops: new Map(tree.stops),
    exported: new Set(tree.exported),
    ...(tree.buses.length > 0 ? { buses: new Map(tree.buses) as NonNullable<JudgeContext['buses']> } : {}),
  };
  return {
    context,
    surroundings: {
      aggregates: new Map(tree.aggregates > 0 ? [['', elsewhere]] : []),
      parents: new Map(tree.parents.map((name) => [name, elsewhere])),
    },
    doubted: new Map(tree.doubted),
  };
}

/** True for names that Quiesce itself knows to be the kernel's, or that the tree exports. */
export function isKnownName(word: string, { kernel, libraries, stops, exported }: JudgeContext): boolean {
  return (
    libraries.has(word) ||
    stops?.has(word) === true ||
    exported?.has(word) === true ||
    [
      busOf,
      dmaRow,
      libraryRow,
      registrationRow,
      quiesceRow,
      handlerRow,
      notDmaRow,
      functionMacroRow,
      wrapperOf,
    ].some((row) => row(word, kernel) !== undefined)
  );
}

function mentions(text: string, names: readonly string[]): boolean {
  return names.some((name) => new RegExp(`\\b${name}\\b`).test(text));
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
