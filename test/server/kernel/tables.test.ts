import { describe, expect, it } from 'vitest';
import {
  BUSES,
  CHILD_DEVICES,
  DMA_API,
  FALSE_HOOKS,
  FUNCTION_MACROS,
  HANDLERS,
  LIBRARIES,
  NAME_MACROS,
  NOT_DMA,
  QUIESCE,
  REGISTRATIONS,
  RUNTIME_HOLDERS,
  SIDE_HOOKS,
  SMMU_STATEMENTS,
  type Sourced,
  VALUE_WRAPPERS,
  WRAPPERS,
} from '../../../server/kernel/index.ts';
import { holdsFor, rangesOverlap } from '../../../server/kernel/version.ts';

const NAMED: readonly [string, readonly Sourced[], (row: never) => string][] = [
  ['BUSES', BUSES, (row: { struct: string; arch?: string }) => `${row.struct} ${row.arch ?? ''}`],
  ['WRAPPERS', [...WRAPPERS, ...RUNTIME_HOLDERS], (row: { struct: string }) => row.struct],
  ['DMA_API and LIBRARIES', [...DMA_API, ...LIBRARIES], (row: { name: string }) => row.name],
  ['QUIESCE', QUIESCE, (row: { name: string }) => row.name],
  ['CHILD_DEVICES', CHILD_DEVICES, (row: { name: string }) => row.name],
  ['REGISTRATIONS', REGISTRATIONS, (row: { name: string }) => row.name],
  ['FALSE_HOOKS', FALSE_HOOKS, (row: { struct: string }) => row.struct],
  ['HANDLERS', HANDLERS, (row: { name: string }) => row.name],
  ['SIDE_HOOKS', SIDE_HOOKS, (row: { struct: string; member: string }) => `${row.struct}.${row.member}`],
  ['NOT_DMA', NOT_DMA, (row: { name: string }) => row.name],
  ['FUNCTION_MACROS', FUNCTION_MACROS, (row: { name: string }) => row.name],
  ['NAME_MACROS', NAME_MACROS, (row: { name: string }) => row.name],
  ['VALUE_WRAPPERS', VALUE_WRAPPERS, (row: { name: string }) => row.name],
];

describe('every table', () => {
  it.each([...NAMED, ['SMMU_STATEMENTS', SMMU_STATEMENTS, (row: { says: string }) => row.says] as const])(
    '%s names a file and a symbol as the source of each row',
    (_, rows) => {
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(row.source).toMatch(/^[a-z0-9][\w./-]*\.[ch]:[A-Za-z_]\w*$/);
    },
  );

  it.each(NAMED)('%s has no two rows for one name and version', (_, rows, nameOf) => {
    const seen = new Map<string, Sourced[]>();
    for (const row of rows) {
      const name = nameOf(row as never);
      for (const other of seen.get(name) ?? []) {
        expect(rangesOverlap(row.holds, other.holds), `${name} twice`).toBe(false);
      }
      seen.set(name, [...(seen.get(name) ?? []), row]);
    }
  });

  it.each(NAMED)('%s has ranges that hold for some version', (_, rows) => {
    for (const { holds, source } of rows) {
      if (!holds) continue;
      expect(holds.from ?? holds.before, source).toBeDefined();
      for (const end of [holds.from, holds.before]) if (end) expect(end).toMatch(/^\d+\.\d+$/);
      if (holds.from && holds.before) expect(holdsFor(holds, holds.from), source).toBe(true);
    }
  });

  it.each([
    ['BUSES', BUSES.map((row) => row.struct)],
    ['DMA_API', DMA_API.map((row) => row.name)],
    ['LIBRARIES', LIBRARIES.map((row) => row.name)],
    ['QUIESCE', QUIESCE.map((row) => row.name)],
    ['CHILD_DEVICES', CHILD_DEVICES.map((row) => row.name)],
    ['REGISTRATIONS', REGISTRATIONS.map((row) => row.name)],
  ])('%s is sorted', (_, names) => {
    expect(names).toEqual([...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  });
});

describe('BUSES', () => {
  it('says why an embedded hook is ignored or overwritten', () => {
    for (const row of BUSES) {
      if (row.fate.startsWith('overwritten')) expect(row.register, row.struct).toBeDefined();
      if (row.fate === 'ignored' && row.busType !== undefined)
        expect(row.busShutdown, row.struct).not.toBeNull();
      if (row.fate === 'honoured') expect(row.busShutdown, row.struct).toBeNull();
      if (row.own === 'called' && row.busShutdown === null) expect(row.register, row.struct).toBeDefined();
    }
  });

  it('has a row for every struct that another one wraps', () => {
    const structs = new Set(BUSES.map((row) => row.struct));
    for (const row of BUSES) {
      if (row.wraps) expect(structs, row.struct).toContain(row.wraps.struct);
      if (row.wraps) expect(row.embedded[0]).toBe(row.wraps.member);
    }
    for (const row of [...WRAPPERS, ...RUNTIME_HOLDERS]) {
      if (row.wraps !== 'device_driver') expect(structs, row.struct).toContain(row.wraps);
    }
  });

  it('finds the two match tables of the embedded driver under its path', () => {
    for (const row of BUSES) {
      const at = row.embedded.join('.');
      expect(row.ids).toContainEqual({ member: `${at}.of_match_table`, kind: 'of' });
      expect(row.ids).toContainEqual({ member: `${at}.acpi_match_table`, kind: 'acpi' });
    }
  });
});

describe('DMA_API and LIBRARIES', () => {
  it('count arguments from 0, each for one purpose', () => {
    for (const row of [...DMA_API, ...LIBRARIES]) {
      const indices = [row.device, row.size, row.direction, row.mask, row.when?.arg].filter(
        (one) => one != null,
      );
      for (const index of indices)
        expect(Number.isInteger(index) && index >= 0 && index < 11, row.name).toBe(true);
      expect(new Set(indices).size, row.name).toBe(indices.length);
    }
  });

  it('know the mask of every function that sets one', () => {
    for (const row of DMA_API) {
      if (/^(dma_set_(coherent_)?mask|dma_coerce|pci_set_(consistent_)?dma_mask)/.test(row.name)) {
        expect(row.mask, row.name).toBe(1);
      }
    }
  });

  it('have conditions that are regular expressions', () => {
    for (const row of LIBRARIES) {
      if (row.when) expect(() => new RegExp(row.when!.matches), row.name).not.toThrow();
    }
    const buffer = LIBRARIES.find((row) => row.name === 'snd_pcm_set_managed_buffer_all')!;
    const matches = new RegExp(buffer.when!.matches);
    expect(matches.test('SNDRV_DMA_TYPE_DEV_WC')).toBe(true);
    expect(matches.test('SNDRV_DMA_TYPE_VMALLOC')).toBe(false);
    expect(matches.test('SNDRV_DMA_TYPE_CONTINUOUS')).toBe(false);
  });

  it('do not hold what is known to be no DMA', () => {
    const rows = new Set([...DMA_API, ...LIBRARIES].map((row) => row.name));
    for (const row of NOT_DMA) expect(rows).not.toContain(row.name);
  });
});

describe('QUIESCE', () => {
  it('covers the calls of every level', () => {
    expect(QUIESCE.length).toBeGreaterThanOrEqual(120);
    for (const level of [0, 1, 2, 3, 4]) expect(QUIESCE.some((row) => row.level === level)).toBe(true);
  });

  it('has patterns that compile and take no exact row away', () => {
    for (const row of QUIESCE.filter((one) => one.pattern)) {
      const regexp = new RegExp(`^(?:${row.name})$`);
      for (const other of QUIESCE) {
        if (!other.pattern && regexp.test(other.name)) expect(other.level, other.name).toBe(row.level);
      }
    }
  });

  it('does not call a false hook by the name of a quiescing function', () => {
    const names = new Set(QUIESCE.map((row) => row.name));
    for (const row of FALSE_HOOKS) expect(names).not.toContain(row.struct);
  });
});

describe('REGISTRATIONS', () => {
  it('name buses that exist', () => {
    const buses = new Set(BUSES.map((row) => row.bus));
    for (const row of REGISTRATIONS) {
      if (row.bus !== null) expect(buses, row.name).toContain(row.bus);
      if (row.also) expect(buses, row.name).toContain(row.also.bus);
    }
  });

  it('make structs that have a bus row', () => {
    const structs = new Set(BUSES.map((row) => row.struct));
    const made = REGISTRATIONS.flatMap((row) => [row.generates, row.generatesAlso]).filter(
      (one) => one !== undefined,
    );
    expect(made.length).toBeGreaterThan(0);
    for (const one of made) expect(structs).toContain(one.struct);
  });
});
