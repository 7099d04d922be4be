/** Every table of `server/kernel/` with the check of its rows, and a whole tree's confirmation. Pure, as `confirm.ts`. */

import { AMBA_PARTS } from './amba-parts.ts';
import {
  applies,
  type Confirmation,
  confirmBus,
  confirmDma,
  confirmHandler,
  confirmRegistration,
  confirmSource,
  confirmStatement,
  type TreeReader,
} from './confirm.ts';
import { DEFAULT_DRIVERS, type DefaultDriverRow } from './default-drivers.ts';
import { IDENTITY_CLIENTS } from './identity.ts';
import {
  ACCESSORS,
  BUSES,
  type BusRow,
  CHILD_DEVICES,
  DMA_API,
  FALSE_HOOKS,
  FUNCTION_MACROS,
  HANDLERS,
  LIBRARIES,
  NAME_MACROS,
  NOT_DMA,
  QUIESCE,
  REGISTRATIONS,
  RUNTIME_HOLDERS,
  SIDE_HOOKS,
  type SideHookRow,
  SMMU_STATEMENTS,
  type SmmuStatementRow,
  type Sourced,
  VALUE_WRAPPERS,
  WRAPPERS,
} from './index.ts';
import { POLICY_PRICES, type PriceRow } from './policy-prices.ts';
import { PROBE_NEEDS } from './probe-needs.ts';
import { PRESERVERS, SUBSYSTEMS, type SubsystemRow } from './subsystems.ts';
import { TAKEN_NODES } from './taken-nodes.ts';

/** A table: its rows, how a row is called, how it is read again. */
export interface FactTable {
  readonly table: string;
  readonly rows: readonly Sourced[];
  /** The name under which the audit looks a row up: `platform_driver`, `dma_alloc_coherent`. */
  readonly nameOf: (row: Sourced) => string;
  readonly confirm: (row: Sourced, tree: TreeReader) => Confirmation;
}

function table<Row extends Sourced>(
  name: string,
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  confirm: (row: Row, tree: TreeReader) => Confirmation,
): FactTable {
  return {
    table: name,
    rows,
    nameOf: nameOf as FactTable['nameOf'],
    confirm: confirm as FactTable['confirm'],
  };
}

const named = (row: Sourced & { readonly name: string }): string => row.name;
const ofNode = (row: Sourced & { readonly compatible: string }): string => row.compatible;
const tagged = (row: Sourced & { readonly struct: string }): string => row.struct;

/** All tables, in the order of `docs/kernel-facts.md`, then what drivers belong to. */
export const FACT_TABLES: readonly FactTable[] = [
  table('buses', BUSES, (row: BusRow) => row.struct, confirmBus),
  table('wrappers', [...WRAPPERS, ...RUNTIME_HOLDERS], tagged, confirmSource),
  table('dma-api', DMA_API, named, confirmDma),
  table('libraries', LIBRARIES, named, confirmDma),
  table('accessors', ACCESSORS, named, confirmSource),
  table('not-dma', NOT_DMA, named, confirmSource),
  table('quiesce', QUIESCE, named, confirmSource),
  table('registration', REGISTRATIONS, named, confirmRegistration),
  table('child-devices', CHILD_DEVICES, named, confirmSource),
  table('false-hooks', FALSE_HOOKS, tagged, confirmSource),
  table('handlers', HANDLERS, named, confirmHandler),
  table('side-hooks', SIDE_HOOKS, (row: SideHookRow) => `${row.struct}.${row.member}`, confirmSource),
  table('function-macros', FUNCTION_MACROS, named, confirmSource),
  table('name-macros', NAME_MACROS, named, confirmSource),
  table('value-wrappers', VALUE_WRAPPERS, named, confirmSource),
  table('smmu', SMMU_STATEMENTS, (row: SmmuStatementRow) => row.says, confirmStatement),
  table('subsystems', SUBSYSTEMS, (row: SubsystemRow) => row.subsystem, confirmSource),
  table(
    'subsystem-calls',
    SUBSYSTEMS.flatMap((row) => row.calls),
    named,
    confirmSource,
  ),
  table('preservers', PRESERVERS, named, confirmSource),
  table('policy-prices', POLICY_PRICES, (row: PriceRow) => row.says, confirmSource),
  table('identity-clients', IDENTITY_CLIENTS, ofNode, confirmSource),
  table('taken-nodes', TAKEN_NODES, ofNode, confirmSource),
  table('amba-parts', AMBA_PARTS, ofNode, confirmSource),
  table('probe-needs', PROBE_NEEDS, named, confirmSource),
  table('default-drivers', DEFAULT_DRIVERS, (row: DefaultDriverRow) => row.bus, confirmSource),
];

/** What a tree says of one row. */
export interface RowConfirmation extends Confirmation {
  readonly name: string;
  /** `file:symbol`, as in the row. */
  readonly source: string;
}

/** What a tree says of one table. */
export interface TableConfirmation {
  readonly table: string;
  /** Rows that say something about the tree's version. */
  readonly rows: readonly RowConfirmation[];
  /** Rows for other versions, not looked at. */
  readonly otherVersions: number;
}

/** Reads every row of every table again that holds for the tree's version. */
export function confirmTables(
  tree: TreeReader,
  tables: readonly FactTable[] = FACT_TABLES,
): TableConfirmation[] {
  return tables.map(({ table, rows, nameOf, confirm }) => {
    const held = rows.filter((row) => applies(row, tree));
    return {
      table,
      rows: held.map((row) => ({ name: nameOf(row), source: row.source, ...confirm(row, tree) })),
      otherVersions: rows.length - held.length,
    };
  });
}
