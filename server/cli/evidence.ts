import { resolve } from 'node:path';
import { Command } from 'commander';
import { auditPaths } from '../project/project.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { evidenceText } from '../report/evidence.ts';
import { findKernelRoot, kernelRootAt } from '../tree/root.ts';
import { type AuditFlags, withAuditOptions } from './audit.ts';
import { configOf } from './config-flags.ts';
import { print } from './output.ts';
import { findDriver, splitArgument } from './simulate-machine.ts';
import { oneOf, UsageError } from './usage.ts';

interface EvidenceFlags extends AuditFlags {
  readonly rule?: string;
  readonly tested?: string;
}

/** `quiesce evidence FILE:INSTANCE`. */
export function evidenceCommand(): Command {
  return new Command('evidence')
    .description('print what is known of a finding as text for a commit log')
    .argument('<file[:instance]>', 'a driver source file and, where it has several, the driver struct in it')
    .option('--rule <id>', 'which of its findings, where it has several (default: the first)')
    .option('--tested <text>', 'how the fix was tested on hardware; without it the text says that it was not')
    .option('--tree <dir>', 'kernel tree that the file belongs to (default: found above it)')
    .option('--kernel-version <x.y>', "kernel version to judge by (default: the tree's)")
    .action(async (argument: string, flags: EvidenceFlags) => {
      const { file } = splitArgument(argument);
      const driver = await findDriver(argument, () =>
        withAuditOptions(flags, configOf(flags), async (options) => {
          const { drivers } = await auditPaths({ ...options, paths: [file] });
          return drivers;
        }),
      );
      const [first] = driver.findings;
      if (!first)
        throw new UsageError(`${driver.instance} has no finding: there is nothing to give evidence of`);
      const rules = driver.findings.map(({ rule }) => rule);
      const rule = flags.rule === undefined ? first.rule : oneOf('finding', flags.rule, rules);
      const kernel = flags.tree === undefined ? findKernelRoot(file) : kernelRootAt(resolve(flags.tree));
      await print(
        evidenceText(driver, driver.findings.find((one) => one.rule === rule)!, {
          toolVersion: TOOL_VERSION,
          command: `quiesce check ${driver.file}`,
          kernel: kernel?.full ?? null,
          tested: flags.tested ?? null,
        }),
      );
    });
}
