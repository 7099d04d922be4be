import type { Advice, AdviceRow } from '../../board/advice/advice.ts';
import type { Played } from '../../board/advice/play.ts';
import { lacksKexec } from '../../board/kernel.ts';
import type { PolicyPatch } from '../../fix/policy/smmu-patch.ts';

/** Raised when a reader of `advice --format json` has to change; `docs/schema/advice.schema.json` holds it. */
export const ADVICE_VERSION = 1;

/** As one JSON document. A scenario replayed with `quiesce simulate --scenario` gives its outcomes again. */
export function adviceJson(
  machines: readonly Advice[],
  patches: readonly PolicyPatch[],
  toolVersion: string,
): string {
  const document = {
    version: ADVICE_VERSION,
    tool: { name: 'quiesce', version: toolVersion },
    machines: machines.map(machineObject),
    patches,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function machineObject({ joined, hosts, rows, drivers }: Advice) {
  const { machine } = joined;
  const scenarios = [...new Set(rows.flatMap(({ played }) => played ?? []))];
  return {
    title: machine.title,
    compatible: machine.compatible,
    hosts,
    sources: machine.sources,
    release: machine.kernel.release,
    lacksKexec: lacksKexec(machine.kernel),
    bound: joined.rows.length,
    rows: rows.map((row) => rowObject(row, scenarios)),
    drivers: drivers.map(({ smmus, ...rest }) => ({ ...rest, smmus: smmus.map(({ id }) => id) })),
    scenarios: scenarios.map(({ input, landing, assumptions, cells, bare }) => ({
      ...{ input, landing, assumptions },
      outcomes: cells,
      withoutDriver: bare,
    })),
    notes: machine.notes,
  };
}

function rowObject(
  { row: { device, driver }, master, smmu, played, notPlayed, today, hosts }: AdviceRow,
  scenarios: Played[],
) {
  return {
    device: device.id,
    node: device.node,
    driver: { instance: driver.instance, file: driver.file, line: driver.line },
    findings: driver.findings.map(({ rule, severity }) => ({ rule, severity })),
    smmu: smmu?.id ?? null,
    through: master === device ? null : master.id,
    streams: master.streams,
    domain: master.domain,
    domainBy: master.domainBy,
    isLive: device.isLive,
    hosts,
    today,
    scenario: played && scenarios.indexOf(played),
    notPlayed,
  };
}
