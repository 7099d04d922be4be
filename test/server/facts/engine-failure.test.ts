import { describe, expect, it } from 'vitest';
import { EngineFailure, openParser } from '../../../grammars/parser.ts';
import { extractFacts } from '../../../server/facts/extract.ts';

const GOOD = 'static struct platform_driver good_driver = { .probe = p };\n';
/** Thousands of assignments in one expression: deeper than the WASM runtime's stack. */
const DEEP = '.driver.shutdown ='.repeat(3000);

describe('a text on which the WASM engine fails', () => {
  it('still gives facts, by its text alone; the same parser goes on afterwards', async () => {
    const parser = await openParser({ engine: 'wasm' });
    const before = extractFacts(parser, GOOD);
    const facts = extractFacts(parser, `${GOOD}${DEEP}`);
    expect(facts.instances.map(({ name, damaged }) => [name, damaged])).toEqual([['good_driver', true]]);
    expect(facts.damage).toEqual([{ line: 1, endLine: 2, bytes: GOOD.length + DEEP.length }]);
    await parser.ready();
    expect(extractFacts(parser, GOOD)).toEqual(before);
    parser.dispose();
  });

  it('fails by name, leaves a parser that can be freed, and another one opens', async () => {
    const parser = await openParser({ engine: 'wasm' });
    const tree = parser.parse(GOOD);
    expect(() => parser.parse(DEEP)).toThrow(EngineFailure);
    expect(() => parser.parse(GOOD)).toThrow(EngineFailure);
    tree.delete();
    parser.dispose();
    const other = await openParser({ engine: 'wasm' });
    await other.ready();
    expect(extractFacts(other, GOOD).damage).toEqual([]);
    other.dispose();
  });
});
