import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../../server/config/file.ts';
import { configSchema, configTable, inDocument } from '../../../server/config/schema.ts';

const FILE = 'docs/schema/config.schema.json';

describe('the schema of a configuration', () => {
  const accepts = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(configSchema());

  it('stands in docs/, as does the table of keys, as `npm run config-docs` writes them', () => {
    expect(readFileSync(FILE, 'utf8')).toBe(`${JSON.stringify(configSchema(), null, 2)}\n`);
    const page = readFileSync('docs/configuration.md', 'utf8');
    expect(page).toBe(inDocument(page, configTable()));
  });

  it('is what the extension gives to the YAML extension, and is packed', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(manifest.contributes.yamlValidation).toEqual([{ fileMatch: '.quiesce.yaml', url: `./${FILE}` }]);
    expect(manifest.files).toContain('docs/schema/*.json');
  });

  it.each([
    [true, 'root: true'],
    [true, 'rules: {all: off, missing-shutdown: warning}'],
    [true, 'overrides: [{files: ["a/**"], rules: {missing-shutdown: note}}]'],
    [true, 'kernel-version: 6.12'],
    [true, 'kernel-version: "6.12"'],
    [true, 'fail-on: never'],
    [true, 'board: juno'],
    [true, 'buses: [{struct: a_driver, device: a, dma: via-parent, core: nothing, fate: ignored}]'],
    [true, 'dma: [{name: f, role: alloc, device: 0, size: 1, kind: request}]'],
    [true, 'quiesce: [{name: f, level: 4}]'],
    [false, 'root: maybe'],
    [false, 'rules: {all: warning}'],
    [false, 'rules: {missing-shutdown-pci: warning}'],
    [false, 'rules: {nope: off}'],
    [false, 'overrides: [{files: ["a"]}]'],
    [false, 'overrides: [{files: a, rules: {}}]'],
    [false, 'kernel-version: six'],
    [false, 'fail-on: always'],
    [false, 'buses: [{device: a}]'],
    [false, 'buses: [{struct: a}]'],
    [false, 'dma: [{name: f}]'],
    [false, 'dma: [{name: f, role: alloc, device: 99}]'],
    [false, 'quiesce: [{name: f, level: 5}]'],
    [false, 'quiesce: [{name: f, level: 2.5}]'],
    [false, 'other: 1'],
  ])('says %s of `%s`, and so does the parser', (right, text) => {
    const parses = (): boolean => {
      try {
        parseConfig('/p', text);
        return true;
      } catch {
        return false;
      }
    };
    expect(accepts(parse(text))).toBe(right);
    expect(parses()).toBe(right);
  });
});
