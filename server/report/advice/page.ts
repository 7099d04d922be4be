/** The page of one machine, for every format that a person reads. */
import { VERDICTS } from '../../../simulator/kexec/outcome-types.ts';
import type { PolicyChoice } from '../../../simulator/kexec/scenario-types.ts';
import type { TodaysPolicy } from '../../../simulator/kexec/today.ts';
import { assumedGroups } from '../../../simulator/view/assumed.ts';
import { POLICY_BRIEF, POLICY_OPTIONS } from '../../../simulator/view/matrix.ts';
import type { Advice, AdviceRow } from '../../board/advice/advice.ts';
import type { Cell } from '../../board/advice/play.ts';
import type { DriverAdvice, PolicySum, SmmuDriver } from '../../board/advice/recommend.ts';
import { lacksKexec } from '../../board/kernel.ts';
import type { PolicyPatch } from '../../fix/policy/smmu-patch.ts';
import { type Block, type Line, listed, type Span } from '../blocks.ts';

const DRIVER_NAME: Readonly<Record<SmmuDriver, string>> = { v2: 'arm-smmu', v3: 'arm-smmu-v3' };
/** What a kernel does not choose, but finds itself in. */
const SITUATIONS: readonly PolicyChoice[] = ['kdump', 'passthrough', 'none'];

/** The page: what holds for each type of machine, and the patches for all of them. */
export function advicePage(all: readonly Advice[], patches: readonly PolicyPatch[]): Block[] {
  const first = all.length > 1 ? overview(all) : [];
  return [...first, ...all.flatMap(ofType), ...patchBlocks(patches)];
}

/** Several types of machines, a line for each. */
function overview(all: readonly Advice[]): Block[] {
  const hosts = all.reduce((sum, one) => sum + one.hosts, 0);
  return [
    heading(1, `${hosts} machines of ${all.length} types: SMMU policy at kexec`),
    {
      kind: 'table',
      head: [['Type'], ['Machines'], ['Left running'], ['Advice']],
      rows: all.map(({ joined, rows, drivers, hosts: count }) => [
        [joined.machine.title],
        [`${count}`],
        [`${rows.length}`],
        drivers.length === 0 ? ['hooks only'] : listed(drivers.map((driver): Line => [adviceFor(driver)])),
      ]),
    },
  ];
}

/** Everything that is said of a machine, or of a type of them. */
function ofType(advice: Advice): Block[] {
  const { joined, hosts, rows, drivers } = advice;
  const { title, kernel, notes } = joined.machine;
  const release = kernel.release ? `, Linux ${kernel.release}` : '';
  const machines = hosts > 1 ? ` (${hosts} machines)` : '';
  const blocks: Block[] = [heading(1, `${title}${machines}${release}: SMMU policy at kexec`)];
  if (lacksKexec(kernel))
    blocks.push(
      text(
        { strong: 'No kexec in this configuration' },
        ' (CONFIG_KEXEC_CORE is not set): nothing below happens.',
      ),
    );
  blocks.push(inShort(advice));
  if (drivers.length > 0) blocks.push(heading(2, 'Today'), todayTable(drivers));
  blocks.push(...matrices(rows, hosts));
  for (const driver of drivers.filter(({ isPlayed }) => isPlayed)) blocks.push(...costs(driver));
  blocks.push(...assumed(rows));
  if (notes.length > 0)
    blocks.push(heading(2, 'Notes'), { kind: 'list', items: notes.map((note) => [note]) });
  return blocks;
}

function inShort({ joined, rows, drivers }: Advice): Block {
  const behind = rows.filter(({ smmu }) => smmu).length;
  const items: Line[] = [
    [
      { strong: `${rows.length} of ${joined.rows.length} devices` },
      ` with a driver are left running at kexec: ${behind} behind an SMMU, ${rows.length - behind} with none in the path.`,
    ],
  ];
  if (rows.length > 0)
    items.push([
      { strong: 'Hooks first.' },
      ' A .shutdown hook is what cures each of them, and the only thing that reaches a device without an SMMU: ',
      ...listed(driversOf(rows)),
      '.',
    ]);
  items.push(...drivers.map(recommendation));
  if (drivers.length === 0)
    items.push(['No Arm SMMU is in use here that the inputs name: there is no policy to choose.']);
  const live = rows.filter(({ row }) => row.device.isLive);
  if (live.length > 0)
    items.push([
      'Firmware left running what a blocking policy stops too: ',
      ...listed(live.map(({ row }) => [{ code: row.device.id }])),
      '.',
    ]);
  return { kind: 'list', items };
}

function driversOf(rows: readonly AdviceRow[]): Line[] {
  const named = new Map(
    rows.map(({ row: { driver } }) => [`${driver.file}:${driver.line}`, driver.instance]),
  );
  return [...named].map(([place, instance]): Line => [{ code: instance }, ` (${place})`]);
}

function recommendation(driver: DriverAdvice): Line {
  return [{ strong: adviceFor(driver) }, `; ${driver.because}.`];
}

/** `arm-smmu: abort instead of bypass`. */
function adviceFor({ driver, today, recommended }: DriverAdvice): string {
  const name = DRIVER_NAME[driver];
  if (recommended === null) return `${name}: no policy to recommend`;
  return recommended === today.policy
    ? `${name}: keep ${recommended}`
    : `${name}: ${recommended} instead of ${today.policy}`;
}

function todayTable(drivers: readonly DriverAdvice[]): Block {
  return {
    kind: 'table',
    head: [['SMMU driver'], ['SMMUs'], ['At shutdown'], ['Because']],
    rows: drivers.map(({ driver, smmus, today }) => [
      [{ code: DRIVER_NAME[driver] }],
      listed(smmus.map(({ id, model }): Line => [{ code: id }, ` (${model})`])),
      [{ strong: today.policy }, `: ${POLICY_BRIEF[today.policy]}`],
      [today.says, ...place(today)],
    ]),
  };
}

function place({ file, line }: TodaysPolicy): Span[] {
  return file === undefined ? [] : [' (', { code: `${file}:${line ?? 1}` }, ')'];
}

/** Worst first, as things are today. */
function badness({ played, today }: AdviceRow): number {
  const verdict = played?.cells.find(({ policy }) => policy === today.policy)?.verdict ?? 'safe';
  return VERDICTS.indexOf(verdict);
}

/** Devices with the same driver and the same outcomes are one line. */
function matrices(rows: readonly AdviceRow[], hosts: number): Block[] {
  const played = rows.filter((row) => row.played).sort((a, b) => badness(a) - badness(b));
  const behind = played.filter(({ smmu }) => smmu);
  const bare = played.filter(({ smmu }) => !smmu);
  const blocks: Block[] = [];
  if (behind.length > 0) {
    blocks.push(
      heading(2, 'What each policy comes to'),
      text(
        'The verdict of ',
        { code: 'quiesce simulate' },
        " with this machine's memory map and the device's mask: worst first ",
        'corrupts, leaks, breaks-target, unknown, blocked, safe. Today’s is in bold, – does not apply; the next kernel is a Linux that drives the SMMU.',
      ),
      matrix(behind, POLICY_OPTIONS, hosts),
      text('The same devices where the kernel has no choice:'),
      matrix(behind, SITUATIONS, hosts),
    );
  }
  if (bare.length > 0)
    blocks.push(
      heading(2, 'Without an SMMU in the path'),
      text(
        'No policy reaches these: what DMA they still do goes into the old buffers, which are free memory of the next kernel.',
      ),
      matrix(bare, ['none', 'hook'], hosts),
    );
  blocks.push(...notPlayed(rows));
  return blocks;
}

/** Devices without outcomes, by the reason. */
function notPlayed(rows: readonly AdviceRow[]): Block[] {
  const reasons = new Set(rows.flatMap((row) => row.notPlayed ?? []));
  if (reasons.size === 0) return [];
  const items = [...reasons].map((reason): Line => {
    const own = rows.filter((row) => row.notPlayed === reason);
    const drivers = new Set(own.map(({ row }) => row.driver.instance));
    const names = listed([...drivers].map((instance): Line => [{ code: instance }]));
    return [`${devicesText(own)} (`, ...names, `): ${reason}`];
  });
  return [heading(2, 'Not played'), { kind: 'list', items }];
}

function matrix(rows: readonly AdviceRow[], policies: readonly PolicyChoice[], all: number): Block {
  const lines = new Map<string, { devices: string[]; line: Line[] }>();
  for (const { row, today, played, hosts } of rows) {
    const cells = policies.map((policy) =>
      cell(
        played!.cells.find((one) => one.policy === policy),
        policy === today.policy,
      ),
    );
    const some = hosts < all ? [` (${hosts} of ${all} machines)`] : [];
    const line: Line[] = [[{ code: row.driver.instance }, ...some], ...cells];
    const same = lines.get(JSON.stringify(line));
    if (same) same.devices.push(row.device.id);
    else lines.set(JSON.stringify(line), { devices: [row.device.id], line });
  }
  return {
    kind: 'table',
    head: [['Device'], ['Driver'], ...policies.map((policy): Line => [policy])],
    rows: [...lines.values()].map(({ devices, line }) => [deviceCell(devices), ...line]),
  };
}

function deviceCell([first, ...more]: readonly string[]): Line {
  const shown: Span = { code: first! };
  return more.length === 0 ? [shown] : [shown, ` and ${more.length} like it`];
}

function cell(outcome: Cell | undefined, isToday: boolean): Line {
  if (!outcome?.applicable) return ['–'];
  const number = outcome.text && outcome.verdict !== 'safe' ? ` ${outcome.text}` : '';
  return [{ verdict: outcome.verdict, text: `${outcome.verdict}${number}`, isToday }];
}

function costs({ driver, today, devices, policies }: DriverAdvice): Block[] {
  const isToday = (policy: PolicyChoice): string => (policy === today.policy ? ' (today)' : '');
  const prices = [...new Set(policies.flatMap((one) => one.prices))];
  return [
    heading(2, `What each policy of ${DRIVER_NAME[driver]} costs`),
    {
      kind: 'table',
      head: [
        ['Policy'],
        [`${devices} ${devices === 1 ? 'device' : 'devices'}`],
        ['Next Linux without an SMMU driver'],
      ],
      rows: policies.map((sum) => [
        [{ code: sum.policy }, isToday(sum.policy)],
        counts(sum),
        [sum.breaksBare > 0 ? `no DMA for ${sum.breaksBare} of ${devices}` : 'works'],
      ]),
    },
    {
      kind: 'list',
      items: prices.map(({ says, said, source }): Line => {
        const of = policies.filter((one) => one.prices.some((price) => price.says === says));
        return [
          ...listed(of.map(({ policy }): Line => [{ code: policy }])),
          `: ${says} (`,
          { code: source },
          ...(said ? [', ', { href: said, text: 'said on the list' }] : []),
          ')',
        ];
      }),
    },
  ];
}

function counts({ devices }: PolicySum): Line {
  return listed(
    Object.entries(devices).map(([verdict, count]): Line => [{ verdict, text: `${count} ${verdict}` }]),
  );
}

/** What of the assumptions is about this machine; the simulator's usual values for the rest stand in the JSON. */
const OF_MACHINE = /^(?:board|iommu\.|device\.maskBits|device\.onAbort)/;

function assumed(rows: readonly AdviceRow[]): Block[] {
  if (!rows.some(({ played }) => played)) return [];
  const open = rows.filter(({ smmu, master }) => smmu && master.domain === 'unknown');
  const identity = rows.filter(({ today }) => today.policy === 'passthrough');
  const groups = assumedGroups(
    rows
      .flatMap(({ played }) => played?.assumptions ?? [])
      .filter(({ field, file }) => file === undefined && OF_MACHINE.test(field)),
  );
  const items: Line[] = groups.map(
    ({ fields, because }): Line => [
      ...listed(fields.map((field): Line => [{ code: field }])),
      `: ${because}`,
    ],
  );
  if (identity.length > 0)
    items.unshift([
      `${devicesText(identity)} in an identity domain: today is `,
      { code: 'passthrough' },
      '. The other columns suppose a translated domain; a blocking policy holds only until the next kernel attaches it.',
    ]);
  const through = rows.filter(({ row, master }) => master !== row.device);
  if (through.length > 0)
    items.unshift([
      `${devicesText(through)} without StreamIDs below a node that has some: `,
      ...listed(through.map(({ row }): Line => [{ code: row.device.id }])),
      ' map their buffers for that node.',
    ]);
  if (open.length > 0)
    items.unshift([`${devicesText(open)} in a translated domain: the .config or a snapshot would tell.`]);
  items.push(['Both kernels, their timing, what such devices do: each value with its reason in the JSON.']);
  return [heading(2, 'Taken for granted'), { kind: 'list', items }];
}

function devicesText({ length }: readonly AdviceRow[]): string {
  return length === 1 ? '1 device' : `${length} devices`;
}

function patchBlocks(patches: readonly PolicyPatch[]): Block[] {
  if (patches.length === 0) return [];
  return [
    heading(2, 'Patches to start from'),
    text('Made from the text of this tree; they compile, and have run nowhere.'),
    ...patches.flatMap(({ driver, policy, diff, why }): Block[] => [
      heading(3, `${DRIVER_NAME[driver]}: ${policy}`),
      diff === null ? text(`None could be made: ${why}.`) : { kind: 'diff', text: diff },
    ]),
  ];
}

function heading(level: 1 | 2 | 3, title: string): Block {
  return { kind: 'heading', level, text: title };
}

function text(...line: Span[]): Block {
  return { kind: 'text', line };
}
