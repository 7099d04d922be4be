/** The runs that every format is shown: plain data, the same for all. */
import type { Driver, Finding, Suppressed } from '../../../server/audit/model.ts';
import { RULES } from '../../../server/audit/rules/index.ts';
import { findingsOf, hiddenOf, type Report, summarize } from '../../../server/report/findings.ts';
import type { Today } from '../../../simulator/kexec/today.ts';

/** A driver of a made-up tree; a missing hook unless told otherwise. */
export function driverOf(name: string, change: Partial<Driver> = {}): Driver {
  const file = change.file ?? `drivers/net/${name}.c`;
  return {
    file,
    line: 40,
    column: 31,
    bus: 'platform',
    struct: 'platform_driver',
    instance: `${name}_driver`,
    modules: [`drivers/net/${name}`],
    match: { of: [`vendor,${name}`], pci: [], amba: [], acpi: [], platform: [] },
    name,
    configs: [],
    creates: [],
    hook: { state: 'missing', function: null, via: null, line: null },
    dma: {
      class: 'direct',
      kind: 'autonomous',
      mask: 32,
      directions: ['from-device'],
      buffers: [{ size: 4096, direction: 'from-device', api: 'dma_alloc_coherent' }],
      evidence: [
        {
          file,
          line: 17,
          api: 'dma_alloc_coherent',
          path: [`${name}_probe`, `${name}_ring_setup`],
          steps: [
            { file, line: 30 },
            { file, line: 12 },
          ],
        },
      ],
    },
    quiescedBy: [],
    confidence: 'direct',
    findings: [],
    suppressed: [],
    ...change,
  };
}

export function findingOf(name: string, change: Partial<Finding> = {}): Finding {
  return {
    rule: 'missing-shutdown',
    severity: 'warning',
    message: `${name}_driver does DMA and has no .shutdown hook.\nIt does DMA: ${name}_probe.\nStop the engine.`,
    ...change,
  };
}

const withFinding = (name: string, finding: Partial<Finding> = {}, driver: Partial<Driver> = {}): Driver =>
  driverOf(name, { ...driver, findings: [findingOf(name, finding)] });

const note = { rule: 'missing-shutdown-pci', severity: 'note' } as const;
const stale = { rule: 'unused-suppression', severity: 'note' } as const;

/** What the SMMU drivers of the made-up tree do: v1 and v2 have no hook, v3 has one that opens it. */
export const TODAY: Today = {
  v2: { policy: 'retain', says: 'no hook: translation stays on', file: 'drivers/iommu/v2.c', line: 7 },
  v3: { policy: 'bypass', says: 'CR0=0', file: 'drivers/iommu/v3.c', line: 9 },
};

/** A run over these drivers, in a checkout at `/src/linux`. */
export function runOver(drivers: readonly Driver[], change: Partial<Report> = {}): Report {
  return {
    toolVersion: '1.2.3',
    rules: RULES,
    drivers,
    reported: findingsOf(drivers),
    hidden: hiddenOf(drivers),
    totals: summarize(drivers, { files: 9, parsedFiles: 8, loose: 0 }),
    skipped: [],
    fails: ({ finding }) => finding.severity === 'warning',
    kernels: ['6.12.1'],
    today: async () => TODAY,
    places: { checkout: '/src/linux', pathOf: (driver, file = driver.file) => file },
    ...change,
  };
}

const suppressed: Suppressed = {
  finding: findingOf('tuner'),
  reason: "the parent's hook resets the block",
  line: 39,
};

const HOSTILE = 'a<b> & "c" 100%, d: e\u0007 \u00fc \u{1f527} ]]> ::error::f';

/** By name; each shows what a reader of a format may meet. */
export const INPUTS: Readonly<Record<string, Report>> = {
  nothing: runOver([
    driverOf('good', { hook: { state: 'present', function: 'good_stop', via: 'member', line: 45 } }),
  ]),
  some: runOver(
    [
      withFinding('mac'),
      withFinding('nic', note, { bus: 'pci', struct: 'pci_driver' }),
      driverOf('tuner', { suppressed: [suppressed] }),
      driverOf('broken', {
        confidence: 'not-judged',
        dma: { ...driverOf('x').dma, class: 'none', evidence: [] },
      }),
      // Two findings of one key: two stale comments beside one driver.
      driverOf('stale', {
        findings: [
          findingOf('stale', {
            ...stale,
            message: 'The suppression on line 3 suppresses nothing.\nWhy.\nDelete it.',
          }),
          findingOf('stale', {
            ...stale,
            message: 'The suppression on line 7 suppresses nothing.\nWhy.\nDelete it.',
          }),
        ],
      }),
    ],
    { skipped: [{ path: 'drivers/net/pipe.c', reason: 'a named pipe' }] },
  ),
  hostile: runOver([
    withFinding(
      'odd',
      { message: `${HOSTILE}\n${HOSTILE}\r\n${HOSTILE}` },
      { file: 'a b/c,d:e%20#\u00fc?.c' },
    ),
    withFinding('away', {}, { file: '/elsewhere/away.c' }),
    driverOf('mute', { suppressed: [{ ...suppressed, reason: HOSTILE }] }),
  ]),
  many: runOver([
    ...Array.from({ length: 12 }, (_, i) => withFinding(`w${i}`)),
    ...Array.from({ length: 11 }, (_, i) => withFinding(`n${i}`, note)),
  ]),
};
