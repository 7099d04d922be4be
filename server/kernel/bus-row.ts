import type { BusRow, IdKind, VersionRange } from './types.ts';

/** Wrapper structs keep a name of their own in `bus`; only these tags do not end in `_driver`. */
const BUS_NAMES: ReadonlyMap<string, string> = new Map([['rmi_function_handler', 'rmi_function']]);

type Extra = Partial<Pick<BusRow, 'register' | 'wraps' | 'arch' | 'note'>> & {
  readonly holds?: VersionRange;
};

/**
 * Builds one row of the bus table from what differs between rows.
 *
 * @param path dotted path of the embedded `struct device_driver`; its two match tables are added to `ids`
 *   (`include/linux/device/driver.h:device_driver`)
 * @param idTable `kind:member` of the bus's own match table, or an empty string
 * @param header file that declares the struct
 * @param busType `file:variable` of the bus_type
 */
export function busRow(
  struct: string,
  path: string,
  own: BusRow['own'],
  fate: BusRow['fate'],
  busShutdown: string | null,
  core: BusRow['core'],
  dma: BusRow['dma'],
  idTable: string,
  header: string,
  busType: string,
  extra: Extra = {},
): BusRow {
  const [kind, member] = idTable.split(':');
  return {
    struct,
    bus: BUS_NAMES.get(struct) ?? struct.replace(/_driver$/, ''),
    own,
    embedded: path.split('.'),
    fate,
    busShutdown,
    core,
    dma,
    ids: [
      ...(kind !== undefined && member !== undefined ? [{ member, kind: kind as IdKind }] : []),
      { member: `${path}.of_match_table`, kind: 'of' },
      { member: `${path}.acpi_match_table`, kind: 'acpi' },
    ],
    source: `${header}:${struct}`,
    ...(busType === '' ? {} : { busType }),
    ...extra,
  };
}

/**
 * A row of the commonest kind: no `.shutdown` member, a bus_type without `.shutdown`, a register function that leaves
 * the embedded member alone, and a core that does nothing at kexec.
 */
export function plainRow(
  struct: string,
  path: string,
  dma: BusRow['dma'],
  idTable: string,
  header: string,
  busType: string,
  extra: Extra = {},
): BusRow {
  return busRow(struct, path, 'none', 'honoured', null, 'nothing', dma, idTable, header, busType, extra);
}
