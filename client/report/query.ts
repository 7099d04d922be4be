/** What is asked of the list: filters, a search and an order. Pure, so that it is tested without a browser. */
import type { PageData, PageFinding } from '../../server/report/html/data.ts';

/** Facets that a finding is filtered by: each one value, or all. */
export const FACETS = ['severity', 'rule', 'subsystem', 'bus', 'class', 'verdict'] as const;
export type Facet = (typeof FACETS)[number];

export const SORTS = ['severity', 'file', 'instance', 'rule', 'bus', 'verdict'] as const;
export type Sort = (typeof SORTS)[number];

export interface Query {
  /** Words that all must occur, in any case. */
  readonly text: string;
  readonly facets: Readonly<Partial<Record<Facet, string>>>;
  readonly sort: Sort;
}

export const EVERYTHING: Query = { text: '', facets: {}, sort: 'severity' };

/** A finding with what the list needs of it, worked out once. */
export interface Row {
  readonly finding: PageFinding;
  /** Under today's policy of the tree. */
  readonly verdict: string;
  /** Lower case: what the search looks in. */
  readonly haystack: string;
  readonly at: number;
}

/** Worst first, as the simulator ranks them. */
const VERDICTS = ['corrupts', 'leaks', 'breaks-target', 'unknown', 'blocked', 'safe'];
const SEVERITIES = ['warning', 'note', 'suppressed'];

export function rowsOf(data: PageData): Row[] {
  return data.findings.map((finding, at) => {
    const { outcomes, today } = data.matrices[finding.matrix]!;
    const verdict = outcomes.find(({ policy }) => policy === today.policy)?.verdict ?? 'unknown';
    const apis = finding.evidence.flatMap(({ api, steps }) => [api, ...steps.map(({ name }) => name)]);
    const words = [
      finding.file,
      finding.instance,
      finding.rule,
      finding.bus,
      finding.class,
      verdict,
      ...apis,
    ];
    const message = finding.message.map((ref) => data.texts[ref]);
    return { finding, verdict, haystack: [...words, ...message].join('\n').toLowerCase(), at };
  });
}

/** The value of a facet; suppressed findings are a severity of their own. */
export function facetOf({ finding, verdict }: Row, facet: Facet): string {
  if (facet === 'verdict') return verdict;
  if (facet === 'severity') return finding.suppressed === undefined ? finding.severity : 'suppressed';
  return finding[facet];
}

/** The rows that a query asks for, in its order. */
export function ask(rows: readonly Row[], { text, facets, sort }: Query): Row[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = Object.entries(facets) as [Facet, string][];
  return rows
    .filter((row) => wanted.every(([facet, value]) => facetOf(row, facet) === value))
    .filter((row) => words.every((word) => row.haystack.includes(word)))
    .sort((a, b) => compare(a, b, sort) || a.at - b.at);
}

function compare(a: Row, b: Row, sort: Sort): number {
  if (sort === 'severity') return rank(SEVERITIES, a, b, 'severity');
  if (sort === 'verdict') return rank(VERDICTS, a, b, 'verdict');
  const [x, y] = [a.finding[sort], b.finding[sort]];
  return x < y ? -1 : x > y ? 1 : 0;
}

function rank(order: readonly string[], a: Row, b: Row, facet: Facet): number {
  return order.indexOf(facetOf(a, facet)) - order.indexOf(facetOf(b, facet));
}

/** The values of a facet with their counts, among rows that the other filters let through; the most frequent first. */
export function choices(rows: readonly Row[], query: Query, facet: Facet): [string, number][] {
  const { [facet]: _, ...others } = query.facets;
  const counts = new Map<string, number>();
  for (const row of ask(rows, { ...query, facets: others })) {
    const value = facetOf(row, facet);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** A query as the part of an address after `#`, so that a view can be sent on; empty for the plain list. */
export function toHash({ text, facets, sort }: Query, open: string | null): string {
  const parameters = new URLSearchParams();
  if (text) parameters.set('q', text);
  for (const facet of FACETS) if (facets[facet] !== undefined) parameters.set(facet, facets[facet]);
  if (sort !== EVERYTHING.sort) parameters.set('sort', sort);
  if (open) parameters.set('finding', open);
  return parameters.toString();
}

/** What `toHash` wrote; anything else in it is left out. */
export function fromHash(hash: string): { readonly query: Query; readonly open: string | null } {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const sort = parameters.get('sort') as Sort;
  const facets: Partial<Record<Facet, string>> = {};
  for (const facet of FACETS) {
    const value = parameters.get(facet);
    if (value !== null) facets[facet] = value;
  }
  return {
    query: { text: parameters.get('q') ?? '', facets, sort: SORTS.includes(sort) ? sort : EVERYTHING.sort },
    open: parameters.get('finding'),
  };
}
