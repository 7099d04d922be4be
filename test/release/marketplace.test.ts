import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demands, type Manifest, readmeLinks, relativeLinks } from './marketplace.ts';

const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const pages = manifest.contributes!.walkthroughs![0]!.steps.flatMap(({ media }) => Object.values(media));
const PACKED = ['LICENSE.txt', 'changelog.md', 'readme.md', ...pages];

const unmet = (change: Partial<Manifest>, packed = PACKED): string[] =>
  demands(resolve('.'), { ...manifest, ...change }, packed)
    .filter(({ why }) => why !== '')
    .map(({ what }) => what);

describe('what the galleries ask', () => {
  it('is met by this manifest', () => {
    expect(demands(resolve('.'), manifest, PACKED).filter(({ why }) => why !== '')).toEqual([]);
  });

  it.each([
    [{ publisher: '' }, /publisher/],
    [{ icon: 'icons/drivers.svg' }, /an icon/],
    [{ icon: 'icons/none.png' }, /an icon/],
    [{ galleryBanner: { color: 'blue', theme: 'dark' } }, /banner/],
    [{ categories: ['Linters', 'Kernel'] }, /categories/],
    [{ keywords: Array.from({ length: 31 }, (_, at) => `k${at}`) }, /keywords/],
    [{ license: '' }, /licence/],
    [{ engines: {} }, /version of VS Code/],
    [{ enabledApiProposals: ['x'] }, /proposed API/],
    [{ contributes: {} }, /walkthrough/],
  ] as const)('is not met by %j', (change, what) => {
    expect(unmet(change)).toEqual([expect.stringMatching(what)]);
  });

  it('is not met by a package that lacks a file', () => {
    for (const path of PACKED)
      expect(
        unmet(
          {},
          PACKED.filter((one) => one !== path),
        ),
      ).toHaveLength(1);
  });
});

describe('the links of a README', () => {
  it('are relative unless they have a scheme or stay on the page', () => {
    const text = '[a](docs/a.md#b) ![p](x/p.png "title") [c](https://e.org) [d](#d) [e](mailto:a@e.org)';
    expect(relativeLinks(text)).toEqual([
      { path: 'docs/a.md', isPicture: false },
      { path: 'x/p.png', isPicture: true },
    ]);
  });

  it('lead to what is in the repository; pictures are no SVG', () => {
    const why = (text: string) => readmeLinks(text, (path) => path.startsWith('in/')).why;
    expect(why('![p](in/p.png) [a](in/a.md)')).toBe('');
    expect(why('[a](out/a.md)')).toContain('out/a.md is not in the repository');
    expect(why('![p](in/p.svg)')).toContain('no SVG');
  });
});
