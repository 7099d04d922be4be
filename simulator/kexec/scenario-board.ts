/** The machine of a scenario file. */
import { parseAmount, type Span } from '../machine/address.ts';
import { type Board, type BoardSmmu, checkBoard, type Region, type RunningKernel } from '../machine/board.ts';
import { DEFAULT_BOARD, findBoard } from '../machine/boards.ts';
import type { Resolver } from './resolver.ts';
import type { BoardInput, RangeInput, RunningInput, ScenarioInput } from './scenario-types.ts';

const BOARD_KEYS = [
  'name',
  'title',
  'ram',
  'reserved',
  'mmio',
  'secure',
  'fixed',
  'smmu',
  'dmaLimitBits',
  'running',
  'assumptions',
];
const RUNNING_KEYS = ['code', 'data', 'reserved', 'crashKernel'];

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
      title: input.title ?? input.name ?? 'machine of the scenario file',
      ram: regions(input.ram, 'ram'),
      reserved: regions(input.reserved, 'reserved').map((x) => ({
        ...x,
        use: x.use ?? 'reserved',
        noMap: x.noMap ?? false,
      })),
      mmio: regions(input.mmio, 'mmio'),
      secure: regions(input.secure, 'secure'),
      fixed: regions(input.fixed, 'fixed').map((x) => ({ ...x, by: x.by ?? 'hardware' })),
      smmu,
      streams: [],
      dmaLimitBits: input.dmaLimitBits ?? 32,
      assumptions: input.assumptions ?? [],
      ...(input.running ? { running: runningOf(input.running) } : {}),
    },
    'board',
  );

  function runningOf(running: RunningInput): RunningKernel {
    r.keys(running, RUNNING_KEYS, 'board.running');
    const spans = (list: readonly RangeInput[] | undefined, name: string): Span[] =>
      regions(list, `running.${name}`).map(({ start, end }) => ({ start, end }));
    const one = (name: 'code' | 'data'): Partial<RunningKernel> => {
      const [span] = spans(running[name] ? [running[name]] : [], name);
      return span ? { [name]: span } : {};
    };
    return {
      ...one('code'),
      ...one('data'),
      reserved: spans(running.reserved, 'reserved'),
      crashKernel: spans(running.crashKernel, 'crashKernel'),
    };
  }
}

/** A machine as a scenario file writes it out: played from there, it gives the same outcomes. */
export function boardInput(board: Board): BoardInput {
  const range = ({ start, end }: Span): RangeInput => ({
    start: `0x${start.toString(16)}`,
    size: `0x${(end - start).toString(16)}`,
  });
  const named = (region: Region): RangeInput => ({ ...range(region), name: region.name });
  const { smmu, running } = board;
  return {
    name: board.name,
    title: board.title,
    ram: board.ram.map(named),
    reserved: board.reserved.map((one) => ({ ...named(one), use: one.use, noMap: one.noMap })),
    mmio: board.mmio.map(named),
    secure: board.secure.map(named),
    fixed: board.fixed.map((one) => ({ ...named(one), by: one.by })),
    smmu: smmu && smmuInput(smmu),
    dmaLimitBits: board.dmaLimitBits,
    ...(running
      ? {
          running: {
            ...(running.code ? { code: range(running.code) } : {}),
            ...(running.data ? { data: range(running.data) } : {}),
            reserved: running.reserved.map(range),
            crashKernel: running.crashKernel.map(range),
          },
        }
      : {}),
    assumptions: board.assumptions,
  };
}

function smmuInput({ source: _, covers: __, ...smmu }: BoardSmmu): NonNullable<BoardInput['smmu']> {
  return smmu;
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
