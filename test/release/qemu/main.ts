/**
 * Boots Debian's arm64 kernel on QEMU's `virt` behind an SMMUv3 and holds `board`, the snapshot and `decode` against what
 * that kernel says itself. Needs apt, dpkg, cpio, kmod, tar and Debian's qemu-system-arm and device-tree-compiler.
 *
 *     npm run qemu -- --tree DIR | --inventory FILE.jsonl [--kernel 6.12] [--cache DIR] [--keep]
 *
 * `--kernel` is the version whose package is booted, the drivers' own; packages are kept in `--cache`. Two minutes on an
 * idle core beside reading the tree. Prints each row that differs; exits 1 when something does not hold.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Driver } from '../../../server/audit/model.ts';
import { accuse } from '../../../server/board/accuse.ts';
import { readFaults } from '../../../server/board/fault-log.ts';
import { joinMachine } from '../../../server/board/join.ts';
import type { JoinedMachine } from '../../../server/board/model.ts';
import { type MachineInputs, readMachine } from '../../../server/board/read.ts';
import { readSnapshot } from '../../../server/board/snapshot.ts';
import { inventoryOf } from '../../../server/cli/machine-input.ts';
import { configsHold } from '../../../server/tree/kbuild/index.ts';
import { parseDtb } from '../../../simulator/machine/dtb.ts';
import { agreementOf, type Link, readLinks, SOFTWARE_BUSES } from './compare.ts';
import { bootGuest, type Kernel, kernelOf, PLANTED } from './guest.ts';
import { arm64Package } from './packages.ts';

/** The least share of devices for which a join and sysfs say the same. */
const FLOOR = 0.99;

const { values } = parseArgs({
  options: {
    ...{ tree: { type: 'string' }, inventory: { type: 'string' }, kernel: { type: 'string' } },
    ...{ cache: { type: 'string' }, keep: { type: 'boolean' } },
  },
});
if (!values.tree && !values.inventory) {
  process.stderr.write(
    'qemu: give --tree DIR, a kernel tree, or --inventory FILE.jsonl, its saved inventory\n',
  );
  process.exit(2);
}
const version = values.kernel ?? '6.12';
const cache = values.cache ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'quiesce-qemu');
let failed = 0;

mkdirSync(cache, { recursive: true });
const image = new RegExp(`^linux-image-${version.replaceAll('.', '\\.')}[.-].*\\d-arm64(?:-unsigned)?$`);
const kernel = kernelOf(arm64Package(cache, image));
const busybox = join(arm64Package(cache, /^busybox-static$/), 'bin/busybox');
const work = mkdtempSync(join(tmpdir(), 'quiesce-qemu-'));
try {
  const began = Date.now();
  const out = bootGuest(kernel, busybox, work);
  process.stdout.write(`booted ${kernel.release} and back in ${Math.round((Date.now() - began) / 1000)} s\n`);
  const drivers = await inventoryOf({
    ...(values.tree ? { tree: values.tree } : {}),
    ...(values.inventory ? { inventory: values.inventory } : {}),
  });
  const links = readLinks(read(out, 'links.txt'));
  holdSnapshots(out);
  holdJoins(out, links, drivers, kernel);
  holdFaults(out, drivers);
} finally {
  if (values.keep) process.stdout.write(`kept ${work}\n`);
  else rmSync(work, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'latin1');
}

function hold(what: string, ok: boolean, why: readonly string[] = []): void {
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${what}\n${why.map((line) => `       ${line}\n`).join('')}`);
  if (!ok) failed++;
}

/** The script ran as nobody on a root that nothing could write to, and shows nobody's secrets. */
function holdSnapshots(out: string): void {
  for (const who of ['user', 'root']) {
    const text = read(out, `${who}.txt`);
    const shown = PLANTED.filter((secret) =>
      [secret, secret.replaceAll(':', ''), Buffer.from(secret).toString('hex')].some((form) =>
        text.toLowerCase().includes(form.toLowerCase()),
      ),
    );
    const isWhole = text.includes('\n== end\n') && read(out, `${who}.err`) === '';
    hold(
      `the snapshot of ${who} is whole and without a word of complaint`,
      isWhole,
      [read(out, `${who}.err`)].filter(Boolean),
    );
    hold(`the snapshot of ${who} shows none of ${PLANTED.length} planted secrets`, shown.length === 0, shown);
  }
}

/** Three joins, each with less to go by than the one before, against sysfs's links. */
function holdJoins(out: string, links: readonly Link[], drivers: readonly Driver[], booted: Kernel): void {
  const text = read(out, 'root.txt');
  const lists = {
    aliases: read(booted.modules, 'modules.alias'),
    order: read(booted.modules, 'modules.order'),
  };
  const joinOf = (inputs: Partial<MachineInputs>): JoinedMachine =>
    joinMachine(readMachine({ sources: ['virt'], ...inputs }), drivers, configsHold);
  const hardware = links.filter(({ bus }) => !SOFTWARE_BUSES.has(bus));
  const left = links.filter(({ bus, driver }) => SOFTWARE_BUSES.has(bus) && driver !== null).length;
  process.stdout.write(
    `${left} devices of ${[...SOFTWARE_BUSES].join(', ')} are left out: no driver of an inventory binds there\n`,
  );

  const running = joinOf(readSnapshot(text, 'root.txt'));
  holdAgreement('the snapshot', running, hardware);
  const withheld = text.replace(/\tdriver=[^\t\n]*\tmodule=[^\t\n]*/g, '');
  holdAgreement(
    'the snapshot, driver links withheld',
    joinOf({ ...readSnapshot(withheld, 'root.txt'), ...lists }),
    hardware,
  );

  const nodes = new Map(running.machine.devices.map(({ node, sysfs }) => [sysfs, node]));
  const described = hardware
    .filter(({ device, driver }) => driver !== null && nodes.get(device))
    .map((link) => ({ ...link, device: nodes.get(link.device)! }));
  const tree = parseDtb(new Uint8Array(readFileSync(join(out, 'live.dtb'))));
  const config = readFileSync(booted.config, 'latin1');
  const builtin = read(booted.modules, 'modules.builtin');
  const lsmod = read(out, 'lsmod.txt');
  holdAgreement(
    'the device tree and the configuration',
    joinOf({ tree, config, builtin, lsmod, order: lists.order }),
    described,
  );
}

function holdAgreement(what: string, joined: JoinedMachine, links: readonly Link[]): void {
  const { devices, differing } = agreementOf(joined, links);
  const share = devices === 0 ? 0 : 1 - differing.length / devices;
  hold(
    `${what}: ${devices - differing.length} of ${devices} devices as in sysfs (${(share * 100).toFixed(1)} %)`,
    share >= FLOOR,
    differing.map(({ device, sysfs, joined: other }) => `${device}: sysfs says ${sysfs}, the join ${other}`),
  );
}

/** `decode` names who was told to fault, from that kernel's log and that machine's snapshot. */
function holdFaults(out: string, drivers: readonly Driver[]): void {
  const joined = joinMachine(
    readMachine({ sources: ['virt'], ...readSnapshot(read(out, 'fault.txt'), 'fault.txt') }),
    drivers,
    configsHold,
  );
  const accusations = accuse(readFaults(read(out, 'dmesg.txt')), joined);
  const told = [
    { modalias: 'pci:v00001234d000011E8', driver: 'vfio-pci', address: 0xbad000n, what: 'write' },
    { modalias: 'pci:v00008086d0000100E', driver: 'e1000', address: 0xbee0000n, what: 'read' },
  ];
  for (const { modalias, driver, address, what } of told) {
    const device = joined.machine.devices.find((one) => one.modalias?.startsWith(modalias));
    const found = accusations.find(({ accused }) => accused.some((one) => one.device === device));
    const said = found?.accused[0];
    const bound = said?.device.bound?.name;
    const [fault] = found?.faults ?? [];
    hold(
      `decode: StreamID 0x${found?.stream?.toString(16)} is ${said?.device.id}, ${said?.driver?.file}: ${found?.reason}`,
      found?.accused.length === 1 &&
        bound === driver &&
        said?.driver !== null &&
        fault?.address === address &&
        fault?.access === what,
      [
        `${found?.faults.length ?? 0} lines, the first a ${fault?.access} at 0x${fault?.address?.toString(16)}`,
      ],
    );
  }
  hold(
    'decode names a device for every fault',
    accusations.every(({ accused }) => accused.length > 0),
  );
}
