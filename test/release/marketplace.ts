/** What the Visual Studio Marketplace and Open VSX ask of an extension beyond what packing it checks. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is read of package.json. */
export interface Manifest {
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly version: string;
  readonly publisher?: string;
  readonly license?: string;
  readonly repository?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly engines?: { readonly vscode?: string };
  readonly categories?: readonly string[];
  readonly keywords?: readonly string[];
  readonly icon?: string;
  readonly galleryBanner?: { readonly color?: string; readonly theme?: string };
  readonly enabledApiProposals?: readonly string[];
  readonly contributes?: {
    readonly walkthroughs?: readonly {
      readonly steps: readonly { readonly media: Readonly<Record<string, string>> }[];
    }[];
  };
}

/** One demand; `why` says what is wrong, empty where it is met. */
export interface Demand {
  readonly what: string;
  readonly why: string;
}

/** The categories that a manifest may name (https://code.visualstudio.com/api/references/extension-manifest). */
const CATEGORIES = new Set([
  'AI',
  'Azure',
  'Chat',
  'Data Science',
  'Debuggers',
  'Education',
  'Extension Packs',
  'Formatters',
  'Keymaps',
  'Language Packs',
  'Linters',
  'Machine Learning',
  'Notebooks',
  'Other',
  'Programming Languages',
  'SCM Providers',
  'Snippets',
  'Testing',
  'Themes',
  'Visualization',
]);
/** More keywords are refused by the marketplace. */
const MOST_KEYWORDS = 30;
/** Pixels on a side. */
const LEAST_ICON = 128;

/**
 * Holds a manifest and its files against the demands of both galleries.
 * @param root folder of the manifest
 * @param packed paths of the files in the extension, from its own folder
 */
export function demands(root: string, manifest: Manifest, packed: readonly string[]): Demand[] {
  const { categories = [], keywords = [], galleryBanner: banner } = manifest;
  const unknown = categories.filter((one) => !CATEGORIES.has(one));
  const lacking = (['displayName', 'description', 'publisher'] as const).filter((key) => !manifest[key]);
  const proposals = manifest.enabledApiProposals ?? [];
  return [
    { what: 'name, description and publisher', why: lacking.length > 0 ? `no ${lacking.join(', ')}` : '' },
    { what: `an icon of ${LEAST_ICON} pixels or more`, why: iconOf(root, manifest.icon) },
    {
      what: 'a gallery banner with colour and theme',
      why:
        /^#[0-9a-f]{6}$/i.test(banner?.color ?? '') && /^(?:dark|light)$/.test(banner?.theme ?? '')
          ? ''
          : 'none',
    },
    {
      what: 'categories that the galleries have',
      why: categories.length === 0 ? 'none' : unknown.join(', '),
    },
    {
      what: `keywords, ${MOST_KEYWORDS} at most`,
      why: keywords.length > 0 && keywords.length <= MOST_KEYWORDS ? '' : `${keywords.length}`,
    },
    { what: 'a walkthrough whose pages are packed', why: walkthroughOf(manifest, packed) },
    {
      what: 'a licence by name and as a file (Open VSX refuses an extension without)',
      why: manifest.license && packed.includes('LICENSE.txt') ? '' : 'missing',
    },
    {
      what: 'a version of VS Code that it needs, and no proposed API (Open VSX, VSCodium)',
      why:
        manifest.engines?.vscode && proposals.length === 0 ? '' : proposals.join(', ') || 'no engines.vscode',
    },
    { what: 'a changelog and a README', why: absent(['changelog.md', 'readme.md'], packed) },
  ];
}

/** Relative links and pictures of a Markdown text, without what follows `#`. */
export function relativeLinks(markdown: string): { readonly path: string; readonly isPicture: boolean }[] {
  return [...markdown.matchAll(/(!?)\[[^\]]*\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g)].map(([, mark, path]) => ({
    path: path!,
    isPicture: mark === '!',
  }));
}

/**
 * Whether the links of the README lead somewhere once the galleries have put the repository's address before them.
 * @param tracked whether a path is in the repository
 */
export function readmeLinks(readme: string, tracked: (path: string) => boolean): Demand {
  const links = relativeLinks(readme);
  const lost = links
    .filter(({ path }) => !tracked(path))
    .map(({ path }) => `${path} is not in the repository`);
  const svg = links.filter(({ path, isPicture }) => isPicture && /\.svg$/i.test(path));
  return {
    what: 'links and pictures of the README that are in the repository, and no SVG',
    why: [...lost, ...svg.map(({ path }) => `${path}: the marketplace shows no SVG`)].join('\n'),
  };
}

function iconOf(root: string, icon: string | undefined): string {
  if (!icon || !existsSync(join(root, icon))) return 'none';
  const bytes = readFileSync(join(root, icon));
  // A PNG's first chunk is its header, with width and height.
  if (bytes.toString('latin1', 1, 4) !== 'PNG') return `${icon} is no PNG`;
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return Math.min(width, height) < LEAST_ICON ? `${icon} has ${width} x ${height}` : '';
}

function walkthroughOf({ contributes }: Manifest, packed: readonly string[]): string {
  const media = (contributes?.walkthroughs ?? []).flatMap(({ steps }) =>
    steps.flatMap((step) => Object.values(step.media)),
  );
  return media.length === 0 ? 'none' : absent(media, packed);
}

function absent(wanted: readonly string[], packed: readonly string[]): string {
  return wanted
    .filter((path) => !packed.includes(path))
    .map((path) => `${path} is not packed`)
    .join('\n');
}
