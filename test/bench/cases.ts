/** What is measured. One run of everything takes some fourteen minutes on two quiet processors. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { walkPaths } from '../../server/tree/walk.ts';
import { bareParse, parsedOf, ripgrep, shownOf, spatch } from './peers.ts';
import { inTurns, type Measured, type Run, timed } from './timed.ts';

/** What a case works on. */
export interface Setting {
  /** Absolute path of the kernel tree. */
  readonly root: string;
  readonly runs: number;
}

export interface Case {
  readonly name: string;
  readonly what: string;
  run(setting: Setting): Promise<Measured[]>;
}

const CLI = fileURLToPath(new URL('./cli.js', import.meta.url));
const MEGABYTE = 1e6;

function quiesce(...args: readonly string[]): Run[] {
  return [{ command: [process.execPath, CLI, ...args] }];
}

function check(...args: readonly string[]): Run[] {
  return quiesce('check', '--fail-on', 'never', '--format', 'gcc', ...args);
}

async function cold({ root, runs }: Setting): Promise<Measured[]> {
  const paths = [join(root, 'drivers'), join(root, 'sound')];
  const parsed = await parsedOf(paths);
  const bare = bareParse(parsed.files);
  const all = walkPaths(paths).files.filter((file) => file.endsWith('.c'));
  const bytes = all.reduce((sum, file) => sum + readFileSync(file).byteLength, 0);
  const ofC = parsed.files.filter((file) => file.endsWith('.c'));
  const bytesOfC = ofC.reduce((sum, file) => sum + readFileSync(file).byteLength, 0);
  // One in five is enough for a share.
  const shown = await shownOf(ofC.filter((_, at) => at % 5 === 0));
  const note =
    `${parsed.files.length} files, ${(parsed.bytes / MEGABYTE).toFixed(0)} MB parsed; of the .c files ` +
    `${ofC.length} of ${all.length}, ${((100 * bytesOfC) / bytes).toFixed(0)} % of ${(bytes / MEGABYTE).toFixed(0)} MB; ` +
    `without the insides of functions and long blanks the parser is shown ${((100 * bytesOfC * shown) / bytes).toFixed(0)} %`;
  return inTurns(runs, [
    {
      id: 'cold/check',
      what: '`check --no-cache drivers sound`',
      beside: 'cold/bare',
      limit: 1.5,
      most: 600,
      note,
      start: () => timed(check('--no-cache', ...paths)),
    },
    { id: 'cold/bare', what: 'bare parse of the files that it parsed', start: () => timed(bare) },
  ]);
}

async function tree({ root, runs }: Setting): Promise<Measured[]> {
  const paths = ['drivers', 'sound', 'net', 'arch'].map((dir) => join(root, dir));
  const parsed = await parsedOf(paths);
  const bare = bareParse(parsed.files);
  const files = `${parsed.files.length} files, ${(parsed.bytes / MEGABYTE).toFixed(0)} MB parsed`;
  return inTurns(runs, [
    {
      id: 'tree/check',
      what: '`check --no-cache drivers sound net arch`',
      beside: 'tree/bare',
      limit: 3,
      most: 1500,
      note: files,
      start: () => timed(check('--no-cache', ...paths)),
    },
    {
      id: 'tree/inventory',
      what: '`inventory --no-cache drivers sound net arch`',
      beside: 'tree/bare',
      most: 1000,
      start: () => timed(quiesce('inventory', '--format', 'jsonl', '--no-cache', ...paths)),
    },
    { id: 'tree/bare', what: 'bare parse of the files that they parsed', start: () => timed(bare) },
    { id: 'tree/rg', what: '`rg -c shutdown drivers sound net arch`', start: () => timed(ripgrep(paths)) },
  ]);
}

/** A copy, because a file of it is changed; the cache lies beside it. */
async function warm({ root, runs }: Setting): Promise<Measured[]> {
  const work = mkdtempSync(join(tmpdir(), 'quiesce-bench-'));
  try {
    const copy = join(work, 'linux');
    mkdirSync(copy);
    for (const name of ['Makefile', 'Kbuild', 'Kconfig', 'drivers', 'sound', 'include'])
      cpSync(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
    const paths = [join(copy, 'drivers'), join(copy, 'sound')];
    const env = { XDG_CACHE_HOME: join(work, 'cache') };
    const run = (): Run[] => check(...paths).map((one) => ({ ...one, env }));
    await new Promise((done) => setTimeout(done, 2500));
    const first = await timed(run());
    const file = join(copy, 'drivers/dma/at_xdmac.c');
    const text = readFileSync(file, 'latin1');
    let edit = 0;
    const put = (now: string): void => {
      writeFileSync(`${file}~`, now, 'latin1');
      renameSync(`${file}~`, file);
    };
    const changed = async (): Promise<Awaited<ReturnType<typeof timed>>> => {
      put(text.replace('static int at_xdmac_probe', `/* ${edit++} */\nstatic int at_xdmac_probe`));
      const time = await timed(run());
      put(text);
      return time;
    };
    const measured = await inTurns(runs, [
      {
        id: 'warm/same',
        what: '`check drivers sound` again, nothing changed',
        beside: 'warm/rg',
        limit: 5,
        start: () => timed(run()),
      },
      {
        id: 'warm/changed',
        what: 'the same after a change of one file',
        beside: 'warm/same',
        limit: 1.1,
        slack: 0.15,
        start: changed,
      },
      { id: 'warm/rg', what: '`rg -c shutdown drivers sound`', start: () => timed(ripgrep(paths)) },
    ]);
    const { wall, cpu, rss } = first;
    return [
      {
        id: 'warm/first',
        what: '`check drivers sound`, filling an empty cache',
        note: `${(sizeOf(join(work, 'cache')) / MEGABYTE).toFixed(0)} MB of cache`,
        wall: [wall],
        cpu: [cpu],
        rss: [Math.round(rss)],
      },
      ...measured,
    ];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Bytes of all files below a folder. */
function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce((sum, one) => sum + readFileSync(join(one.parentPath, one.name)).byteLength, 0);
}

/** Directories of a few megabytes each, on which spatch ends within a minute. */
const SPATCHED = ['drivers/dma', 'drivers/net/ethernet/freescale', 'drivers/spi', 'sound/soc/qcom'];

async function directory({ root, runs }: Setting): Promise<Measured[]> {
  const paths = SPATCHED.map((dir) => join(root, dir));
  const patches = async (): Promise<Awaited<ReturnType<typeof timed>>> => {
    const all = [];
    for (const path of paths) all.push(await timed(spatch(path)));
    return {
      wall: all.reduce((sum, { wall }) => sum + wall, 0),
      cpu: all.reduce((sum, { cpu }) => sum + cpu, 0),
      rss: Math.max(...all.map(({ rss }) => rss)),
      output: '',
    };
  };
  return inTurns(runs, [
    {
      id: 'directory/check',
      what: `\`check --no-cache ${SPATCHED.join(' ')}\``,
      beside: 'directory/spatch',
      limit: 1 / 25,
      start: () => timed(check('--no-cache', ...paths)),
    },
    { id: 'directory/spatch', what: '`spatch -j 2` with the same-file rule on the same', start: patches },
    {
      id: 'directory/one',
      what: '`check --no-cache drivers/net/ethernet/freescale/enetc`',
      start: () => timed(check('--no-cache', join(root, 'drivers/net/ethernet/freescale/enetc'))),
    },
    {
      id: 'directory/file',
      what: '`check --no-cache drivers/dma/mv_xor.c`',
      start: () => timed(check('--no-cache', join(root, 'drivers/dma/mv_xor.c'))),
    },
  ]);
}

/** From one thread to two, and from a quarter of a tree to all of it. */
async function scaling({ root }: Setting): Promise<Measured[]> {
  const dir = join(root, 'drivers/net');
  const folders = readdirSync(join(dir, 'ethernet'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(dir, 'ethernet', entry.name));
  const shares = [0.25, 0.5, 1].map((share) => folders.filter((_, at) => (at * share) % 1 < share));
  const things = [1, 2].flatMap((jobs) =>
    shares.map((paths, at) => ({
      id: `scaling/${jobs}/${['quarter', 'half', 'whole'][at]}`,
      what: `\`check --jobs ${jobs}\` over ${['a quarter', 'a half', 'the whole'][at]} of drivers/net/ethernet`,
      note: `${walkPaths(paths).files.length} files`,
      start: () => timed(check('--no-cache', '--jobs', String(jobs), ...paths)),
    })),
  );
  return inTurns(1, things);
}

/** Benches of their own, whose last lines tell the milliseconds. */
async function editor({ root }: Setting): Promise<Measured[]> {
  const { wall, cpu, rss, output } = await timed([
    { command: [process.execPath, 'test/run.js', 'test/bench/editor.ts', '--tree', root, '--edits', '100'] },
  ]);
  return [
    {
      id: 'editor',
      what: 'the editor',
      wall: [wall],
      cpu: [cpu],
      rss: [Math.round(rss)],
      note: output.trim(),
    },
  ];
}

async function simulator(): Promise<Measured[]> {
  const { wall, cpu, rss, output } = await timed([
    { command: [process.execPath, 'test/run.js', 'test/bench/simulator-matrix.ts'] },
  ]);
  return [
    {
      id: 'simulator',
      what: 'the simulator',
      wall: [wall],
      cpu: [cpu],
      rss: [Math.round(rss)],
      note: output.trim(),
    },
  ];
}

export const CASES: readonly Case[] = [
  { name: 'warm', what: 'a run with a full cache beside rg, and after one change', run: warm },
  { name: 'directory', what: 'directories beside spatch, one directory, one file', run: directory },
  { name: 'editor', what: 'first diagnostics and keystrokes', run: editor },
  { name: 'simulator', what: 'a full policy matrix', run: simulator },
  { name: 'scaling', what: 'one thread and two, a quarter, a half and the whole', run: scaling },
  { name: 'cold', what: 'drivers and sound without a cache beside a bare parse', run: cold },
  { name: 'tree', what: 'drivers, sound, net and arch: check, inventory, bare parse, rg', run: tree },
];
