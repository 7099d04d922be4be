/** Reads what `docs/snapshot.sh` writes: lines below headings; anything else is left out. */
import { createNode, type DeviceTree, type DtNode } from '../../simulator/machine/dtb.ts';
import { boardFromIomem } from '../../simulator/machine/iomem.ts';
import type { Device, DomainType, IommuGroup } from './model.ts';
import type { MachineInputs } from './read.ts';

const HEAD = /^quiesce-snapshot (\d+)$/m;
/** `/sys/kernel/iommu_groups/N/type` (Documentation/ABI/testing/sysfs-kernel-iommu_groups). */
const DOMAINS: Readonly<Record<string, DomainType>> = {
  identity: 'identity',
  DMA: 'translated',
  'DMA-FQ': 'translated',
  blocked: 'blocked',
};

/** True for a snapshot's text. */
export function isSnapshot(text: string): boolean {
  return HEAD.test(text.slice(0, 4096));
}

/** The inputs that a snapshot is made of. @throws InputError for memory that does not add up */
export function readSnapshot(text: string, where: string): Partial<MachineInputs> {
  const sections = sectionsOf(text);
  const lines = (name: string): string[] => sections.get(name) ?? [];
  const said = (name: string): string | undefined =>
    lines('')
      .find((line) => line === name || line.startsWith(`${name} `))
      ?.slice(name.length + 1);
  const notes = [...sections.values()].flat().flatMap((line) => /^note (.*)$/.exec(line)?.[1] ?? []);
  if (!sections.has('end')) notes.push('the snapshot breaks off: take it again');
  const groups = groupsOf(lines('groups'));
  const tree = treeOf(lines('tree'));
  const iomem = lines('iomem').filter((line) => / : /.test(line));
  const config = lines('config').filter((line) => line.startsWith('CONFIG_'));
  const builtin = lines('builtin').filter((line) => line.includes('.ko'));
  return {
    ...(tree ? { tree } : {}),
    ...(iomem.length > 0 ? { memory: boardFromIomem(iomem.join('\n'), { where }) } : {}),
    ...(config.length > 0 ? { config: config.join('\n') } : {}),
    ...(builtin.length > 0 ? { builtin: builtin.join('\n') } : {}),
    lsmod: lines('modules').join('\n'),
    cmdline: said('cmdline') ?? '',
    release: said('release') ?? '',
    arch: said('arch') ?? '',
    running: { devices: lines('devices').flatMap((line) => deviceOf(line, groups)), groups },
    notes,
  };
}

function sectionsOf(text: string): Map<string, string[]> {
  const sections = new Map<string, string[]>([['', []]]);
  let lines = sections.get('')!;
  for (const line of text.slice(HEAD.exec(text)!.index).split(/\r?\n/)) {
    const heading = /^== (\w+)$/.exec(line)?.[1];
    if (heading === undefined) lines.push(line);
    else {
      lines = [];
      sections.set(heading, lines);
    }
  }
  return sections;
}

function deviceOf(line: string, groups: readonly IommuGroup[]): Device[] {
  const [mark, bus, name, ...rest] = line.split('\t');
  if (mark !== 'd' || !bus || !name) return [];
  const given = new Map(
    rest.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
  const text = (key: string): string | null => given.get(key) || null;
  const group = groups.find(({ id }) => id === text('group'));
  const type = group?.type ?? null;
  const driver = text('driver');
  const node = text('node');
  return [
    {
      id: node ?? name,
      bus: busOf(bus, name),
      sysfs: name,
      node,
      pci: bus === 'pci' ? name : null,
      compatible: [],
      modalias: text('modalias'),
      peripheral: bus === 'amba' && text('id') !== null ? Number.parseInt(text('id')!, 16) : null,
      parent: null,
      // A line without the field does not say; one with an empty field says that nothing is bound.
      bound: !given.has('driver')
        ? undefined
        : driver === null
          ? null
          : { name: driver, module: text('module') },
      maskBits: Number(text('mask')) || null,
      limitBits: null,
      streams: [],
      domain: text('group') === null ? 'none' : type === null ? 'unknown' : (DOMAINS[type] ?? 'unknown'),
      domainBy: group
        ? `group ${group.id}${type ? ` is of type ${type}` : ', its type is not known'}`
        : 'in no IOMMU group',
      group: text('group'),
      isLive: group?.reserved.some((range) => range.type === 'direct') ?? false,
    },
  ];
}

/** The bus as its drivers' struct is called. A USB device's interfaces have a colon in their name, the device has none. */
function busOf(bus: string, name: string): string {
  if (bus === 'usb') return name.includes(':') ? 'usb' : 'usb_device';
  return bus.replaceAll('-', '_');
}

function groupsOf(lines: readonly string[]): IommuGroup[] {
  return lines.flatMap((line) => {
    const [, id, type] = /^g (\S+) ?(\S*)$/.exec(line) ?? [];
    if (id === undefined) return [];
    const reserved = lines.flatMap((other) => {
      const [, of, start, end, kind] = /^r (\S+) (0x[0-9a-f]+) (0x[0-9a-f]+) (\S+)$/.exec(other) ?? [];
      return of === id ? [{ start: Number(start), end: Number(end) + 1, type: kind! }] : [];
    });
    return [{ id, type: type || null, reserved }];
  });
}

/** The tree of `p PATH HEX` lines; undefined for a machine without one. */
function treeOf(lines: readonly string[]): DeviceTree | undefined {
  const root = createNode('', null);
  const nodes = new Map<string, DtNode>([['', root]]);
  const nodeAt = (path: string): DtNode => {
    const known = nodes.get(path);
    if (known) return known;
    const at = path.lastIndexOf('/');
    const node = createNode(path.slice(at + 1), nodeAt(path.slice(0, Math.max(0, at))));
    nodes.set(path, node);
    return node;
  };
  for (const line of lines) {
    const [, path, name, hex] = /^p ((?:\/[^/ ]+)*)\/([^/ ]+) ([0-9a-f]*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const bytes = Uint8Array.from(hex!.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    nodeAt(path).properties.set(name!, bytes);
  }
  return root.properties.size + root.children.length > 0 ? { root, memreserve: [] } : undefined;
}
