import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { TOOL_VERSION } from '../project/version.ts';
import { type DoctorReport, doctorJson, doctorPretty } from '../report/doctor.ts';
import { engineState, examineTree } from '../tree/doctor.ts';
import { findKernelRoot, type KernelRoot, kernelRootAt } from '../tree/root.ts';
import { print, setExit } from './output.ts';
import { EXIT, oneOf, UsageError } from './usage.ts';

const FORMATS = ['pretty', 'json'] as const;

/** `quiesce doctor [--tree DIR]`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say what this installation uses, and read every kernel fact again in a tree')
    .option('--tree <dir>', 'kernel tree to read (default: found above the working directory)')
    .option('--engine <name>', 'parser engine: wasm, native or auto', 'auto')
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'pretty')
    .action(async (flags: { tree?: string; engine: string; format: string }) => {
      const format = oneOf('format', flags.format, FORMATS);
      const engine = oneOf('engine', flags.engine, ['auto', 'wasm', 'native']);
      const kernel = flags.tree === undefined ? findKernelRoot('.') : namedTree(flags.tree);
      const report: DoctorReport = {
        tool: { name: 'quiesce', version: TOOL_VERSION },
        node: { version: process.version, platform: process.platform, arch: process.arch },
        engine: await engineState(engine),
        tree: kernel ? examineTree(kernel) : null,
      };
      await print(
        format === 'json' ? doctorJson(report) : doctorPretty(report, process.stdout.isTTY === true),
      );
      if (report.tree && report.tree.totals.changed > 0) setExit(EXIT.findings);
    });
}

/** @throws UsageError when the directory is no kernel tree's root */
function namedTree(dir: string): KernelRoot {
  const kernel = kernelRootAt(resolve(dir));
  if (kernel) return kernel;
  if (!existsSync(dir)) throw new UsageError(`--tree ${dir}: no such directory`);
  const above = findKernelRoot(dir);
  throw new UsageError(
    `--tree ${dir}: not the root of a kernel tree (a Makefile with VERSION and PATCHLEVEL beside Kbuild and drivers)` +
      (above ? `; did you mean ${above.root}?` : ''),
  );
}
