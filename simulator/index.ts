/**
 * The simulator: a machine with an SMMU, a device and two kernels. Nothing here needs Node; the same scenario and seed
 * give the same outcome in Node and in a browser.
 */

export { type Clock, PHASE_TEXT, PHASES, type Phase, phaseAt } from './kexec/clock.ts';
export {
  type MapRegion,
  type MemoryMap,
  type PlayedPolicy,
  type PolicyFrequency,
  rowOf,
  type SimulateOptions,
  Simulation,
  type SimulationResult,
  simulate,
  simulatePolicy,
  simulateRuns,
} from './kexec/engine.ts';
export { type Frequency, formatFrequency, wilson } from './kexec/frequency.ts';
export { type AuditedDriver, scenarioFromDriver } from './kexec/from-driver.ts';
export {
  type Effect,
  type OwnerHits,
  type PolicyOutcome,
  type TimelineEntry,
  VERDICTS,
  type Verdict,
} from './kexec/outcome-types.ts';
export { POLICIES } from './kexec/policies.ts';
export { resolveScenario } from './kexec/scenario.ts';
export {
  type Assumption,
  POLICY_CHOICES,
  type PolicyChoice,
  type Scenario,
  type ScenarioInput,
  TARGETS,
  type Target,
} from './kexec/scenario-types.ts';
export { formatSize, formatTime, hex, InputError, type Span } from './machine/address.ts';
export { type Board, type BoardSmmu, checkBoard, type FixedTable } from './machine/board.ts';
export { boardNames, builtInBoards, DEFAULT_BOARD, findBoard } from './machine/boards.ts';
export { DEVICE_KINDS, type DeviceKind, type DeviceSpec } from './machine/device-types.ts';
export { boardFromDeviceTree, parseDeviceTree } from './machine/devicetree.ts';
export { boardFromEfi } from './machine/efi.ts';
export { boardFromIomem, parseGicTables } from './machine/iomem.ts';
