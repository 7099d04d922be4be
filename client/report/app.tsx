import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PageData } from '../../server/report/html/data.ts';
import { PageContext } from './context.ts';
import { Findings } from './parts/findings.tsx';
import { Plots } from './parts/plots.tsx';
import { Header, Skipped, Words } from './parts/texts.tsx';
import { type Facet, fromHash, type Query, rowsOf, toHash } from './query.ts';
import { sourceSites } from './sources.ts';

/** The whole page: figures, plots, the list. Its state stands in the address, so that a view can be sent on. */
export function App({ data }: { data: PageData }) {
  const rows = useMemo(() => rowsOf(data), [data]);
  const sites = useMemo(() => sourceSites(data), [data]);
  const [site, setSite] = useState(sites[0]!.id);
  const [{ query, open }, setState] = useState(() => fromHash(location.hash));
  const [isPrinting, setPrinting] = useState(false);

  useEffect(() => {
    const hash = toHash(query, open);
    if (location.hash.replace(/^#/, '') !== hash) history.replaceState(null, '', `#${hash}`);
  }, [query, open]);
  useEffect(() => {
    const follow = () => setState(fromHash(location.hash));
    const print = () => setPrinting(true);
    const printed = () => setPrinting(false);
    addEventListener('hashchange', follow);
    addEventListener('beforeprint', print);
    addEventListener('afterprint', printed);
    return () => {
      removeEventListener('hashchange', follow);
      removeEventListener('beforeprint', print);
      removeEventListener('afterprint', printed);
    };
  }, []);

  const setQuery = (change: Query) => setState({ query: change, open: null });
  const setFacet = (facet: Facet, value: string | undefined) => {
    const { [facet]: _, ...others } = query.facets;
    setQuery({ ...query, facets: value === undefined ? others : { ...others, [facet]: value } });
  };
  const chosen = sites.find(({ id }) => id === site)!;
  return (
    <PageContext.Provider value={{ data, site: chosen }}>
      <Header />
      <main>
        <Plots query={query} onChoose={setFacet} isWhole={isPrinting} />
        <Findings
          rows={rows}
          query={query}
          open={open}
          isWhole={isPrinting}
          sites={sites}
          onQuery={setQuery}
          onFacet={setFacet}
          onOpen={(id) => setState({ query, open: id })}
          onSite={setSite}
        />
        <Skipped />
        <Words />
      </main>
    </PageContext.Provider>
  );
}
