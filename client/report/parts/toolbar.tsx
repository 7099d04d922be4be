import { choices, EVERYTHING, FACETS, type Facet, type Query, type Row, SORTS, type Sort } from '../query.ts';
import type { SourceSite } from '../sources.ts';

const NAMES: Readonly<Record<Facet, string>> = {
  severity: 'Severity',
  rule: 'Rule',
  subsystem: 'Subsystem',
  bus: 'Bus',
  class: 'Class of DMA',
  verdict: 'At kexec today',
};

export interface ToolbarProps {
  readonly rows: readonly Row[];
  readonly query: Query;
  readonly sites: readonly SourceSite[];
  readonly onQuery: (query: Query) => void;
  readonly onFacet: (facet: Facet, value: string | undefined) => void;
  readonly onSite: (id: string) => void;
}

/** Search, filters, order, and where sources are opened. */
export function Toolbar({ rows, query, sites, onQuery, onFacet, onSite }: ToolbarProps) {
  const isPlain = query.text === '' && Object.keys(query.facets).length === 0;
  return (
    <search aria-label="Findings">
      <form class="toolbar" onSubmit={(event) => event.preventDefault()}>
        <label class="search">
          <span>Search</span>
          <input
            type="search"
            placeholder="driver, file, function, API …"
            value={query.text}
            onInput={(event) => onQuery({ ...query, text: event.currentTarget.value })}
          />
        </label>
        {FACETS.map((facet) => (
          <FacetSelect key={facet} facet={facet} rows={rows} query={query} onFacet={onFacet} />
        ))}
        <label>
          <span>Sort by</span>
          <select
            value={query.sort}
            onChange={(event) => onQuery({ ...query, sort: event.currentTarget.value as Sort })}
          >
            {SORTS.map((sort) => (
              <option key={sort} value={sort}>
                {sort === 'verdict' ? 'at kexec today' : sort}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Open sources at</span>
          <select onChange={(event) => onSite(event.currentTarget.value)}>
            {sites.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <button type="button" disabled={isPlain} onClick={() => onQuery({ ...EVERYTHING, sort: query.sort })}>
          Clear filters
        </button>
      </form>
    </search>
  );
}

interface FacetProps {
  readonly facet: Facet;
  readonly rows: readonly Row[];
  readonly query: Query;
  readonly onFacet: (facet: Facet, value: string | undefined) => void;
}

function FacetSelect({ facet, rows, query, onFacet }: FacetProps) {
  const chosen = query.facets[facet];
  const list = choices(rows, query, facet);
  // What an address asks for may not be there.
  if (chosen !== undefined && !list.some(([value]) => value === chosen)) list.push([chosen, 0]);
  return (
    <label>
      <span>{NAMES[facet]}</span>
      <select
        value={chosen ?? ''}
        data-facet={facet}
        onChange={(event) => onFacet(facet, event.currentTarget.value || undefined)}
      >
        <option value="">all</option>
        {list.map(([value, n]) => (
          <option key={value} value={value}>{`${value} (${n})`}</option>
        ))}
      </select>
    </label>
  );
}
