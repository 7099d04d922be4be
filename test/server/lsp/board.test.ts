import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ConfiguredBoards } from '../../../server/lsp/board.ts';
import type { Session } from '../../../server/lsp/session.ts';
import { ConfigStore } from '../../../server/project/config-store.ts';
import { driverOf } from '../report/inputs.ts';

const dir = mkdtempSync(join(tmpdir(), 'quiesce-lsp-board-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const drivers = [driverOf('mac'), driverOf('other')];

function boards(): ConfiguredBoards {
  return new ConfiguredBoards({ config: { store: new ConfigStore() } } as unknown as Session);
}

function machine(compatible: string): void {
  writeFileSync(join(dir, 'toy.dts'), `/dts-v1/;\n/ { mac@1 { compatible = "${compatible}"; }; };\n`);
}

it('tells which drivers the configured machine binds', () => {
  const onBoard = (): boolean[] | undefined => {
    const isOn = boards().filterOf(dir, drivers, 0);
    return isOn && drivers.map(isOn);
  };
  expect(onBoard()).toBeUndefined();
  writeFileSync(join(dir, '.quiesce.yaml'), 'board: ./toy.dts\n');
  expect(onBoard()).toBeUndefined();
  machine('vendor,mac');
  expect(onBoard()).toEqual([true, false]);
});

it('reads the machine and joins it again only when its file or the drivers changed', () => {
  machine('vendor,mac');
  const known = boards();
  const first = known.filterOf(dir, drivers, 1);
  expect(known.filterOf(dir, drivers, 1)).toBe(first);
  const joinedAnew = known.filterOf(dir, drivers, 2);
  expect(joinedAnew).not.toBe(first);
  machine('vendor,other');
  utimesSync(join(dir, 'toy.dts'), 1, 1);
  expect(drivers.map(known.filterOf(dir, drivers, 2)!)).toEqual([false, true]);
});
