import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinMachine } from '../../../server/board/join.ts';
import { readMachine } from '../../../server/board/read.ts';
import { isSnapshot, readSnapshot } from '../../../server/board/snapshot.ts';
import { configsHold } from '../../../server/tree/kbuild/index.ts';
import { driverOf } from '../report/inputs.ts';

const root = mkdtempSync(join(tmpdir(), 'quiesce-snapshot-'));
const PLANTED = ['02:ca:fe:12:34:56', '02cafe123456', 'SN-PLANTED-77', 'secretbox'];

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(join(root, target), join(root, path));
}

function take(): string {
  return execFileSync('sh', ['docs/snapshot.sh'], {
    env: { ...process.env, QUIESCE_ROOT: root },
    encoding: 'utf8',
  });
}

beforeAll(() => {
  const base = 'sys/firmware/devicetree/base';
  put('proc/cmdline', 'ip=dhcp hostname=secretbox iommu.passthrough=1 mac=02:ca:fe:12:34:56\n');
  put('proc/modules', 'mac 16384 1 - Live 0x0000000000000000\n');
  put('proc/iomem', '00000000-00000000 : System RAM\n  00000000-00000000 : rtc-pl031\n');
  put(`${base}/model`, 'Toy\0');
  put(`${base}/serial-number`, 'SN-PLANTED-77\0');
  put(`${base}/iommu@9/compatible`, 'arm,smmu-v3\0');
  put(`${base}/iommu@9/phandle`, Uint8Array.of(0, 0, 0, 7));
  put(`${base}/iommu@9/#iommu-cells`, Uint8Array.of(0, 0, 0, 1));
  put(`${base}/mac@1/compatible`, 'toy,mac\0');
  put(`${base}/mac@1/local-mac-address`, Uint8Array.of(2, 0xca, 0xfe, 0x12, 0x34, 0x56));
  put(`${base}/mac@1/iommus`, Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 0x2a));
  put('sys/devices/1.mac/modalias', 'of:NmacT(null)Ctoy,mac\n');
  put('sys/devices/1.mac/net/eth0/address', '02:ca:fe:12:34:56\n');
  put('sys/bus/platform/drivers/mac/bind', '');
  put('sys/kernel/iommu_groups/3/type', 'identity\n');
  put('sys/kernel/iommu_groups/3/reserved_regions', '0x0000000008000000 0x00000000080fffff msi\n');
  link('sys/devices/1.mac/of_node', `${base}/mac@1`);
  link('sys/devices/1.mac/driver', 'sys/bus/platform/drivers/mac');
  link('sys/devices/1.mac/iommu_group', 'sys/kernel/iommu_groups/3');
  link('sys/bus/platform/devices/1.mac', 'sys/devices/1.mac');
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('docs/snapshot.sh', () => {
  it('keeps serial numbers, MAC addresses and the host name out', () => {
    const text = take();
    expect(isSnapshot(text)).toBe(true);
    for (const secret of PLANTED) expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
    expect(text).not.toContain(Buffer.from('SN-PLANTED-77').toString('hex'));
  });

  it('gives the rows that the tree itself gives, with what runs', () => {
    const machine = readMachine({ sources: ['toy'], ...readSnapshot(take(), 'toy') });
    expect(machine.title).toBe('Toy');
    expect(machine.kernel.cmdline).toEqual(['iommu.passthrough=1']);
    expect(machine.notes.join('\n')).toContain('root would have shown');
    const { rows } = joinMachine(
      machine,
      [driverOf('mac', { match: { of: ['toy,mac'], pci: [], amba: [], acpi: [], platform: [] } })],
      configsHold,
    );
    expect(rows).toMatchObject([
      {
        by: 'bound',
        built: 'loaded',
        device: {
          id: '/mac@1',
          sysfs: '1.mac',
          group: '3',
          domain: 'identity',
          streams: [{ smmu: '/iommu@9', id: 0x2a, mask: 0 }],
        },
      },
    ]);
    const withheld = readSnapshot(take().replace(/\tdriver=[^\t]*\tmodule=[^\t]*/g, ''), 'toy');
    expect(withheld.running!.devices.map(({ bound }) => bound)).toEqual([undefined]);
    expect(machine.groups[0]!.reserved).toEqual([{ start: 0x8000000, end: 0x8100000, type: 'msi' }]);
  });
});
