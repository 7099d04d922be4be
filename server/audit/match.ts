import type { InstanceFact } from '../facts/types.ts';
import type { BusRow } from '../kernel/index.ts';
import type { Match } from './model.ts';
import type { SourceFile } from './module.ts';
import type { ModuleScope } from './scope.ts';

/**
 * The ids that bind an instance to devices, by following its table members (`.driver.of_match_table`, `.id_table`).
 * @param name under which it registers
 */
export function matchOf(
  scope: ModuleScope,
  instance: InstanceFact,
  file: SourceFile,
  bus: BusRow,
  name: string | null,
): Match {
  const match: Record<keyof Match, string[]> = {
    ...{ of: [], pci: [], amba: [], acpi: [], platform: [], virtio: [], usb: [] },
  };
  for (const member of instance.members) {
    if (!member.value) continue;
    for (const node of scope.resolve(member.value, file)) {
      if (node.kind !== 'table') continue;
      const kind = KIND_OF[node.fact.struct] ?? bus.ids.find((id) => id.member === member.path)?.kind;
      if (kind && kind in match) match[kind as keyof Match].push(...node.fact.ids);
    }
  }
  // `drivers/base/platform.c:platform_match` ends with the driver's name when there is no table.
  if (bus.bus === 'platform' && match.platform.length === 0 && name) match.platform.push(name);
  return {
    of: unique(match.of),
    pci: unique(match.pci),
    amba: unique(match.amba),
    acpi: unique(match.acpi),
    platform: unique(match.platform),
    ...(match.virtio.length > 0 ? { virtio: unique(match.virtio) } : {}),
    ...(match.usb.length > 0 ? { usb: unique(match.usb) } : {}),
  };
}

const KIND_OF: Readonly<Record<string, keyof Match>> = {
  of_device_id: 'of',
  pci_device_id: 'pci',
  amba_id: 'amba',
  acpi_device_id: 'acpi',
  platform_device_id: 'platform',
  virtio_device_id: 'virtio',
  usb_device_id: 'usb',
};

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}
