import picocolors from 'picocolors';
import type { Accusation, Accused } from '../board/accuse.ts';
import { isUnquiesced } from '../board/filter.ts';

/** Raised when a reader of `decode --format json` has to change; `docs/schema/decode.schema.json` holds it. */
export const DECODE_VERSION = 1;

/** As one JSON document. Addresses are hexadecimal strings: they have 64 bits. */
export function decodeJson(
  accusations: readonly Accusation[],
  notes: readonly string[],
  toolVersion: string,
): string {
  const document = {
    version: DECODE_VERSION,
    tool: { name: 'quiesce', version: toolVersion },
    notes,
    faults: accusations.map(({ smmu, stream, kind, reason, faults, accused }) => ({
      smmu,
      stream,
      kind,
      reason,
      count: faults.length,
      seen: faults.map(({ line, address, access, substream }) => ({
        line,
        address: address === null ? null : `0x${address.toString(16)}`,
        access,
        substream,
      })),
      devices: accused.map(({ device, driver }) => ({
        device: device.id,
        node: device.node,
        driver: driver && { instance: driver.instance, file: driver.file, line: driver.line },
        unquiesced: driver !== null && isUnquiesced(driver),
        findings: driver?.findings.map(({ rule, severity }) => ({ rule, severity })) ?? [],
      })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** For a person at a terminal. */
export function decodePretty(
  accusations: readonly Accusation[],
  notes: readonly string[],
  color: boolean,
): string {
  const c = picocolors.createColors(color);
  const lines: string[] = [];
  for (const accusation of accusations) {
    const { smmu, stream, kind, reason, faults, accused } = accusation;
    const who = stream === null ? 'StreamID not printed' : `StreamID 0x${stream.toString(16)}`;
    lines.push(c.bold(`${who} at ${smmu}: ${reason} (${kind}), ${times(faults.length)}`));
    lines.push(`  ${addressesOf(accusation)}`);
    if (accused.length === 0 && stream !== null)
      lines.push('  no device that the files describe has this StreamID (devices on PCI: give a snapshot)');
    if (accused.length > 1) lines.push(`  ${accused.length} devices share it`);
    lines.push(...accused.flatMap(accusedLines), '');
  }
  if (accusations.length === 0) lines.push('No line of an Arm SMMU driver that reports a fault.');
  for (const note of notes) lines.push(c.dim(`note: ${note}`));
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Lowest and highest address, and where the first line stands. */
function addressesOf({ faults }: Accusation): string {
  const known = faults
    .flatMap(({ address }) => (address === null ? [] : [address]))
    .sort((a, b) => (a < b ? -1 : Number(a > b)));
  const [low, high] = [known[0], known.at(-1)].map((address) => `0x${(address ?? 0n).toString(16)}`);
  const accesses = [...new Set(faults.flatMap(({ access }) => access ?? []))].sort().join(' and ');
  const where = known.length === 0 ? 'address not printed' : `at ${low}${low === high ? '' : `-${high}`}`;
  return `${accesses ? `${accesses} ` : ''}${where}, first in line ${faults[0]!.line}`;
}

function accusedLines({ device, driver }: Accused): string[] {
  if (!driver) return [`  ${device.id}  no driver known`];
  const rules = driver.findings.map(({ rule, severity }) => `${severity} ${rule}`).join(', ');
  return [
    `  ${device.id}  ${driver.instance}  ${driver.file}:${driver.line}`,
    `    hook ${driver.hook.state}${rules ? `: ${rules}` : ', no finding'}`,
  ];
}

function times(count: number): string {
  return ['once', 'twice'][count - 1] ?? `${count} times`;
}
