/** From mails to the patches of one series, in their order. */
import { isMail, type Mail, readMail, splitMbox } from './mail.ts';

/** One patch of a series. */
export interface Patch {
  readonly subject: string;
  /** Its number and how many there are, where the subject says so. */
  readonly number: number | null;
  readonly total: number | null;
  /** From its first diff line on, latin1. */
  readonly diff: string;
}

export interface Series {
  readonly patches: readonly Patch[];
  /** The commit that it says it is made on. */
  readonly baseCommit: string | null;
  /** What a person should know of how it was put together. */
  readonly notes: readonly string[];
}

/** No series can be read from this. */
export class SeriesError extends Error {
  override readonly name = 'SeriesError';
}

interface Numbered {
  readonly mail: Mail;
  readonly version: number;
  readonly number: number | null;
  readonly total: number | null;
  readonly diff: string;
}

/**
 * Reads a series: ordered by `n/m`, the newest version where there are several, replies and cover letters left out.
 * @param files texts as latin1, each a mail, an mbox or a bare diff
 * @throws SeriesError
 */
export async function readSeries(
  files: readonly { readonly name: string; readonly text: string }[],
): Promise<Series> {
  const mails: Mail[] = [];
  for (const { name, text } of files) {
    if (!isMail(text))
      mails.push({ subject: name, messageId: '', time: 0, body: text.replaceAll('\r\n', '\n') });
    else for (const raw of splitMbox(text)) mails.push(await readMail(raw));
  }
  const notes: string[] = [];
  const all = unique(mails)
    .filter(({ subject }) => !/^(?:re|fwd?|aw)\s*:/i.test(subject))
    .map(numbered);
  const newest = newestOf(all, notes);
  const patches = newest.filter(({ diff }) => diff !== '');
  if (patches.length === 0) throw new SeriesError('there is no patch in it');
  const base = newest.map(({ mail }) => /^base-commit: ([0-9a-f]{7,64})\b/m.exec(mail.body)?.[1]);
  return { patches: ordered(patches, notes), baseCommit: base.find(Boolean) ?? null, notes };
}

/** A mail that came twice (by two lists) counts once. */
function unique(mails: readonly Mail[]): Mail[] {
  const seen = new Set<string>();
  return mails.filter(({ messageId }) => messageId === '' || (!seen.has(messageId) && seen.add(messageId)));
}

function numbered(mail: Mail): Numbered {
  const tags = /^(?:\[[^\]]*\]\s*)+/.exec(mail.subject)?.[0] ?? '';
  const version = /\bv(\d+)\b/i.exec(tags)?.[1];
  const [, number, total] = /(?:^|[\s[])0*(\d+)\/0*(\d+)(?=[\s\]])/.exec(tags) ?? [];
  return {
    mail,
    version: version === undefined ? 1 : Number(version),
    number: number === undefined ? null : Number(number),
    total: total === undefined ? null : Number(total),
    diff: diffOf(mail.body),
  };
}

/** The newest version. Numbers that it does not send again stand as the version before has them. */
function newestOf(all: readonly Numbered[], notes: string[]): Numbered[] {
  const versions = [...new Set(all.map(({ version }) => version))].sort((a, b) => b - a);
  if (versions.length <= 1) return [...all];
  const newest = all.filter(({ version }) => version === versions[0]);
  notes.push(`version ${versions[0]} is judged; older ones are left out`);
  const { total } = newest.find((one) => one.total !== null) ?? { total: null };
  if (total === null) return newest;
  for (let number = 1; number <= total; number++) {
    if (newest.some((one) => one.number === number)) continue;
    const older = all.filter((one) => one.number === number && one.total === total);
    const best = older.sort((a, b) => b.version - a.version)[0];
    if (!best) continue;
    notes.push(`patch ${number}/${total} is taken from version ${best.version}`);
    newest.push(best);
  }
  return newest;
}

/** By number; of two with the same one, the one sent last. Without numbers as they came. */
function ordered(patches: readonly Numbered[], notes: string[]): Patch[] {
  const totals = [...new Set(patches.map(({ total }) => total).filter((total) => total !== null))];
  if (totals.length > 1) {
    throw new SeriesError(`it holds several series (of ${totals.join(' and ')} patches): give one`);
  }
  const byNumber = new Map<number, Numbered>();
  const loose = patches.filter(({ number }) => number === null);
  for (const one of patches) {
    const other = one.number === null ? undefined : byNumber.get(one.number);
    if (one.number !== null && (!other || one.mail.time >= other.mail.time)) byNumber.set(one.number, one);
  }
  const [total] = totals;
  const missing = total === undefined ? [] : range(total).filter((number) => !byNumber.has(number));
  if (missing.length > 0) notes.push(`${missing.map((number) => `${number}/${total}`).join(', ')} not given`);
  const sorted = [...byNumber.values()].sort((a, b) => a.number! - b.number!);
  return [...sorted, ...loose].map(({ mail, number, total: of, diff }) => ({
    subject: mail.subject.replace(/^(?:\[[^\]]*\]\s*)+/, ''),
    number,
    total: of,
    diff,
  }));
}

function range(total: number): number[] {
  return Array.from({ length: Math.min(total, 9999) }, (_, at) => at + 1);
}

/** The diff in a mail's text: from its first header on, without the signature. Empty where there is none. */
function diffOf(body: string): string {
  const start = body.search(/^(?:diff --git |Index: |--- \S[^\n]*\n\+\+\+ \S)/m);
  if (start < 0) return '';
  const diff = body.slice(start);
  // `-- ` may also take a line out: only what no diff follows is a signature.
  const signature = /^-- ?\n(?![\s\S]*^(?:diff --git |@@ ))[\s\S]*$/m;
  return diff.replace(signature, '');
}
