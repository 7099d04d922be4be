import { hex } from '../../../simulator/machine/address.ts';
import type { Suspect } from '../../board/suspects/suspects.ts';
import { type SuspectsPage, wayOf } from './pretty.ts';

/** Raised when a reader of `suspects --format json` has to change; `docs/schema/suspects.schema.json` holds it. */
export const SUSPECTS_VERSION = 1;

/** As one JSON document, with all suspects. Addresses are hexadecimal strings; `end` is exclusive, times are in microseconds. */
export function suspectsJson(page: SuspectsPage, toolVersion: string): string {
  const document = {
    version: SUSPECTS_VERSION,
    tool: { name: 'quiesce', version: toolVersion },
    machine: page.title,
    address: { start: hex(page.address.start), end: hex(page.address.end), place: page.place },
    lineups: page.lineups.map(({ policy, suspects, cleared }) => ({
      policy: policy ?? 'today',
      suspects: suspects.map((suspect, at) => ({ rank: at + 1, ...suspectJson(suspect) })),
      cleared: cleared.map(({ row, reason }) => ({ ...whoOf(row), reason })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function suspectJson(suspect: Suspect) {
  const { row, smmu, master, policy, hits, runs, nearest, weight, phases, way, first, secondOrder, accused } =
    suspect;
  return {
    ...whoOf(row),
    policy,
    smmu: smmu?.id ?? null,
    streams: master.streams.filter((one) => one.smmu === smmu?.id).map(({ id }) => id),
    hits,
    runs,
    nearest,
    weight: Number(weight.toFixed(4)),
    phases,
    way,
    says: wayOf(suspect),
    first,
    secondOrder,
    findings: row.driver.findings.map(({ rule, severity }) => ({ rule, severity })),
    log: accused && { reason: accused.reason, line: accused.faults[0]!.line, count: accused.faults.length },
  };
}

function whoOf({ device, driver }: Suspect['row']) {
  return { device: device.id, driver: { instance: driver.instance, file: driver.file, line: driver.line } };
}
