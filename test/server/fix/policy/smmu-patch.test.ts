import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PATCHED_POLICIES } from '../../../../server/fix/policy/site.ts';
import { policyText } from '../../../../server/fix/policy/smmu-patch.ts';
import { LiveWorkspace } from '../../../../server/project/live.ts';
import { policyPatches } from '../../../../server/project/policy-patches.ts';
import { todayOf } from '../../../../server/project/todays-policy.ts';
import { V3, V3_HEADER, writeSmmuTree } from './drivers.ts';

const root = mkdtempSync(join(tmpdir(), 'quiesce-policy-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Applies each patch with git, and has the tree's policy read again from the result. */
async function eachBlocks(tree: string): Promise<void> {
  const patches = policyPatches(tree, ['v2', 'v3']);
  expect(patches.map(({ driver, policy }) => `${driver} ${policy}`)).toEqual(
    ['v2', 'v3'].flatMap((driver) => PATCHED_POLICIES.map((policy) => `${driver} ${policy}`)),
  );
  for (const { driver, policy, file, diff, why } of patches) {
    expect(why).toBeNull();
    const check = spawnSync('git', ['apply', '--check', '-'], { cwd: tree, input: diff!, encoding: 'utf8' });
    expect(check.stderr).toBe('');
    const copy = mkdtempSync(join(tmpdir(), 'quiesce-applied-'));
    mkdirSync(join(copy, dirname(file)), { recursive: true });
    writeFileSync(join(copy, file), readFileSync(join(tree, file)));
    spawnSync('git', ['apply', '-'], { cwd: copy, input: diff! });
    const live = await LiveWorkspace.create();
    const text = readFileSync(join(copy, file), 'utf8');
    rmSync(copy, { recursive: true });
    live.setOpen(join(tree, file), text);
    const today = await todayOf(live.locate(join(tree, file)).root);
    await live.dispose();
    expect(`${policy}: ${today[driver].policy}`).toBe(`${policy}: abort`);
  }
}

describe('policyPatches', () => {
  it('makes patches that apply, after which the tree is read as blocking', async () => {
    writeSmmuTree(root);
    await eachBlocks(root);
  });

  it('says why it makes none', () => {
    expect(policyPatches(root, ['v2'])[0]).toMatchObject({
      diff: null,
      why: expect.stringContaining('no such driver'),
    });
    const source = { text: V3, headers: V3_HEADER };
    const without = (text: string) => policyText('v3', 'abort', { ...source, text });
    expect(without(V3.replace(/^\s*\.shutdown.*\n/m, ''))).toEqual({
      why: expect.stringContaining('.shutdown'),
    });
    expect(without(V3.replaceAll('arm_smmu_update_gbpa', 'set_gbpa'))).toEqual({
      why: 'the driver has no arm_smmu_update_gbpa',
    });
    const { text } = without(V3) as { text: string };
    expect(without(text)).toEqual({ why: 'its shutdown sets GBPA_ABORT already' });
    expect(policyText('v3', 'reset', { text: V3, headers: '' })).toEqual({
      why: expect.stringContaining('stream table'),
    });
  });

  it('finds functions by name, wherever they stand, and nothing in comments', () => {
    const moved = `/* static void arm_smmu_device_shutdown(struct platform_device *pdev)\n{ */\n\n${V3}`;
    const source = { headers: V3_HEADER };
    const made = policyText('v3', 'abort', { ...source, text: moved }) as { text: string };
    const plain = policyText('v3', 'abort', { ...source, text: V3 }) as { text: string };
    expect(made.text.endsWith(plain.text)).toBe(true);
    expect(plain.text).toContain(
      '\tarm_smmu_update_gbpa(smmu, GBPA_ABORT, 0);\n\tarm_smmu_device_disable(smmu);\n',
    );
  });

  it.runIf(process.env.KERNEL_TREE)('makes patches for a real tree', () =>
    eachBlocks(process.env.KERNEL_TREE!),
  );
});
