/** The machine of a scenario file. */
import { parseAmount } from '../machine/address.ts';
import { type Board, type BoardSmmu, checkBoard, type Region } from '../machine/board.ts';
import { DEFAULT_BOARD, findBoard } from '../machine/boards.ts';
import type { Resolver } from './resolver.ts';
import type { BoardInput, RangeInput, ScenarioInput } from './scenario-types.ts';

const BOARD_KEYS = ['name', 'ram', 'reserved', 'mmio', 'secure', 'fixed', 'smmu', 'dmaLimitBits'];

/**
 * The board of a scenario: `given`, a built-in one by name, or one written out.
 * @throws InputError for an unknown name, an unknown key, ranges that do not add up.
 */
export function boardOf(
  r: Resolver,
  input: string | BoardInput | undefined,
  given: Board | undefined,
): Board {
  if (given) return given;
  if (input === undefined) {
    r.assume('board', DEFAULT_BOARD, 'no board was named');
    return findBoard(DEFAULT_BOARD);
  }
  if (typeof input === 'string') return findBoard(input);
  r.keys(input, BOARD_KEYS, 'board');
  const regions = (list: readonly RangeInput[] | undefined, name: string): (Region & RangeInput)[] => {
    if (list !== undefined && !Array.isArray(list))
      r.fail(`board.${name}`, 'not a list', 'a list of {start, size}');
    return (list ?? []).map((range, i) => {
      const start = parseAmount(range.start, `board.${name}[${i}].start`);
      const size = parseAmount(range.size, `board.${name}[${i}].size`);
      return { ...range, start, end: start + size, name: range.name ?? name, source: 'scenario' };
    });
  };
  const smmu: BoardSmmu | null = input.smmu
    ? {
        model: `smmu-v${input.smmu.version}`,
        qcom: false,
        covers: 'the device',
        source: 'scenario',
        ...input.smmu,
      }
    : null;
  if (smmu && ![1, 2, 3].includes(smmu.version))
    r.fail('board.smmu.version', `${smmu.version} is no SMMU version`, '1, 2 or 3');
  return checkBoard(
    {
      name: input.name ?? 'scenario',
      title: input.name ?? 'machine of the scenario file',
      ram: regions(input.ram, 'ram'),
      reserved: regions(input.reserved, 'reserved').map((x) => ({
        ...x,
        use: x.use ?? 'reserved',
        noMap: x.noMap ?? false,
      })),
      mmio: regions(input.mmio, 'mmio'),
      secure: regions(input.secure, 'secure'),
      fixed: regions(input.fixed, 'fixed').map((x) => ({ ...x, by: 'hardware' })),
      smmu,
      streams: [],
      dmaLimitBits: input.dmaLimitBits ?? 32,
      assumptions: [],
    },
    'board',
  );
}

/** Another SMMU than the board's own: the same machine with it exchanged. */
export function withSmmu(board: Board, smmu: ScenarioInput['smmu']): Board {
  if (smmu === undefined) return board;
  if (smmu === 'none') return { ...board, smmu: null };
  const version = Number(smmu.slice(1)) as 1 | 2 | 3;
  if (board.smmu?.version === version) return board;
  const model = { 1: 'mmu-401', 2: 'mmu-500', 3: 'smmu-v3' }[version];
  return {
    ...board,
    smmu: { version, model, qcom: false, covers: 'the device', source: '--smmu' },
    assumptions: [...board.assumptions, `SMMUv${version} instead of what the board has, as asked`],
  };
}

/** The same machine with or without Qualcomm's quirks of an SMMUv2. */
export function withQuirks(board: Board, iommu: ScenarioInput['iommu']): Board {
  if (iommu?.qcom === undefined || !board.smmu || board.smmu.qcom === iommu.qcom) return board;
  return { ...board, smmu: { ...board.smmu, qcom: iommu.qcom } };
}
