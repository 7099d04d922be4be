import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { onConfiguredBoard } from '../../../server/lsp/board.ts';
import type { Session } from '../../../server/lsp/session.ts';
import { ConfigStore } from '../../../server/project/config-store.ts';
import { driverOf } from '../report/inputs.ts';

const dir = mkdtempSync(join(tmpdir(), 'quiesce-lsp-board-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('tells which drivers the configured machine binds', () => {
  const drivers = [driverOf('mac'), driverOf('other')];
  const onBoard = () => {
    const session = { config: { store: new ConfigStore() } } as unknown as Session;
    const isOn = onConfiguredBoard(session, dir, drivers);
    return isOn && drivers.map(isOn);
  };
  expect(onBoard()).toBeUndefined();
  writeFileSync(join(dir, '.quiesce.yaml'), 'board: ./toy.dts\n');
  expect(onBoard()).toBeUndefined();
  writeFileSync(join(dir, 'toy.dts'), '/dts-v1/;\n/ { mac@1 { compatible = "vendor,mac"; }; };\n');
  expect(onBoard()).toEqual([true, false]);
});
