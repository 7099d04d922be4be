// Inserts the suggested hook into drivers of ten and more subsystems and compiles them, before and after, against a
// kernel headers package: node test/run.js test/release/hook-compile.ts --tree DIR --headers DIR [--each N]
//   --tree DIR     source tree of the same version as the headers: /usr/src/linux-source-6.1
//   --headers DIR  what `apt-get install linux-headers-amd64` made: /usr/src/linux-headers-6.1.0-…-amd64
// Headers of another architecture need its compiler: CROSS_COMPILE=aarch64-linux-gnu- in the environment.
// A driver that does not compile by itself outside of its tree is left out. Exit 1 when a hook breaks a driver, or
// leaves it with a finding although a stop routine is known; 2 when no driver compiled.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Driver } from '../../server/audit/model.ts';
import { apply, buildHook, canInsert } from '../../server/fix/insert.ts';
import { LiveWorkspace } from '../../server/project/live.ts';
import { walkPaths } from '../../server/tree/walk.ts';

const SUBSYSTEMS: Readonly<Record<string, string>> = {
  net: 'drivers/net/ethernet',
  dmaengine: 'drivers/dma',
  drm: 'drivers/gpu/drm',
  media: 'drivers/media',
  spi: 'drivers/spi',
  crypto: 'drivers/crypto',
  usb: 'drivers/usb',
  sound: 'sound',
  remoteproc: 'drivers/remoteproc',
  ata: 'drivers/ata',
  mmc: 'drivers/mmc/host',
  nand: 'drivers/mtd',
  i2c: 'drivers/i2c',
  serial: 'drivers/tty/serial',
};
/** Drivers of one subsystem that are tried before it is given up. */
const TRIES = 14;

const { values } = parseArgs({
  options: {
    tree: { type: 'string' },
    headers: { type: 'string' },
    each: { type: 'string', default: '2' },
  },
});
if (!values.tree || !values.headers) {
  process.stderr.write('usage: hook-compile.ts --tree DIR --headers DIR [--each N]\n');
  process.exit(2);
}
const tree = resolve(values.tree);
const headers = resolve(values.headers);
const live = await LiveWorkspace.create();
const totals = { compiled: 0, broken: 0, findings: 0, subsystems: 0 };
for (const [name, folder] of Object.entries(SUBSYSTEMS)) {
  if ((await sample(name, join(tree, folder))) > 0) totals.subsystems++;
}
await live.dispose();
process.stdout.write(`${JSON.stringify(totals)}\n`);
if (totals.compiled === 0) {
  process.stderr.write(
    `no driver compiles against ${headers}: is its compiler installed, and CROSS_COMPILE set?\n`,
  );
  process.exit(2);
}
process.exit(totals.broken + totals.findings > 0 ? 1 : 0);

/** Tries a subsystem's drivers until enough of them compiled; returns how many did. */
async function sample(subsystem: string, folder: string): Promise<number> {
  let done = 0;
  let tries = 0;
  for (const path of walkPaths([folder]).files) {
    if (done >= Number(values.each) || tries >= TRIES) break;
    if (!path.endsWith('.c') || !/_driver\b/.test(readFileSync(path, 'latin1'))) continue;
    const text = readFileSync(path, 'latin1');
    live.setOpen(path, text);
    await live.judge(path);
    const driver = live.driversOf(path).find((one) => isMissing(one) && canInsert(one));
    if (driver) {
      const { root, file } = live.locate(path);
      const hook = await buildHook(root, driver, text);
      if (hook && hook.by !== null) {
        tries++;
        const fixed = apply(text, hook.insertions);
        const result = compileBoth(path, text, fixed);
        if (result !== 'not here') {
          done++;
          const after = await root.judgeText(file, fixed);
          const left = after.find(({ instance }) => instance === driver.instance)?.findings ?? [];
          const rules = left.map(({ rule }) => rule).filter((rule) => /missing|empty|ineffective/.test(rule));
          totals.compiled++;
          if (result !== '') totals.broken++;
          if (rules.length > 0) totals.findings++;
          const verdict = result === '' ? 'compiles' : 'BREAKS';
          process.stdout.write(
            `${subsystem}\t${file}\t${hook.by}\t${verdict}\t${rules.join(' ') || 'no finding'}\n`,
          );
          if (result !== '') process.stdout.write(`${result}\n`);
        }
      }
    }
    live.close(path);
  }
  return done;
}

function isMissing(driver: Driver): boolean {
  return driver.findings.some(({ rule }) => /^missing-shutdown/.test(rule));
}

/** '' when both compile, the compiler's errors when only the original does. */
function compileBoth(path: string, before: string, after: string): string {
  const work = mkdtempSync(join(tmpdir(), 'quiesce-hook-'));
  try {
    for (const entry of readdirSync(dirname(path), { withFileTypes: true })) {
      if (entry.isFile() && /\.[ch]$/.test(entry.name))
        copyFileSync(join(dirname(path), entry.name), join(work, entry.name));
    }
    const object = basename(path).replace(/\.c$/, '.o');
    writeFileSync(join(work, 'Makefile'), `obj-m := ${object}\n`);
    writeFileSync(join(work, basename(path)), before, 'latin1');
    if (compile(work, object) !== '') return 'not here';
    writeFileSync(join(work, basename(path)), after, 'latin1');
    return compile(work, object);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function compile(work: string, object: string): string {
  const run = spawnSync('make', ['-C', headers, `M=${work}`, object], { encoding: 'utf8' });
  if (run.status === 0) return '';
  const errors = run.stderr.split('\n').filter((line) => /error|warning/i.test(line));
  return errors.slice(0, 6).join('\n') || run.stderr || 'make failed';
}
