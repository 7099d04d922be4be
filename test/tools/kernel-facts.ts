/**
 * Writes `docs/kernel-facts.md` from the tables of `server/kernel/`.
 *
 *     node test/run.js test/tools/kernel-facts.ts --write docs/kernel-facts.md
 */
import { writeFileSync } from 'node:fs';
import {
  BUSES,
  CHILD_DEVICES,
  DMA_API,
  type DmaRow,
  FALSE_HOOKS,
  FUNCTION_MACROS,
  HANDLERS,
  LIBRARIES,
  NAME_MACROS,
  NOT_DMA,
  QUIESCE,
  RANGES_READ_AGAINST,
  READ_AGAINST,
  REGISTRATIONS,
  RUNTIME_HOLDERS,
  SIDE_HOOKS,
  SMMU_STATEMENTS,
  type Sourced,
  VALUE_WRAPPERS,
  WRAPPERS,
} from '../../server/kernel/index.ts';

/** `6.4 on`, `before 6.9`, `5.5 to before 6.3`, or nothing. */
function range(row: Sourced): string {
  const { from, before } = row.holds ?? {};
  if (from !== undefined && before !== undefined) return `${from} to before ${before}`;
  if (from !== undefined) return `${from} on`;
  return before === undefined ? '' : `before ${before}`;
}

const code = (text: string): string => (text === '' ? '' : `\`${text.replace(/\|/g, '\\|')}\``);
const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function dmaTable(rows: readonly DmaRow[]): string {
  return table(
    ['name', 'role', 'device', 'kind', 'stopped by', 'only', 'holds', 'source', 'note'],
    rows.map((row) => [
      code(row.name),
      row.role,
      row.device === null ? '' : `${row.device}`,
      row.kind ?? '',
      row.quiescedBy ? `${row.quiescedBy.kind}: ${code(row.quiescedBy.by)}` : '',
      row.when
        ? `argument ${row.when.arg}: ${code(row.when.matches)}`
        : row.needs
          ? `${code(row.needs.struct)}.${row.needs.member}: ${code(row.needs.matches)}`
          : '',
      range(row),
      code(row.source),
      cell(row.note ?? ''),
    ]),
  );
}

/** The page as Markdown. The same tables give the same text. */
export function renderKernelFacts(): string {
  const sections: [string, string, string][] = [
    [
      'Buses',
      'Every struct that embeds a `struct device_driver`, and what becomes of a `.shutdown` put into it.',
      table(
        [
          'struct',
          'own `.shutdown`',
          'embedded',
          'its fate',
          'bus function',
          'without a hook',
          'DMA',
          'holds',
          'source',
          'note',
        ],
        BUSES.map((row) => [
          code(row.struct),
          row.own,
          code(row.embedded.join('.')),
          row.fate,
          code(row.busShutdown ?? ''),
          row.core,
          row.dma,
          range(row),
          code(row.source),
          cell(row.note ?? ''),
        ]),
      ),
    ],
    [
      'Structs that hold a driver struct',
      'The first group has static instances named `X.member`; the second is filled at run time.',
      table(
        ['struct', 'member', 'holds a', 'when', 'versions', 'source'],
        [
          ...WRAPPERS.map((row) => [row, 'static'] as const),
          ...RUNTIME_HOLDERS.map((row) => [row, 'run time'] as const),
        ].map(([row, when]) => [
          code(row.struct),
          code(row.member.join('.')),
          code(row.wraps),
          when,
          range(row),
          code(row.source),
        ]),
      ),
    ],
    ['DMA API', 'Arguments are counted from 0.', dmaTable(DMA_API)],
    ['Libraries', "Framework entry points that do DMA on their caller's device.", dmaTable(LIBRARIES)],
    [
      'Not DMA',
      "Functions that reach the DMA API with their caller's device and yet make no master of it.",
      table(
        ['name', 'why', 'holds', 'source'],
        NOT_DMA.map((row) => [code(row.name), cell(row.why), range(row), code(row.source)]),
      ),
    ],
    [
      'What stops DMA',
      '4 stops or resets and keeps new work out, 3 stops, 2 stops by the way, 1 is soft, 0 is nothing of the sort.',
      table(
        ['name', 'level', 'does', 'holds', 'source'],
        QUIESCE.map((row) => [
          `${code(row.name)}${row.pattern ? ' (pattern)' : ''}`,
          `${row.level}`,
          cell(row.does),
          range(row),
          code(row.source),
        ]),
      ),
    ],
    [
      'Registration',
      'The argument that names the driver struct, counted from 0.',
      table(
        ['name', 'bus', 'argument', 'makes', 'holds', 'source'],
        REGISTRATIONS.map((row) => [
          code(row.name),
          row.bus ?? 'any',
          `${row.driver}${row.array ? ' (array)' : ''}`,
          row.generates ? code(`struct ${row.generates.struct} ${row.generates.instance}`) : '',
          range(row),
          code(row.source),
        ]),
      ),
    ],
    [
      'Child devices',
      'Calls that make a platform device, and the argument that is its name (or the name itself).',
      table(
        ['name', 'device', 'source'],
        CHILD_DEVICES.map((row) => [
          code(row.name),
          typeof row.device === 'number' ? `argument ${row.device}` : code(row.device),
          code(row.source),
        ]),
      ),
    ],
    [
      'False hooks',
      'Structs whose `.shutdown` is not the hook of a device driver.',
      table(
        ['struct', 'called', 'source'],
        FALSE_HOOKS.map((row) => [code(row.struct), cell(row.calledWhen), code(row.source)]),
      ),
    ],
    [
      'Handlers',
      'What runs on the way to an ordinary kexec, and what does not.',
      table(
        ['name', 'runs at kexec', 'handler', 'holds', 'source', 'note'],
        [
          ...HANDLERS.map((row) => [
            code(row.name),
            row.runsAtKexec ? 'yes' : 'no',
            `argument ${row.handler}${row.member ? `, ${code(row.member)}` : ''}`,
            range(row),
            code(row.source),
            cell(row.note ?? ''),
          ]),
          ...SIDE_HOOKS.map((row) => [
            code(`${row.struct}.${row.member}`),
            row.runsAtKexec ? 'yes' : 'no',
            'the member',
            range(row),
            code(row.source),
            '',
          ]),
        ],
      ),
    ],
    [
      'Macros around values',
      'An initialiser `pm_ptr(f)` is `f` where the condition holds.',
      table(
        ['name', 'value', 'needs', 'source'],
        VALUE_WRAPPERS.map((row) => [
          code(row.name),
          `argument ${row.value}`,
          code(row.needs ?? ''),
          code(row.source),
        ]),
      ),
    ],
    [
      'Macros that define functions',
      'A use at file scope is a function that calls another; `$1` is the argument.',
      table(
        ['name', 'defines', 'calls', 'holds', 'source'],
        FUNCTION_MACROS.map((row) => [
          code(row.name),
          code(row.defines),
          code(row.calls),
          range(row),
          code(row.source),
        ]),
      ),
    ],
    [
      'Macros in device names',
      'What stands under a name in the id of an auxiliary device, or as the name of a driver.',
      table(
        ['name', 'value', 'holds', 'source'],
        NAME_MACROS.map((row) => [code(row.name), code(row.value), range(row), code(row.source)]),
      ),
    ],
    [
      'IOMMU statements',
      'What a write in an IOMMU driver means; whether its shutdown makes it is read from the tree.',
      table(
        ['calls', 'register', 'value', 'effect', 'says', 'source'],
        SMMU_STATEMENTS.map((row) => [
          row.calls.map(code).join(', '),
          code(row.register ?? ''),
          `argument ${row.value}: ${code(row.matches)}`,
          row.effect,
          cell(row.says),
          code(row.source),
        ]),
      ),
    ],
  ];
  return [
    '# Kernel facts',
    '',
    'Generated from `server/kernel/` by `test/tools/kernel-facts.ts`; change the tables, not this page.',
    `Every row was read in Linux ${READ_AGAINST.join(' and ')} with \`test/tools/check-kernel-facts.ts\`. A row without a range holds for both.`,
    `The ends of ranges were placed with ${RANGES_READ_AGAINST.join(', ')}; between two kernels that were read they follow upstream's history.`,
    ...sections.flatMap(([title, text, rows]) => ['', `## ${title}`, '', text, '', rows]),
    '',
  ].join('\n');
}

if (process.argv[2] === '--write' && process.argv[3]) writeFileSync(process.argv[3], renderKernelFacts());
