/**
 * The kernel's facts by name. Every lookup is a Map built once; the optional version is `major.minor` (`6.1`), and a
 * row whose range excludes it is not found. Without a version a row of the newest kernel is preferred, and a name that
 * only older kernels know is still found: a file outside any tree may be of any age. A project's own rows
 * (`view.ts`) go before ours.
 */
import { ACCESSORS, type AccessorRow } from './accessors.ts';
import { BUSES, RUNTIME_HOLDERS, WRAPPERS } from './buses.ts';
import { CHILD_DEVICES, type ChildRow } from './children.ts';
import { DMA_API } from './dma-api.ts';
import { LIBRARIES } from './libraries.ts';
import { FUNCTION_MACROS, type FunctionMacroRow, NAME_MACROS } from './macros.ts';
import type { FalseHookRow, HandlerRow, NotDmaRow, ValueWrapperRow } from './not-run.ts';
import { FALSE_HOOKS, HANDLERS, NOT_DMA, SIDE_HOOKS, VALUE_WRAPPERS } from './not-run.ts';
import { QUIESCE } from './quiesce.ts';
import { REGISTRATIONS } from './registration.ts';
import { IOMMU_REGISTRATIONS, SMMU_DRIVERS, SMMU_STATEMENTS } from './smmu.ts';
import type { BusRow, DmaRow, QuiesceRow, RegistrationRow, Sourced, WrapperRow } from './types.ts';
import { holdsFor } from './version.ts';
import { type Kernel, statedQuiesceRow, versionOf, viewOf } from './view.ts';

export type { AccessorRow } from './accessors.ts';
export type { ChildRow } from './children.ts';
export { configMatters } from './config.ts';
export type { FunctionMacroRow, NameMacroRow } from './macros.ts';
export type { FalseHookRow, HandlerRow, NotDmaRow, SideHookRow, ValueWrapperRow } from './not-run.ts';
export type { SmmuStatementRow } from './smmu.ts';
export type * from './types.ts';
export { holdsFor, NEWEST_READ, RANGES_READ_AGAINST, READ_AGAINST } from './version.ts';
export {
  type Kernel,
  type KernelView,
  kernelView,
  type OwnRows,
  statedQuiesceRow,
  versionOf,
} from './view.ts';
export {
  ACCESSORS,
  BUSES,
  CHILD_DEVICES,
  DMA_API,
  FALSE_HOOKS,
  FUNCTION_MACROS,
  HANDLERS,
  IOMMU_REGISTRATIONS,
  LIBRARIES,
  NAME_MACROS,
  NOT_DMA,
  QUIESCE,
  REGISTRATIONS,
  RUNTIME_HOLDERS,
  SIDE_HOOKS,
  SMMU_DRIVERS,
  SMMU_STATEMENTS,
  VALUE_WRAPPERS,
  WRAPPERS,
};

/** Rows by name, those of the newest kernel first. */
function byName<Row extends Sourced>(rows: readonly Row[], name: (row: Row) => string): Map<string, Row[]> {
  const map = new Map<string, Row[]>();
  for (const row of rows) {
    const same = map.get(name(row));
    if (!same) map.set(name(row), [row]);
    else if (holdsFor(row.holds) && !holdsFor(same[0]!.holds)) same.unshift(row);
    else same.push(row);
  }
  return map;
}

/** The row of a list that holds for the version; without one, the first. */
function pick<Row extends Sourced>(rows: readonly Row[] | undefined, version?: string): Row | undefined {
  if (!rows || version === undefined) return rows?.[0];
  return rows.find((row) => holdsFor(row.holds, version));
}

const buses = byName(BUSES, (row) => row.struct);
const dma = byName(DMA_API, (row) => row.name);
const libraries = byName(LIBRARIES, (row) => row.name);
const registrations = byName(REGISTRATIONS, (row) => row.name);
const wrappers = byName(WRAPPERS, (row) => row.struct);
const quiesceExact = byName(
  QUIESCE.filter((row) => !row.pattern),
  (row) => row.name,
);
const quiescePatterns = QUIESCE.filter((row) => row.pattern).map(
  (row) => [new RegExp(`^(?:${row.name})$`), row] as const,
);
const falseHooks = byName(FALSE_HOOKS, (row) => row.struct);
const handlers = byName(HANDLERS, (row) => row.name);
const valueWrappers = byName(VALUE_WRAPPERS, (row) => row.name);
const accessors = byName(ACCESSORS, (row) => row.name);
const functionMacros = byName(FUNCTION_MACROS, (row) => row.name);
const childDevices = byName(CHILD_DEVICES, (row) => row.name);
const nameMacros = byName(NAME_MACROS, (row) => row.name);
const notDma = byName(NOT_DMA, (row) => row.name);

/**
 * What becomes of the hook in a driver struct.
 *
 * @param struct tag of the struct: `platform_driver`
 * @param arch name of the folder under `arch/`, where the file lies in one or the driver is for one only; two
 *   architectures have a `vio_driver`, powerpc's is taken when nothing is said
 */
export function busOf(struct: string, kernel?: Kernel, arch?: string): BusRow | undefined {
  const own = viewOf(kernel)?.buses.get(struct);
  if (own) return own;
  const version = versionOf(kernel);
  const rows = buses.get(struct);
  if (arch !== undefined && rows?.some((row) => row.arch === arch)) {
    return pick(
      rows.filter((row) => row.arch === arch),
      version,
    );
  }
  return pick(rows, version);
}

/** The row of a function or macro of the DMA API (`dma-api.ts`). */
export function dmaRow(name: string, kernel?: Kernel): DmaRow | undefined {
  return viewOf(kernel)?.dma.get(name) ?? pick(dma.get(name), versionOf(kernel));
}

/** The row of a framework's entry point that does DMA on its caller's device (`libraries.ts`). */
export function libraryRow(name: string, kernel?: Kernel): DmaRow | undefined {
  return pick(libraries.get(name), versionOf(kernel));
}

/** The row of a function or macro that registers driver structs or makes them (`registration.ts`). */
export function registrationRow(name: string, kernel?: Kernel): RegistrationRow | undefined {
  return pick(registrations.get(name), versionOf(kernel));
}

/** A struct that holds a driver struct without being one by name: instances are `X.member`. */
export function wrapperOf(struct: string, kernel?: Kernel): WrapperRow | undefined {
  return pick(wrappers.get(struct), versionOf(kernel));
}

/** What a call does to a running device (`quiesce.ts`); an exact name goes before a pattern. */
export function quiesceRow(name: string, kernel?: Kernel): QuiesceRow | undefined {
  const version = versionOf(kernel);
  const exact = statedQuiesceRow(name, kernel) ?? pick(quiesceExact.get(name), version);
  if (exact) return exact;
  return quiescePatterns.find(([regexp, row]) => regexp.test(name) && holdsFor(row.holds, version))?.[1];
}

/** A struct whose `.shutdown` is no device hook: `snd_soc_dai_ops`. */
export function falseHookOf(struct: string, kernel?: Kernel): FalseHookRow | undefined {
  return pick(falseHooks.get(struct), versionOf(kernel));
}

/** What a function that registers a notifier or handler registers it for, and whether that runs at kexec. */
export function handlerRow(name: string, kernel?: Kernel): HandlerRow | undefined {
  return pick(handlers.get(name), versionOf(kernel));
}

/** A macro around a value: `pm_ptr(f)` is `f` where CONFIG_PM is set. */
export function valueWrapperRow(name: string, kernel?: Kernel): ValueWrapperRow | undefined {
  return pick(valueWrappers.get(name), versionOf(kernel));
}

/** A function of the kernel's API that leads from an object to its device (`accessors.ts`). */
export function accessorRow(name: string): AccessorRow | undefined {
  return pick(accessors.get(name));
}

/** An exported function that reaches the DMA API on its caller's device and yet makes no master of it. */
export function notDmaRow(name: string, kernel?: Kernel): NotDmaRow | undefined {
  return pick(notDma.get(name), versionOf(kernel));
}

/** A macro at file scope that defines a function around another: `DEF_SCSI_QCMD(f)`. */
export function functionMacroRow(name: string, kernel?: Kernel): FunctionMacroRow | undefined {
  return pick(functionMacros.get(name), versionOf(kernel));
}

/** The text that a macro of the kernel's `include/` puts into an auxiliary device id. */
export function nameMacro(name: string, kernel?: Kernel): string | undefined {
  return pick(nameMacros.get(name), versionOf(kernel))?.value;
}

/** The row of a function that makes a platform device (`children.ts`). */
export function childRow(name: string, kernel?: Kernel): ChildRow | undefined {
  return pick(childDevices.get(name), versionOf(kernel));
}
