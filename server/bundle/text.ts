import type { Bundle } from './bundle.ts';

/** Raised when bundles are written in another way. */
export const BUNDLE_VERSION = 1;

const FIRST = 'Quiesce bundle';
const FILE = /^=== (\S+) ===$/;
const DATA = '=== verdict and tree, as JSON ===';

/** A bundle that can't be read. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

/** A bundle as the text that a person reads before they pass it on. */
export function bundleText(bundle: Bundle, toolVersion: string): string {
  const { texts, notes, verdict, subject, tree, includedBy } = bundle;
  const { bus, hook, dma, confidence, quiescedBy, findings } = verdict;
  const head = [
    `${FIRST} ${BUNDLE_VERSION}, made by Quiesce ${toolVersion}`,
    '',
    'Nothing was sent anywhere. Read this through before you pass it on: it holds code of the driver, with other names.',
    '`quiesce report --check FILE` judges it again, without the tree.',
    '',
    `Driver: ${subject.instance} in ${subject.file}, on the ${bus} bus; kernel ${tree.kernel ?? 'of unknown version'}`,
    `Findings: ${findings.join(', ') || 'none'} (confidence: ${confidence})`,
    `Hook: ${hook}. DMA: ${dma}. Stopped by: ${quiescedBy.join(', ') || 'nothing else'}`,
    '',
    'What should it say, and why?',
    '',
    '    (yours to write)',
    '',
    ...notes.map((note) => `- ${note}.`),
    '',
  ];
  // Lines of the code that look like a marker would end it.
  const files = texts.map(
    ([path, text]) => `=== ${path} ===\n${text.endsWith('\n') || text === '' ? text : `${text}\n`}`,
  );
  const data = JSON.stringify({ verdict, subject, tree, includedBy }, null, 1);
  return `${head.join('\n')}${files.join('')}${DATA}\n${data}\n`;
}

/** Reads a bundle. @throws BundleError with the line */
export function readBundle(text: string): Bundle {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const version = new RegExp(`^${FIRST} (\\d+)\\b`).exec(lines[0] ?? '')?.[1];
  if (version === undefined) throw new BundleError(`line 1: no bundle: it does not begin with '${FIRST}'`);
  if (Number(version) !== BUNDLE_VERSION)
    throw new BundleError(`line 1: a bundle of version ${version}; this Quiesce reads ${BUNDLE_VERSION}`);
  const texts: [string, string][] = [];
  let data: { from: number; text: string } | undefined;
  for (const [at, line] of lines.entries()) {
    const path = FILE.exec(line)?.[1];
    if (line === DATA) {
      data = { from: at + 2, text: lines.slice(at + 1).join('\n') };
      break;
    }
    if (path !== undefined) texts.push([path, '']);
    else if (texts.length > 0) texts.at(-1)![1] += `${line}\n`;
  }
  if (texts.length === 0) throw new BundleError('it holds no file: no line is `=== NAME ===`');
  if (!data) throw new BundleError(`line ${lines.length}: it is cut off: '${DATA}' does not follow`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(data.text);
  } catch (error) {
    throw new BundleError(`line ${data.from} and following: not JSON: ${(error as Error).message}`);
  }
  if (!isData(parsed)) throw new BundleError(`line ${data.from}: verdict, subject or tree is not there`);
  return { ...parsed, texts, notes: [] };
}

function isData(value: unknown): value is Omit<Bundle, 'texts' | 'notes'> {
  const object = (one: unknown): one is Record<string, unknown> => typeof one === 'object' && one !== null;
  if (!object(value)) return false;
  const { verdict, subject, tree, includedBy } = value;
  return (
    object(verdict) &&
    Array.isArray(verdict.findings) &&
    Array.isArray(verdict.quiescedBy) &&
    object(subject) &&
    typeof subject.file === 'string' &&
    typeof subject.instance === 'string' &&
    object(tree) &&
    ['libraries', 'stops', 'exported', 'buses', 'doubted', 'configs', 'parents'].every((key) =>
      Array.isArray(tree[key]),
    ) &&
    Array.isArray(includedBy)
  );
}
