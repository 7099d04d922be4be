import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { RULES } from '../audit/rules/index.ts';
import { CONFIG_NAME } from '../config/keys.ts';
import type { Origin } from '../config/resolve.ts';
import type { ConfigStore } from '../project/config-store.ts';
import { type ConfigFlags, configOf, withConfigFlags } from './config-flags.ts';
import { print } from './output.ts';
import { oneOf, UsageError } from './usage.ts';

const FORMATS = ['pretty', 'json'] as const;

/** `quiesce config --print PATH`. */
export function configCommand(): Command {
  return withConfigFlags(new Command('config'))
    .description('say what is configured for a file, and where')
    .option('--print <path>', 'the file (it need not exist) or directory to say it of')
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'pretty')
    .action(async (flags: ConfigFlags & { print?: string; format: string }) => {
      const format = oneOf('format', flags.format, FORMATS);
      if (flags.print === undefined) throw new UsageError('config: name a file with --print PATH');
      const path = resolve(flags.print);
      if (!existsSync(dirname(path))) throw new UsageError(`--print ${flags.print}: no such directory`);
      const rows = rowsFor(configOf(flags), path);
      await print(format === 'json' ? asJson(flags.print, rows) : asTable(flags.print, rows));
    });
}

/** One line of the answer. */
interface Row {
  readonly key: string;
  readonly value: string;
  /** `file:line`, or null for what holds without configuration. */
  readonly from: string | null;
}

function rowsFor(config: ConfigStore, path: string): Row[] {
  const { rules, failOn } = config.effective(path);
  const folder = config.folder(dirname(path));
  const row = (key: string, { value, from }: Origin<string>): Row => ({
    key,
    value,
    from: from && `${shown(from.path)}:${from.line}`,
  });
  const stated = (key: string, rows: readonly { source: string }[], name: (at: number) => string): Row[] =>
    rows.map(({ source }, at) => ({ key, value: name(at), from: source }));
  const { buses, dma, quiesce } = folder.own;
  return [
    ...RULES.map(({ id, ceiling }) =>
      row(`rules.${id}`, rules.get(id) ?? { value: `${ceiling} at most`, from: null }),
    ),
    row('fail-on', failOn),
    row('baseline', folder.baseline ?? { value: 'none', from: null }),
    row('kernel-version', folder.kernelVersion ?? { value: "the tree's", from: null }),
    row('board', folder.board ?? { value: "the simulator's default", from: null }),
    ...stated('buses', buses, (at) => buses[at]!.struct),
    ...stated('dma', dma, (at) => `${dma[at]!.name} (${dma[at]!.role})`),
    ...stated('quiesce', quiesce, (at) => `${quiesce[at]!.name} (level ${quiesce[at]!.level})`),
  ];
}

function asTable(path: string, rows: readonly Row[]): string {
  const width = (pick: (row: Row) => string): number => Math.max(...rows.map((row) => pick(row).length));
  const [keys, values] = [width(({ key }) => key), width(({ value }) => value)];
  const lines = rows.map(
    ({ key, value, from }) => `${key.padEnd(keys)}  ${value.padEnd(values)}  ${from ?? 'default'}\n`,
  );
  const isPlain = rows.every(({ from }) => from === null);
  return `${isPlain ? `no ${CONFIG_NAME} says anything of ${path}\n` : ''}${lines.join('')}`;
}

function asJson(path: string, rows: readonly Row[]): string {
  return `${JSON.stringify({ path, settings: rows }, null, 2)}\n`;
}

function shown(path: string): string {
  const tail = relative(process.cwd(), path);
  return tail.startsWith('..') ? path : tail;
}
