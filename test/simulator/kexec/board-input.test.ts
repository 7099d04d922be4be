/** A machine that is written out gives the same outcomes as the one that was read. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { simulate } from '../../../simulator/kexec/engine.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import { boardInput } from '../../../simulator/kexec/scenario-board.ts';
import type { Board } from '../../../simulator/machine/board.ts';
import { builtInBoards } from '../../../simulator/machine/boards.ts';
import { boardFromIomem } from '../../../simulator/machine/iomem.ts';

const read = (name: string): Board => {
  const text = readFileSync(`test/fixtures/machines/${name}`, 'utf8');
  return boardFromIomem(text, { where: name, log: text });
};
const machines: [string, Board][] = [
  ...builtInBoards().map((board): [string, Board] => [board.name, board]),
  ...['qemu-virt-clean-first.iomem', 'qemu-virt-gicv3-first.iomem', 'qemu-virt-kdump-first.iomem'].map(
    (name): [string, Board] => [name, read(name)],
  ),
];
const isScenario = new Ajv({ strict: false }).compile(
  JSON.parse(readFileSync('docs/schema/scenario.schema.json', 'utf8')),
);

describe('a machine written out', () => {
  it.each(machines)('%s', (_, board) => {
    const input = { board: boardInput(board), device: { streamId: 4 } };
    const asFile = JSON.parse(JSON.stringify(input));
    expect(isScenario(asFile), JSON.stringify(isScenario.errors)).toBe(true);
    const again = simulate(resolveScenario(asFile));
    const before = simulate(resolveScenario({ device: { streamId: 4 } }, { board }));
    expect(again.outcomes).toEqual(before.outcomes);
    expect(again.fixedHits).toEqual(before.fixedHits);
    expect(again.landing).toBe(before.landing);
  });
});
