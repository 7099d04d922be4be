import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../server/config/file.ts';

function problemsOf(text: string): string[] {
  try {
    parseConfig('/p/.quiesce.yaml', text, 'p.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
}

describe('a configuration that is not right', () => {
  it.each([
    ['an unknown key', 'fail-onn: note\n', /^p\.yaml:1:1: unknown key 'fail-onn'\. Did you mean 'fail-on'\?/],
    [
      'an unknown rule',
      'rules:\n  mising-shutdown: off\n',
      /^p\.yaml:2:3: .*Did you mean 'missing-shutdown'/,
    ],
    ['an unknown severity', 'rules:\n  missing-shutdown: of\n', /^p\.yaml:2:21: .*Did you mean 'off'/],
    ['a severity above the ceiling', 'rules: {missing-shutdown-pci: warning}\n', /:1:31: .*at most/],
    ['a version that is none', 'kernel-version: v6\n', /:1:17: kernel-version: 'v6' is not a kernel version/],
    ['a bus without its struct', 'buses:\n  - device: foo_device\n', /:2:5: buses: struct is missing/],
    ['a struct that is no driver', 'buses:\n  - struct: foo\n', /:2:13: struct: 'foo' is not/],
    [
      'an unknown bus key',
      'buses:\n  - struct: a_driver\n    fat: x\n',
      /:3:5: unknown key 'fat' in buses\. .*'fate'/,
    ],
    [
      'an index out of range',
      'dma:\n  - {name: f, role: map, device: -1}\n',
      /:2:34: device: a whole number/,
    ],
    ['a map in place of a list', 'overrides:\n  files: [x]\n', /:2:3: overrides: a list is wanted/],
    ['a list in place of a map', 'rules: [off]\n', /:1:8: rules: keys with values are wanted/],
    ['a key without a value', 'root:\n', /:1:1: root: true or false is wanted/],
    ['an unknown board', 'board: juni\n', /:1:1: board: 'juni' is not known\. Did you mean 'juno'\?/],
    [
      'a pattern that is none',
      'quiesce:\n  - {name: "(", pattern: true, level: 3}\n',
      /:2:\d+: name: '\(' is no reg/,
    ],
    ['a name that needs `pattern`', 'quiesce:\n  - {name: "a.*", level: 3}\n', /with 'pattern: true'/],
    ['YAML that does not parse', 'rules: {a\n', /^p\.yaml:\d+:\d+: /],
    ['a key twice', 'root: true\nroot: false\n', /^p\.yaml:2:1: /],
    ['an alias to itself', 'rules: &a\n  <<: *a\n', /^p\.yaml:\d+:\d+: /],
  ])('%s is told with its place', (_, text, message) => {
    expect(problemsOf(text).join('\n')).toMatch(message);
  });

  it('is told whole, in the order of the text', () => {
    const problems = problemsOf('rot: true\nrules: {x: off}\nboard: {}\n');
    expect(problems.map((line) => line.split(':').slice(0, 3).join(':'))).toEqual([
      'p.yaml:1:1',
      'p.yaml:2:9',
      'p.yaml:3:8',
    ]);
  });
});

describe('a configuration', () => {
  it('may be empty, or comments alone', () => {
    expect(problemsOf('')).toEqual([]);
    expect(problemsOf('# nothing yet\n')).toEqual([]);
  });

  it('takes a version as it is spelled: 6.10 is not 6.1', () => {
    expect(parseConfig('/p', 'kernel-version: 6.10\n').kernelVersion).toEqual({ value: '6.10', line: 1 });
    expect(parseConfig('/p', 'kernel-version: "6.1"\n').kernelVersion?.value).toBe('6.1');
  });

  it('knows the line of each severity', () => {
    const { rules, overrides } = parseConfig(
      '/p',
      'rules:\n  missing-shutdown: off\noverrides:\n  - files: [a]\n    rules:\n      all: note\n',
    );
    expect(rules.get('missing-shutdown')).toEqual({ level: 'off', line: 2 });
    expect(overrides[0]?.rules.get('all')).toEqual({ level: 'note', line: 6 });
  });

  it('completes a bus: what the bus_type calls hides the embedded hook', () => {
    const { own } = parseConfig(
      '/p',
      'buses:\n  - {struct: a_driver, bus-shutdown: a_down}\n  - {struct: b_driver, embedded: drv.driver}\n',
    );
    expect(own.buses.map(({ bus, fate, own: member }) => [bus, fate, member])).toEqual([
      ['a', 'ignored', 'called'],
      ['b', 'honoured', 'called'],
    ]);
    expect(own.buses[1]?.embedded).toEqual(['drv', 'driver']);
  });
});
