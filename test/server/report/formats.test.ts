import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import AjvDraft4 from 'ajv-draft-04';
import type { Log } from 'sarif';
import sax from 'sax';
import { describe, expect, it } from 'vitest';
import { isFailing } from '../../../server/config/apply.ts';
import type { FailOn } from '../../../server/config/keys.ts';
import type { Report } from '../../../server/report/findings.ts';
import type { Format } from '../../../server/report/format.ts';
import { FORMATS } from '../../../server/report/formats/index.ts';
import { driverOf, findingOf, INPUTS, runOver } from './inputs.ts';

const ENDING: Readonly<Record<string, string>> = {
  json: 'json',
  jsonl: 'jsonl',
  sarif: 'sarif.json',
  gitlab: 'json',
  junit: 'xml',
};

/** Those that are kept as text; the page for a browser has tests of its own. */
const TEXTS = FORMATS.filter(({ name }) => name !== 'html');

function write(format: Format, report: Report): string {
  return format.render(report, { color: false }) as string;
}

function rendered(name: string, report: Report): string {
  return write(FORMATS.find((format) => format.name === name)!, report);
}

describe.each(TEXTS.map((format) => [format.name, format] as const))('format %s', (name, format) => {
  it.each(Object.entries(INPUTS))('writes %s as kept', async (input, report) => {
    const text = write(format, report);
    await expect(text).toMatchFileSnapshot(
      `../../fixtures/reports/${input}/${name}.${ENDING[name] ?? 'txt'}`,
    );
    // A function of the report alone.
    expect(write(format, report)).toBe(text);
  });

  it('ends its lines, and has no escape sequences in a file', () => {
    for (const report of Object.values(INPUTS)) {
      const text = write(format, report);
      if (text !== '') expect(text.endsWith('\n')).toBe(true);
      expect(text).not.toContain('\x1b[');
    }
  });
});

describe('sarif', () => {
  const schemaFile = 'node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json';
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
  const validate = new AjvDraft4.default({
    allErrors: true,
    strict: false,
    validateFormats: false,
    unicodeRegExp: false,
  }).compile(schema);
  const log = (report: Report): Log => JSON.parse(rendered('sarif', report));

  it.each(Object.entries(INPUTS))('holds the official schema: %s', (_, report) => {
    expect(validate(log(report)), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  });

  it('is refused by that schema when it is wrong', () => {
    const wrong = log(INPUTS.some!);
    (wrong.runs[0]!.results![0] as unknown as Record<string, unknown>).severity = 'warning';
    expect(validate(wrong)).toBe(false);
  });

  it('names its paths from the checkout; another place with its whole address', () => {
    const uris = log(INPUTS.hostile!).runs[0]!.results!.map(
      (result) => result.locations![0]!.physicalLocation!.artifactLocation!,
    );
    expect(uris[0]).toEqual({ uri: 'a%20b/c%2Cd%3Ae%2520%23%C3%BC%3F.c', uriBaseId: 'SRCROOT' });
    expect(uris[1]).toEqual({ uri: 'file:///elsewhere/away.c' });
    const [run] = log(INPUTS.some!).runs;
    expect(run!.originalUriBaseIds!.SRCROOT!.uri).toBe('file:///src/linux/');
  });

  it('leads from the driver struct through every function to the DMA call', () => {
    const [result] = log(INPUTS.some!).runs[0]!.results!;
    const steps = result!.codeFlows![0]!.threadFlows[0]!.locations.map(({ location }) => [
      location!.message!.text,
      location!.physicalLocation!.region!.startLine,
    ]);
    expect(steps).toEqual([
      ['platform_driver mac_driver', 40],
      ['mac_probe', 30],
      ['mac_ring_setup', 12],
      ['dma_alloc_coherent: the DMA of mac_driver', 17],
    ]);
  });

  it('keeps what a comment suppresses, with its reason, and says of all others that nothing does', () => {
    const results = log(INPUTS.some!).runs[0]!.results!;
    const byInstance = new Map(results.map((one) => [one.properties!.instance, one.suppressions]));
    expect(byInstance.get('tuner_driver')).toMatchObject([
      { kind: 'inSource', justification: "the parent's hook resets the block" },
    ]);
    for (const [instance, list] of byInstance) if (instance !== 'tuner_driver') expect(list).toEqual([]);
    expect(rendered('sarif', { ...INPUTS.some!, hidden: [] })).not.toContain('justification');
  });

  it('gives each result a fingerprint of its own that no line changes', () => {
    const prints = (report: Report): string[] =>
      log(report).runs[0]!.results!.map((one) => one.partialFingerprints!['quiesceFinding/v1']!);
    const before = prints(INPUTS.some!);
    expect(new Set(before).size).toBe(before.length);
    const moved = INPUTS.some!.drivers.map((driver) => ({ ...driver, line: driver.line + 100 }));
    expect(prints(runOver(moved))).toEqual(before);
  });

  it('stays within what code scanning takes: 25,000 results, 10 MB packed, tags, texts', async () => {
    const { gzipSync } = await import('node:zlib');
    const drivers = Array.from({ length: 26_000 }, (_, i) =>
      driverOf(`d${i}`, { findings: [findingOf(`d${i}`, i < 100 ? { severity: 'note' } : {})] }),
    );
    const text = rendered('sarif', runOver(drivers));
    const [run] = (JSON.parse(text) as Log).runs;
    expect(run!.results).toHaveLength(25_000);
    // The worst stay.
    expect(run!.results!.every(({ level }) => level === 'warning')).toBe(true);
    const told = run!.invocations![0]!.toolExecutionNotifications!.map(({ message }) => message.text);
    expect(told).toEqual(['1000 of 26000 results are left out: code scanning takes 25000']);
    expect(gzipSync(text).length).toBeLessThan(10e6);
    for (const rule of run!.tool.driver.rules!) {
      expect(rule.properties!.tags!.length).toBeLessThanOrEqual(20);
      expect(rule.fullDescription!.text.length).toBeLessThanOrEqual(1024);
      expect(rule.shortDescription!.text.length).toBeLessThanOrEqual(1024);
      expect(rule.help!.markdown).toContain(`# ${rule.id}`);
    }
  });
});

describe('checkpatch', () => {
  /** What `scripts/checkpatch.pl --strict --show-types --file` prints, less the lines of code that it quotes. */
  const PRINTED =
    /^(?:(?:ERROR|WARNING|CHECK):[A-Z][A-Z0-9_]*: .+\n#(\d+): FILE: (.+):\1:\n\n)*total: \d+ errors, \d+ warnings, \d+ checks, \d+ files checked\n$/;

  it.each(Object.entries(INPUTS))('has the shape of what checkpatch prints: %s', (_, report) => {
    expect(rendered('checkpatch', report)).toMatch(PRINTED);
  });

  it('prints a block a finding and counts them; nothing else when it is to be quiet', () => {
    const report = INPUTS.some!;
    const text = rendered('checkpatch', report);
    expect(text.match(/^(?:WARNING|CHECK):/gm)).toHaveLength(report.reported.length);
    expect(text).toContain('WARNING:MISSING_SHUTDOWN: mac_driver does DMA and has no .shutdown hook.\n');
    expect(text).toContain('\ntotal: 0 errors, 1 warnings, 3 checks, ');
    expect(rendered('checkpatch', { ...report, quiet: true })).toBe(text.slice(0, text.indexOf('total:')));
  });
});

describe('github', () => {
  const commands = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('::'));

  it('shows no more of a level than GitHub does, says how many are left, and leaves none unsaid', () => {
    const text = rendered('github', INPUTS.many!);
    const of = (level: string): string[] => commands(text).filter((line) => line.startsWith(`::${level} `));
    expect(of('warning')).toHaveLength(10);
    expect(of('notice')).toHaveLength(10);
    expect(text).toContain('2 of 12 warnings and 2 of 11 notes are not shown');
    for (const { driver } of INPUTS.many!.reported) expect(text).toContain(driver.instance);
  });

  it('lets no text of a source become a command or end a property', () => {
    const text = rendered('github', INPUTS.hostile!);
    expect(commands(text)).toHaveLength(2);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('file=a b/c%2Cd%3Ae%2520#\u00fc?.c,line=40');
  });
});

describe('gitlab', () => {
  it('gives each issue what GitLab asks for, fingerprints once each', () => {
    for (const report of Object.values(INPUTS)) {
      const issues = JSON.parse(rendered('gitlab', report));
      expect(issues).toHaveLength(report.reported.length);
      for (const issue of issues) {
        expect(issue).toMatchObject({
          description: expect.stringMatching(/./),
          check_name: expect.stringMatching(/./),
          fingerprint: expect.stringMatching(/^[\da-f]{32}$/),
          severity: expect.stringMatching(/^(info|minor|major|critical|blocker)$/),
          location: { path: expect.stringMatching(/./), lines: { begin: expect.any(Number) } },
        });
      }
      expect(new Set(issues.map((one: { fingerprint: string }) => one.fingerprint)).size).toBe(issues.length);
    }
  });
});

describe('junit', () => {
  const parse = (text: string): { name: string; attributes: Record<string, string> }[] => {
    const tags: { name: string; attributes: Record<string, string> }[] = [];
    const parser = sax.parser(true);
    parser.onerror = (error) => {
      throw error;
    };
    parser.onopentag = ({ name, attributes }) =>
      tags.push({ name, attributes: attributes as Record<string, string> });
    parser.write(text).close();
    return tags;
  };

  it.each(Object.entries(INPUTS))('is XML, and its counts are those of its cases: %s', (_, report) => {
    const text = rendered('junit', report);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write them
    expect(text).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f]/);
    const tags = parse(text);
    const count = (name: string): number => tags.filter((tag) => tag.name === name).length;
    const [root] = tags;
    expect(root!.attributes).toMatchObject({
      tests: `${count('testcase')}`,
      failures: `${count('failure')}`,
      skipped: `${count('skipped')}`,
    });
  });

  it('fails what fails the run: notes only with --fail-on note', () => {
    const failures = (failOn: FailOn): number =>
      parse(
        rendered('junit', { ...INPUTS.many!, fails: ({ finding }) => isFailing(finding, failOn) }),
      ).filter(({ name }) => name === 'failure').length;
    expect([failures('never'), failures('warning'), failures('note')]).toEqual([0, 12, 23]);
  });
});

describe('json and jsonl', () => {
  it('hold the schema and say the same, finding by finding', () => {
    const schema = JSON.parse(readFileSync('docs/schema/check.schema.json', 'utf8'));
    const validate = new Ajv2020({ strict: true }).compile(schema);
    for (const report of Object.values(INPUTS)) {
      const document = JSON.parse(rendered('json', report));
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
      const lines = rendered('jsonl', report).split('\n').slice(0, -1);
      expect(lines.map((line) => JSON.parse(line))).toEqual(document.findings);
    }
  });
});

it('all formats name the same findings', () => {
  const report = INPUTS.many!;
  for (const format of TEXTS) {
    const text = write(format, report);
    for (const { driver } of report.reported) expect(text, format.name).toContain(driver.instance);
  }
});
