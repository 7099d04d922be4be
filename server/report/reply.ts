/** The answer to a patch series, for its thread: plain text in 72 columns. */
import type { Introduced } from '../audit/compare.ts';
import type { Evidence } from '../audit/model.ts';
import { type ChangeReport, changeSentences, nameOfPatch, patchOf } from './changes.ts';
import { paragraphs } from './findings.ts';
import { wrap } from './wrap.ts';

const WIDTH = 72;

/** What the series did, each with the way to its DMA; empty when it did nothing. */
export function replyText(report: ChangeReport, toolVersion: string): string {
  const { introduced } = report.changes;
  const sentences = changeSentences(report);
  if (introduced.length + sentences.length === 0) return '';
  const lines = [
    ...wrap(
      `quiesce ${toolVersion}, a static check for devices that go on doing DMA across kexec, read ${report.against}. ` +
        'What the series does there, by reading alone; nothing was run:',
      WIDTH,
    ),
    '',
  ];
  for (const one of introduced) lines.push(...introducedLines(report, one), '');
  for (const { kind, driver, text } of sentences) {
    const head = kind === 'fixed' ? 'Fixed' : kind === 'weaker' ? 'Made weaker' : 'In between';
    lines.push(...indented(`${head}: ${text} (${driver.file}:${driver.line}).`, '', '  '));
    const evidence = driver.dma.evidence[0];
    if (kind !== 'passing' && evidence) lines.push(...pathLines(evidence));
    lines.push('');
  }
  for (const note of report.notes) lines.push(...wrap(`Note: ${note}.`, WIDTH), '');
  return `${lines.join('\n').trimEnd()}\n`;
}

function introducedLines(report: ChangeReport, { driver, finding }: Introduced): string[] {
  const patch = patchOf(report, 'introduced', driver, finding.rule);
  const [what = '', ...rest] = paragraphs(finding);
  const evidence = driver.dma.evidence[0];
  return [
    ...wrap(`${patch ? `Patch ${nameOfPatch(patch)}` : 'The series'} introduces ${finding.rule}:`, WIDTH),
    '',
    ...indented(`${driver.file}:${driver.line}: ${what}`, '  ', '    '),
    ...(evidence ? ['', ...pathLines(evidence)] : []),
    '',
    // The last paragraph says what to do; the path stands for the one between.
    ...indented(rest.at(-1) ?? '', '  ', '  '),
  ];
}

/** The way from the driver's entry to the call, one step a line. */
function pathLines({ path, api, file, line }: Evidence): string[] {
  const steps = [...path, api].map((step, at) => `    ${at === 0 ? '' : '-> '}${step}`);
  const place = `(${file}:${line})`;
  const whole = `${steps.at(-1)} ${place}`;
  return whole.length <= WIDTH ? [...steps.slice(0, -1), whole] : [...steps, `       ${place}`];
}

function indented(text: string, first: string, next: string): string[] {
  return wrap(text, WIDTH - next.length).map((line, at) => `${at === 0 ? first : next}${line}`);
}
