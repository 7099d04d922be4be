/**
 * Joins boards of a kernel tree with its drivers, and holds the devices that are left running against the tables in
 * `test/server/board/golden/`. Needs cpp and Debian's device-tree-compiler.
 *
 *     npm run boards -- --tree DIR [--inventory FILE.jsonl] [--write]
 *
 * Exits 1 when a table differs; `--write` writes them anew.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isUnquiesced } from '../../server/board/filter.ts';
import { joinMachine } from '../../server/board/join.ts';
import type { Row } from '../../server/board/model.ts';
import { readMachine } from '../../server/board/read.ts';
import { configsHold } from '../../server/tree/kbuild/index.ts';
import { parseDtb } from '../../simulator/machine/dtb.ts';
import { driversOf } from '../accuracy/draw.ts';

const BOARDS = [
  'arm/juno-r2',
  'freescale/fsl-lx2160a-rdb',
  'hisilicon/hip07-d05',
  'marvell/armada-8040-mcbin',
  'nvidia/tegra194-p2972-0000',
  'qcom/qrb5165-rb5',
  'qcom/sdm845-db845c',
  'renesas/r8a77951-salvator-xs',
  'rockchip/rk3588-evb1-v10',
  'xilinx/zynqmp-zcu102-rev1.0',
];

const { values } = parseArgs({
  options: { tree: { type: 'string' }, inventory: { type: 'string' }, write: { type: 'boolean' } },
});
if (!values.tree) {
  process.stderr.write('boards: give --tree DIR, a kernel tree\n');
  process.exit(2);
}
const tree = values.tree;
const drivers = await driversOf(tree, values.inventory, 'drivers,sound,net');
let differing = 0;
for (const board of BOARDS) {
  const name = board.replace(/^.*\//, '');
  const machine = readMachine({ sources: [name], tree: parseDtb(compile(board)) });
  const rows = joinMachine(machine, drivers, configsHold).rows.filter(({ driver }) => isUnquiesced(driver));
  const table = `device\tdriver\tfile\thook\tdma\tfinding\tstreams\n${rows.map(lineOf).join('')}`;
  const path = join('test/server/board/golden', `${name}.tsv`);
  const isSame = existsSync(path) && readFileSync(path, 'utf8') === table;
  if (!isSame) differing++;
  if (values.write) writeFileSync(path, table);
  const count = new Set(rows.map(({ driver }) => driver.instance)).size;
  process.stdout.write(`${name}: ${rows.length} devices, ${count} drivers${isSame ? '' : ', differs'}\n`);
}
process.exit(differing > 0 && !values.write ? 1 : 0);

function lineOf({ device, driver }: Row): string {
  const { hook, dma, findings } = driver;
  const found = findings.map(({ severity, rule }) => `${severity} ${rule}`).join(', ');
  const streams = device.streams.map(
    ({ smmu, id, mask }) => `${smmu}:0x${id.toString(16)}/${mask.toString(16)}`,
  );
  const cells = [
    device.id,
    driver.instance,
    driver.file,
    hook.state,
    dma.class,
    found,
    streams.join(' ') || '-',
  ];
  return `${cells.join('\t')}\n`;
}

/** As `scripts/Makefile.dtbs` compiles it. */
function compile(board: string): Uint8Array {
  const include = ['include', 'scripts/dtc/include-prefixes', 'arch/arm64/boot/dts'].flatMap((dir) => [
    '-I',
    dir,
  ]);
  const source = `arch/arm64/boot/dts/${board}.dts`;
  const cpp = ['-nostdinc', ...include, '-undef', '-D__DTS__', '-x', 'assembler-with-cpp', source];
  const options = { cwd: tree, maxBuffer: 1 << 28 };
  const input = execFileSync('cpp', cpp, options);
  return execFileSync('dtc', ['-q', '-I', 'dts', '-O', 'dtb', '-'], { ...options, input });
}
