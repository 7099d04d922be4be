import { resolve } from 'node:path';
import { Command } from 'commander';
import type { JudgeContext } from '../audit/judge.ts';
import type { Driver } from '../audit/model.ts';
import { basisOf, isKnownName, makeBundle, moduleOf } from '../bundle/bundle.ts';
import { kernelWords, textsOf } from '../bundle/sources.ts';
import { BundleError, bundleText, readBundle } from '../bundle/text.ts';
import { isSame, TextJudge, type Verdict, verdictOf } from '../bundle/verdict.ts';
import { COMMON_WORDS } from '../bundle/words.ts';
import { auditPaths } from '../project/project.ts';
import type { JudgedUnit } from '../project/types.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { findKernelRoot, kernelRootAt } from '../tree/root.ts';
import { type AuditFlags, withAuditOptions } from './audit.ts';
import { configOf } from './config-flags.ts';
import { print, setExit } from './output.ts';
import { findDriver, splitArgument } from './simulate-machine.ts';
import { EXIT, readInput, UsageError, wholeNumber } from './usage.ts';
import { WholeFiles } from './whole-files.ts';

interface ReportFlags extends AuditFlags {
  readonly output?: string;
  readonly check?: string;
  readonly keep?: string;
  readonly seconds: string;
}

/** `quiesce report FILE:INSTANCE`, `quiesce report --check BUNDLE`. */
export function reportCommand(): Command {
  return new Command('report')
    .description(
      'reduce a driver whose verdict is wrong to a text without its names, which reproduces the verdict',
    )
    .argument('[file[:instance]]', 'a driver source file and, where it has several, the driver struct in it')
    .option('-o, --output <file>', 'write the bundle to a file instead of standard output')
    .option(
      '--check <bundle>',
      'judge a bundle (- for standard input): exit 0 when it says what it says, else 1',
    )
    .option(
      '--keep <names>',
      'functions and other names that must be left in, by comma: what the verdict overlooks',
    )
    .option('--seconds <n>', 'how long the reduction may take', '60')
    .option('--tree <dir>', 'kernel tree that the file belongs to (default: found above it)')
    .option('--kernel-version <x.y>', "kernel version to judge by (default: the tree's)")
    .action(async (argument: string | undefined, flags: ReportFlags) => {
      if (flags.check !== undefined) {
        if (argument !== undefined) throw new UsageError('--check takes a bundle, and no driver besides');
        return check(flags.check);
      }
      if (argument === undefined)
        throw new UsageError('name a driver: FILE or FILE:INSTANCE; or --check BUNDLE');
      await report(argument, flags);
    });
}

async function report(argument: string, flags: ReportFlags): Promise<void> {
  const seconds = wholeNumber('--seconds', flags.seconds, 1);
  const keep = (flags.keep ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const strange = keep.find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (strange !== undefined) throw new UsageError(`--keep: '${strange}' is no name`);
  const path = resolve(splitArgument(argument).file);
  let unit: JudgedUnit | undefined;
  const config = configOf(flags);
  const driver = await findDriver(argument, (file) =>
    withAuditOptions(flags, config, async (options) => {
      // What was judged before says nothing of what it rests on.
      const { cache: _, ...plain } = options;
      return (await auditPaths({ ...plain, paths: [file], onUnit: (one) => (unit = one) })).drivers;
    }),
  );
  const kernel = flags.tree === undefined ? findKernelRoot(path) : kernelRootAt(resolve(flags.tree));
  const { own } = config.judging(resolve(path, '..'));
  if (own && own.buses.length + own.dma.length + own.quiesce.length > 0)
    process.stderr.write(
      'quiesce: rows of your configuration are left out: the bundle can say something else\n',
    );
  const version = flags.kernelVersion ?? kernel?.version;
  const module = await textsOf(driver, path, flags.tree);
  for (const name of keep) {
    if (![...module.texts.values()].some((text) => new RegExp(`\\b${name}\\b`).test(text)))
      throw new UsageError(`--keep: no '${name}' in the files of ${driver.instance}'s module`);
  }
  const basis = {
    context: { ...unit!.context, ...(version === undefined ? {} : { kernel: version }) },
    surroundings: unit!.surroundings,
    doubted: unit!.doubted,
  };
  const judge = await TextJudge.open();
  const files = new WholeFiles();
  if (flags.output !== undefined) files.stage(flags.output);
  try {
    const bundle = await makeBundle(module, driver, {
      judge,
      basis,
      isKernels: keptNames(module.texts.values(), kernel?.root, basis.context),
      time: seconds * 1000,
      keep,
    });
    if (!bundle)
      throw new UsageError(`${driver.instance}: no verdict can be had from its module's own files alone`);
    tellDifference(bundle.verdict, driver);
    const text = bundleText(bundle, TOOL_VERSION);
    if (flags.output === undefined) await print(text);
    else {
      files.write(flags.output, text);
      await files.commit();
    }
    process.stderr.write(
      'quiesce: nothing was sent anywhere; read the bundle through before you pass it on\n',
    );
  } finally {
    judge.close();
  }
}

/** Names that stay: those of the kernel's headers, and what Quiesce and the tree know; never what the module exports. */
function keptNames(
  texts: Iterable<string>,
  tree: string | undefined,
  context: JudgeContext,
): (word: string) => boolean {
  const all = [...texts];
  const words = kernelWords(all, tree);
  const exported = new Set(
    all.flatMap((text) => [...text.matchAll(/\bEXPORT_SYMBOL\w*\(\s*(\w+)/g)].map((match) => match[1]!)),
  );
  return (word) =>
    !exported.has(word) && (COMMON_WORDS.has(word) || words.has(word) || isKnownName(word, context));
}

/** The configuration can give a rule another severity, and comments can suppress. */
function tellDifference(verdict: Verdict, driver: Driver): void {
  if (!isSame(verdict, verdictOf(driver)))
    process.stderr.write('quiesce: the bundle reproduces the verdict before your configuration changed it\n');
}

async function check(file: string): Promise<void> {
  const text = readInput('--check', file, 'latin1');
  const judge = await TextJudge.open();
  try {
    const bundle = readBundle(text);
    const said = await judge.judge(moduleOf(bundle), bundle.subject, basisOf(bundle.tree));
    if (isSame(said, bundle.verdict)) {
      await print(`reproduced: ${bundle.verdict.findings.join(', ') || 'no finding'}\n`);
      return;
    }
    const now = said ? said.findings.join(', ') || 'no finding' : `no driver ${bundle.subject.instance}`;
    await print(`not reproduced: ${bundle.verdict.findings.join(', ') || 'no finding'} then, ${now} now\n`);
    setExit(EXIT.findings);
  } catch (error) {
    if (error instanceof BundleError) throw new UsageError(`--check ${file}: ${error.message}`);
    throw error;
  } finally {
    judge.close();
  }
}
