import type { Format } from '../format.ts';
import { pageAssets, pageDocument } from '../html/document.ts';
import { pageData } from '../html/page-data.ts';

/** One page for a browser: plots, the findings with their evidence, the kexec of each driver under every policy. */
export const html: Format = {
  name: 'html',
  summary: 'one page for a browser, with plots and simulations',
  async render(report) {
    const assets = pageAssets();
    const breathe = (): Promise<void> => new Promise((go) => setImmediate(go));
    return pageDocument(await pageData(report, breathe), assets);
  },
};
