/** Colours and type of the pictures. Shapes and words say the same as the colours do. */
import type { OwnerKind } from '../machine/ownership.ts';

export type Theme = 'auto' | 'light' | 'dark';

const LIGHT = {
  bg: '#ffffff',
  fg: '#1b1f24',
  muted: '#57606a',
  line: '#d0d7de',
  phase: '#f2f4f7',
  image: '#c6d9f1',
  tables: '#e2cdea',
  data: '#cfe5d2',
  cma: '#f3e3c1',
  free: '#f7f8fa',
  old: '#e3e5e8',
  kept: '#cdeee8',
  firmware: '#dcd6cf',
  bad: '#c4162a',
  unsure: '#a86400',
  leak: '#8a2be2',
  fine: '#14804a',
  alias: '#0b6bcb',
  stop: '#57606a',
};

const DARK: Record<keyof typeof LIGHT, string> = {
  bg: '#14181d',
  fg: '#e6edf3',
  muted: '#9aa4af',
  line: '#39424d',
  phase: '#1a2027',
  image: '#27466b',
  tables: '#4d3559',
  data: '#2b4f35',
  cma: '#574521',
  free: '#1d232a',
  old: '#30373f',
  kept: '#1f5148',
  firmware: '#453f38',
  bad: '#ff6b6b',
  unsure: '#f0b429',
  leak: '#c9a2ff',
  fine: '#4fd18b',
  alias: '#6cb6ff',
  stop: '#9aa4af',
};

function variables(theme: typeof LIGHT): string {
  return Object.entries(theme)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');
}

function rules(theme: typeof LIGHT): string {
  return (Object.keys(theme) as (keyof typeof LIGHT)[])
    .map((name) => `.f-${name}{fill:${theme[name]}}.s-${name}{stroke:${theme[name]}}`)
    .concat(`.halo{stroke:${theme.bg}}`)
    .join('');
}

/**
 * The style sheet. Plain rules with light colours first, since some renderers (librsvg) know no variables and no media
 * queries; a dark theme replaces them.
 */
export function styleSheet(theme: Theme): string {
  const base =
    'text{font-family:ui-sans-serif,system-ui,"DejaVu Sans",Arial,sans-serif;font-size:11px}' +
    '.mono{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,monospace;font-size:8.5px}' +
    '.title{font-size:18px;font-weight:600}.head{font-size:13px;font-weight:600}.small{font-size:9.5px}.lane{font-size:9px}.halo{paint-order:stroke;stroke-width:2.6;stroke-opacity:.75;stroke-linejoin:round}' +
    '.badge{font-size:11px;font-weight:700}.mark{fill:none;stroke-width:3.4;stroke-linecap:square}' +
    '.dot{stroke-linecap:round}.cross{stroke-width:1.2;fill:none}';
  const first = theme === 'dark' ? DARK : LIGHT;
  const dark = theme === 'auto' ? `@media (prefers-color-scheme:dark){${rules(DARK)}}` : '';
  return `svg{${variables(first)}}${base}${rules(first)}${dark}`;
}

/** Class of a lane's fill. */
export function fillOf(kind: OwnerKind | string, side: string, live: boolean): string {
  if (side === 'machine') return live ? 'f-firmware' : 'f-kept';
  if (side === 'old') return 'f-old';
  switch (kind) {
    case 'text':
    case 'rodata':
    case 'init':
    case 'data':
    case 'bss':
    case 'initrd':
    case 'dtb':
    case 'devicetree':
    case 'elfcorehdr':
    case 'purgatory':
      return 'f-image';
    case 'page-tables':
    case 'memmap':
    case 'smmu-tables':
    case 'hash-tables':
    case 'percpu':
      return 'f-tables';
    case 'cma':
    case 'crashkernel':
    case 'swiotlb':
      return 'f-cma';
    case 'free':
      return 'f-free';
    default:
      return 'f-data';
  }
}
