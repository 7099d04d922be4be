import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { unifiedDiff } from '../fix/diff.ts';
import { apply, buildHook, canInsert } from '../fix/insert.ts';
import type { ConfigStore } from '../project/config-store.ts';
import { LiveWorkspace } from '../project/live.ts';
import { reasonOf } from '../tree/walk.ts';
import type { AuditFlags } from './audit.ts';
import { print } from './output.ts';
import { findDriver, splitArgument } from './simulate-machine.ts';
import { oneOf, UsageError } from './usage.ts';

/** For `--fix-dry-run`: one driver. @throws UsageError when it is given again */
export function oneFix(value: string, before: string | undefined): string {
  if (before !== undefined) throw new UsageError(`--fix-dry-run: ${BULK}`);
  return value;
}

const BULK = 'one driver at a time: a hook has to be read, built and tried by somebody who knows the device';

/**
 * Prints the suggested hook of one driver as a unified diff; nothing is written.
 * @param argument `FILE` or `FILE:INSTANCE`
 * @throws UsageError
 */
export async function fixDryRun(
  argument: string,
  paths: readonly string[],
  flags: AuditFlags,
  config: ConfigStore,
): Promise<void> {
  if (paths.length > 0 || flags.filesFrom !== undefined) throw new UsageError(`--fix-dry-run: ${BULK}`);
  const engine = oneOf('engine', flags.engine ?? 'auto', ['auto', 'wasm', 'native']);
  const live = await LiveWorkspace.create({
    engine,
    config,
    ...(flags.tree === undefined ? {} : { tree: flags.tree }),
    ...(flags.kernelVersion === undefined ? {} : { version: flags.kernelVersion }),
  });
  try {
    const path = resolve(splitArgument(argument).file);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new UsageError(`--fix-dry-run ${argument}: is a directory; ${BULK}`);
    const text = readSource(path);
    const { root, file } = live.locate(path);
    const driver = await findDriver(argument, async () => {
      await live.judge(path);
      if (await root.confirm()) await live.judge(path);
      return live.driversOf(path);
    });
    if (driver.hook.state !== 'missing') {
      throw new UsageError(`${driver.instance} has a .shutdown hook already: ${driver.hook.function}`);
    }
    const hook = canInsert(driver) ? await buildHook(root, driver, text) : undefined;
    if (!hook) {
      throw new UsageError(
        `no hook can be written for ${driver.instance}: its ${driver.struct} is not laid out one member a line, or its bus is not known`,
      );
    }
    if (hook.by === null) {
      process.stderr.write('quiesce: no way to stop the device was found: the hook is left to write\n');
    }
    // Bytes as they are in the file, or the diff would not apply.
    await print(Buffer.from(unifiedDiff(file, text, apply(text, hook.insertions)), 'latin1'));
  } finally {
    await live.dispose();
  }
}

function readSource(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new UsageError(`${path}: ${reasonOf(error)}`);
  }
}
