/** Where a source line is opened. */
import type { PageData } from '../../server/report/html/data.ts';

export interface SourceSite {
  readonly id: string;
  readonly title: string;
  readonly link: (file: string, line: number) => string;
}

/** The places that a link can lead to: the kernel's own site where its version is known, this machine, an editor. */
export function sourceSites({ kernel, root }: PageData): SourceSite[] {
  const sites: SourceSite[] = [];
  if (kernel) {
    const tag = encodeURIComponent(`v${kernel.replace(/\.0(?=-|$)/, '')}`);
    const tree = 'https://git.kernel.org/pub/scm/linux/kernel/git/stable/linux.git/tree/';
    sites.push({
      id: 'kernel.org',
      title: `git.kernel.org, v${kernel.replace(/\.0(?=-|$)/, '')}`,
      link: (file, line) => `${tree}${pathOf(file)}?h=${tag}#n${line}`,
    });
  }
  const here = (file: string): string => pathOf(file.startsWith('/') ? file : `${root}/${file}`);
  sites.push(
    { id: 'file', title: 'files on this machine', link: (file) => `file://${here(file)}` },
    { id: 'vscode', title: 'Visual Studio Code', link: (file, line) => `vscode://file${here(file)}:${line}` },
  );
  return sites;
}

function pathOf(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}
