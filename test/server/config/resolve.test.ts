import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../server/config/file.ts';
import { effectiveFor, folderConfig } from '../../../server/config/resolve.ts';

const far = parseConfig(
  '/k/.quiesce.yaml',
  [
    'fail-on: note',
    'kernel-version: 6.1',
    'rules: {all: note, missing-shutdown: warning}',
    'overrides:',
    '  - {files: [drivers/staging/, "old_*.c"], rules: {all: off}}',
    '  - {files: ["drivers/staging/good/**"], rules: {missing-shutdown: note}}',
    'dma: [{name: far_alloc, role: alloc}]',
  ].join('\n'),
);
const near = parseConfig(
  '/k/drivers/net/.quiesce.yaml',
  'rules: {missing-shutdown: off}\nkernel-version: 6.6\ndma: [{name: near_alloc, role: alloc}]\n',
);

/** The severity of a rule for a file, with the line that says it. */
function level(file: string, rule = 'missing-shutdown', chain = [far, near]): string {
  const found = effectiveFor(file.startsWith('/k/drivers/net/') ? chain : [far], file).rules.get(rule);
  return `${found?.value}:${found?.from?.path.slice(3).replace('.quiesce.yaml', '')}${found?.from?.line}`;
}

describe('what holds for a file', () => {
  it('is the rule of its own before that of all', () => {
    expect(level('/k/sound/a.c')).toBe('warning:3');
    expect(level('/k/sound/a.c', 'empty-shutdown')).toBe('note:3');
  });

  it('is what an override says of its path, the last that fits', () => {
    expect(level('/k/drivers/staging/x/a.c')).toBe('off:5');
    expect(level('/k/drivers/staging/good/a.c')).toBe('note:6');
    expect(level('/k/drivers/staging/good/a.c', 'empty-shutdown')).toBe('off:5');
  });

  it('takes a glob without a slash in every folder', () => {
    expect(level('/k/drivers/dma/old_dma.c')).toBe('off:5');
    expect(level('/k/drivers/dma/bold_dma.c')).toBe('warning:3');
  });

  it('is what the nearer configuration says, where it says something', () => {
    expect(level('/k/drivers/net/a.c')).toBe('off:drivers/net/1');
    expect(level('/k/drivers/net/a.c', 'empty-shutdown')).toBe('note:3');
    expect(effectiveFor([far, near], '/k/drivers/net/a.c').failOn).toEqual({
      value: 'note',
      from: { path: '/k/.quiesce.yaml', line: 1 },
    });
  });

  it('is nothing special without a configuration', () => {
    expect(effectiveFor([], '/k/a.c')).toEqual({
      rules: new Map(),
      failOn: { value: 'warning', from: null },
    });
  });
});

it('a folder has the nearest version, and the rows of all', () => {
  const { kernelVersion, own } = folderConfig([far, near]);
  expect(kernelVersion?.value).toBe('6.6');
  expect(own.dma.map(({ name }) => name)).toEqual(['far_alloc', 'near_alloc']);
});
