import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { rowsOf } from '../../../client/report/query.ts';
import { SMMU_DRIVERS } from '../../../server/kernel/index.ts';
import { LiveWorkspace } from '../../../server/project/live.ts';
import { todayOf } from '../../../server/project/todays-policy.ts';
import type { PageData } from '../../../server/report/html/data.ts';
import { quiesce } from '../cli/run.ts';
import { RING } from '../lsp/sources.ts';

const OPENS = readFileSync('test/fixtures/rules/iommu-bypass-on-shutdown/bypass.c', 'utf8');
const root = mkdtempSync(join(tmpdir(), 'quiesce-today-'));

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

it("reads each SMMU driver's own shutdown in the tree, and says where it does", async () => {
  const noHook = OPENS.replace(/^\s*\.shutdown\s*=.*\n/m, '');
  expect(noHook).not.toBe(OPENS);
  write({
    Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\n',
    Kbuild: '',
    'drivers/x.c': '',
    [SMMU_DRIVERS.v2]: OPENS,
    [join(dirname(SMMU_DRIVERS.v2), 'Makefile')]: 'obj-y += arm-smmu.o\n',
    [SMMU_DRIVERS.v3]: noHook,
    [join(dirname(SMMU_DRIVERS.v3), 'Makefile')]: 'obj-y += arm-smmu-v3.o\n',
  });
  const live = await LiveWorkspace.create();
  const today = await todayOf(live.locate(join(root, 'drivers/x.c')).root);
  await live.dispose();
  const line = OPENS.slice(0, OPENS.indexOf('ARM_SMMU_GR0_sCR0, ARM_SMMU_sCR0_CLIENTPD')).split('\n').length;
  expect(today.v2).toMatchObject({ policy: 'bypass', file: SMMU_DRIVERS.v2, line });
  expect(today.v2.says).toContain('CLIENTPD=1');
  expect(today.v3).toMatchObject({ policy: 'retain', file: SMMU_DRIVERS.v3 });
});

it('marks it in the page of a run over that tree, whose list shows its verdicts', async () => {
  const makefile = 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\n';
  write({
    Makefile: makefile,
    Kbuild: '',
    'drivers/ring.c': RING,
    'drivers/Makefile': 'obj-y += ring.o\n',
    [SMMU_DRIVERS.v2]: OPENS.replace(/^\s*\.shutdown\s*=.*\n/m, ''),
    [join(dirname(SMMU_DRIVERS.v2), 'Makefile')]: 'obj-y += arm-smmu.o\n',
  });
  const { stdout } = await quiesce(['check', '--format', 'html', join(root, 'drivers/ring.c')]);
  const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(stdout)![1]!) as PageData;
  const [matrix] = data.matrices;
  expect(matrix!.today).toMatchObject({ policy: 'retain', file: SMMU_DRIVERS.v2 });
  expect(data.texts[matrix!.today.says]).toContain('no shutdown hook');
  const [row] = rowsOf(data);
  expect(row!.verdict).toBe(matrix!.outcomes.find(({ policy }) => policy === 'retain')!.verdict);
  expect(row!.verdict).not.toBe(matrix!.outcomes.find(({ policy }) => policy === 'bypass')!.verdict);
});

it('says that no tree was read where there is none', async () => {
  write({ 'x.c': '' });
  const live = await LiveWorkspace.create();
  const today = await todayOf(live.locate(join(root, 'x.c')).root);
  await live.dispose();
  for (const one of [today.v2, today.v3]) {
    expect(one).toEqual({ policy: 'bypass', says: expect.stringContaining('no tree was read') });
  }
});
