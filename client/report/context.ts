import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PageData } from '../../server/report/html/data.ts';
import type { SourceSite } from './sources.ts';

/** What every part of the page looks things up in. */
export interface PageState {
  readonly data: PageData;
  readonly site: SourceSite;
}

export const PageContext = createContext<PageState | null>(null);

export function usePage(): PageState {
  return useContext(PageContext)!;
}
