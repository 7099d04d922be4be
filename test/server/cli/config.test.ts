import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiesce } from './run.ts';

const RING = `#include "acme.h"
static int ring_probe(struct acme_device *adev)
{
	return acme_ring_create(adev, 4096);
}
static struct acme_driver ring_driver = {
	.probe = ring_probe,
};
static void good_shutdown(struct acme_device *adev)
{
	acme_ring_quench(adev);
}
static struct acme_driver good_driver = {
	.probe = ring_probe,
	.shutdown = good_shutdown,
};
static void idle_shutdown(struct acme_device *adev)
{
	acme_note(adev);
}
static struct acme_driver idle_driver = {
	.probe = ring_probe,
	.shutdown = idle_shutdown,
};
`;
const ACME = `root: true
buses: [{struct: acme_driver, device: acme_device}]
dma: [{name: acme_ring_create, role: alloc, device: 0, kind: autonomous}]
quiesce: [{name: acme_ring_quench, level: 3}, {name: acme_note, level: 0}]
`;

let root: string;
const at = (path: string): string => join(root, path);

function write(path: string, text: string): void {
  mkdirSync(join(at(path), '..'), { recursive: true });
  writeFileSync(at(path), text);
}

/** `rule severity` of each finding of a run. */
async function findings(args: readonly string[], input?: string): Promise<[string[], number | null]> {
  const ran = await quiesce(['check', '--format', 'json', ...args], input === undefined ? {} : { input });
  if (ran.code === 2) throw new Error(ran.stderr);
  const found = JSON.parse(ran.stdout).findings as { instance: string; rule: string; severity: string }[];
  return [found.map((one) => `${one.instance} ${one.rule} ${one.severity}`), ran.code];
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'quiesce-config-'));
  cpSync('test/fixtures/examples/amba', at('amba'), { recursive: true });
  write('acme/ring.c', RING);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('check with a configuration', () => {
  it('knows the bus, the DMA and the quiescing calls of an out-of-tree subsystem', async () => {
    expect(await findings([at('acme')])).toEqual([[], 0]);
    write('acme/.quiesce.yaml', ACME);
    expect(await findings([at('acme')])).toEqual([
      ['ring_driver missing-shutdown warning', 'idle_driver ineffective-shutdown note'],
      1,
    ]);
    expect(await findings(['--no-config', at('acme')])).toEqual([[], 0]);
    const { stdout } = await quiesce(['inventory', '--format', 'jsonl', at('acme')]);
    const drivers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(drivers.map(({ bus, hook, confidence }) => [bus, hook.state, confidence])).toEqual([
      ['acme', 'missing', 'direct'],
      ['acme', 'present', 'direct'],
      ['acme', 'ineffective', 'direct'],
    ]);
  });

  it('lowers, switches off, and fails as the nearest configuration says', async () => {
    const [plain, code] = await findings([at('amba')]);
    expect([plain.length > 0, code]).toEqual([true, 1]);
    write('.quiesce.yaml', 'root: true\nrules: {all: note}\n');
    expect(await findings([at('amba')])).toEqual([plain.map((one) => one.replace('warning', 'note')), 0]);
    write('amba/.quiesce.yaml', 'fail-on: note\n');
    expect((await findings([at('amba')]))[1]).toBe(1);
    expect((await findings(['--fail-on', 'warning', at('amba')]))[1]).toBe(0);
    write('amba/.quiesce.yaml', 'overrides: [{files: [dmac.c], rules: {all: off}}]\n');
    expect((await findings([at('amba')]))[0].some((one) => one.startsWith('dmac_driver'))).toBe(false);
    rmSync(at('.quiesce.yaml'));
    rmSync(at('amba/.quiesce.yaml'));
  });

  it('ends with exit 2, the place and the nearest name where it is wrong', async () => {
    write('amba/.quiesce.yaml', 'rules:\n  mising-shutdown: off\n');
    const { code, stdout, stderr } = await quiesce(['check', '-o', at('out.json'), at('amba')]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      `${at('amba/.quiesce.yaml')}:2:3: unknown key 'mising-shutdown' in rules. Did you mean`,
    );
    rmSync(at('amba/.quiesce.yaml'));
    const missing = await quiesce(['check', '--config', at('no.yaml'), at('amba')]);
    expect([missing.code, missing.stderr]).toEqual([2, `quiesce: ${at('no.yaml')}:1:1: no such file\n`]);
  });

  it('says with `config --print` what holds and which line says so', async () => {
    write('.quiesce.yaml', 'rules: {all: note}\nkernel-version: 6.10\n');
    const { stdout } = await quiesce(['config', '--print', at('acme/ring.c')]);
    // acme's says `root: true`.
    expect(stdout).toMatch(/^kernel-version +the tree's +default$/m);
    expect(stdout).toMatch(/^buses +acme_driver +.*acme\/\.quiesce\.yaml:2$/m);
    const json = await quiesce(['config', '--print', at('amba/new.c'), '--format', 'json']);
    expect(JSON.parse(json.stdout).settings).toContainEqual({
      key: 'rules.missing-shutdown',
      value: 'note',
      from: `${at('.quiesce.yaml')}:1`,
    });
    rmSync(at('.quiesce.yaml'));
  });

  it('gives the simulator its board', async () => {
    write('amba/.quiesce.yaml', 'board: juno\n');
    const file = at('amba/dmac.c');
    const [configured, named, other] = await Promise.all([
      quiesce(['simulate', file]),
      quiesce(['simulate', file, '--board', 'juno', '--seed', '1']),
      quiesce(['simulate', file, '--board', 'lx2160a-rdb', '--seed', '1']),
    ]);
    expect(configured.code).toBe(0);
    expect(configured.stdout.includes('juno')).toBe(true);
    expect(named.stdout).not.toBe(other.stdout);
    rmSync(at('amba/.quiesce.yaml'));
  });
});

describe('the options of a run', () => {
  it('--stdin judges a text in its module, over the disk', async () => {
    const [plain] = await findings([at('acme/ring.c')]);
    expect(plain[0]).toContain('ring_driver');
    const args = ['--stdin', '--stdin-filename', at('acme/ring.c')];
    const [typed] = await findings(args, RING.replaceAll('ring_driver', 'typed_driver'));
    expect(typed[0]).toContain('typed_driver');
    const [fresh] = await findings(['--stdin', '--stdin-filename', at('acme/fresh.c')], RING);
    expect(fresh).toEqual(plain);
    for (const wrong of [['--stdin'], ['--stdin-filename', 'x.c']])
      expect((await quiesce(['check', ...wrong])).code).toBe(2);
  });

  it('--max-warnings lets so many pass', async () => {
    expect((await findings(['--max-warnings', '1', at('acme')]))[1]).toBe(0);
    expect((await findings(['--max-warnings', '0', at('acme')]))[1]).toBe(1);
    expect((await quiesce(['check', '--max-warnings', 'x', at('acme')])).code).toBe(2);
  });

  it('--quiet prints warnings alone', async () => {
    const { stdout } = await quiesce(['check', '--quiet', at('acme')]);
    expect(stdout).toContain('ring_driver');
    expect(stdout).not.toMatch(/idle_driver|drivers in/);
  });

  it('--ignore-suppressions reports what comments hide', async () => {
    const file = 'test/fixtures/examples/platform/tuner_suppressed.c';
    const [hidden] = await findings([file]);
    const [all] = await findings(['--ignore-suppressions', file]);
    expect(all.length).toBe(hidden.length + 1);
  });
});
