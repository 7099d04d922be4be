import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CParser, openParser } from '../../../grammars/parser.ts';
import { judgeModule } from '../../../server/audit/judge.ts';
import type { Driver } from '../../../server/audit/model.ts';
import { extractFacts } from '../../../server/facts/extract.ts';
import { extractOutline } from '../../../server/facts/outline.ts';
import type { Facts } from '../../../server/facts/types.ts';
import { shippedLibraries } from '../../../server/kernel/derived.ts';
import { scanText } from '../../../server/tree/scan.ts';
import { sourcesBelow } from '../../tools/expectations.ts';

let parser: CParser;
beforeAll(async () => {
  parser = await openParser();
});
afterAll(() => parser.dispose());

const libraries = new Map(
  [...shippedLibraries(undefined)].map(([name, entry]) => [name, { ...entry, file: '' }]),
);

function judged(path: string, facts: Facts): Driver[] {
  return judgeModule({ name: null, sources: [{ path, facts }], headers: [] }, { libraries });
}

/** Drivers of a file as its outline has them, and as the whole file does. */
function both(path: string): { outline: Driver[]; whole: Driver[] } {
  const text = readFileSync(path, 'latin1');
  return {
    outline: judged(path, extractOutline(parser, text)),
    whole: judged(path, extractFacts(parser, text)),
  };
}

describe('the outline of a file', () => {
  test('says the same of its drivers as the whole file', () => {
    let drivers = 0;
    for (const path of sourcesBelow('test/fixtures')) {
      const { outline, whole } = both(path);
      expect(outline, path).toEqual(whole);
      drivers += whole.length;
    }
    expect(drivers).toBeGreaterThan(50);
  });

  test('reads only what the drivers lead to, through macros and tables too', () => {
    const text = `
static void deep(void) { }
static void stop(struct foo *foo)
{
	writel(0, foo->regs);
}
static void other(void)
{
	stop(NULL);
}
#define STOP(foo) stop(foo)
static int probe(struct platform_device *pdev)
{
	STOP(pdev);
	return 0;
}
static struct platform_driver foo_driver = {
	.probe = probe,
};
`;
    const { functions, instances } = extractOutline(parser, text);
    expect(functions.map(({ name }) => name)).toEqual(['stop', 'STOP', 'probe']);
    expect(instances.map(({ name, damaged }) => [name, damaged])).toEqual([['foo_driver', undefined]]);
  });

  test('does not vouch for a driver struct that does not parse', () => {
    const text = `
static struct platform_driver foo_driver = {
	.probe = foo_probe
	.remove = foo_remove,
};
static struct platform_driver bar_driver = {
	.probe = bar_probe,
};
`;
    const { instances } = extractOutline(parser, text);
    expect(instances.map(({ name, damaged }) => [name, damaged])).toEqual([
      ['foo_driver', true],
      ['bar_driver', undefined],
    ]);
  });
});

const tree = process.env.KERNEL_TREE;
describe.skipIf(!tree)('the outline of kernel drivers (KERNEL_TREE)', () => {
  test('never has a finding that the whole file has not', { timeout: 300_000 }, () => {
    const added: string[] = [];
    let missed = 0;
    let found = 0;
    const drivers = [...sourcesBelow(`${tree}/drivers`), ...sourcesBelow(`${tree}/sound`)].filter(
      (path, at) => at % 16 === 0 && path.endsWith('.c') && scanText(readFileSync(path, 'latin1')).driver,
    );
    const findings = (of: readonly Driver[]): string[] =>
      of.flatMap(({ instance, findings }) => findings.map(({ rule }) => `${instance} ${rule}`));
    for (const path of drivers) {
      const { outline, whole } = both(path);
      const shown = findings(outline);
      const known = findings(whole);
      added.push(...shown.filter((one) => !known.includes(one)).map((one) => `${path}: ${one}`));
      missed += known.filter((one) => !shown.includes(one)).length;
      found += known.length;
    }
    expect(added).toEqual([]);
    expect(found).toBeGreaterThan(50);
    expect(missed / found).toBeLessThan(0.02);
  });
});
