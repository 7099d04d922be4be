import picocolors from 'picocolors';
import { formatSize, formatTime, type Span } from '../../../simulator/machine/address.ts';
import { POLICY_BRIEF } from '../../../simulator/view/matrix.ts';
import type { Lineup, Suspect } from '../../board/suspects/suspects.ts';
import { addressText } from './place.ts';

/** What a lineup is printed with. */
export interface SuspectsPage {
  readonly title: string;
  readonly address: Span;
  /** What lies there. */
  readonly place: string;
  readonly lineups: readonly Lineup[];
  /** Suspects that are shown of each. */
  readonly limit: number;
}

/** For a person at a terminal. */
export function suspectsPretty(
  { title, address, place, lineups, limit }: SuspectsPage,
  color: boolean,
): string {
  const c = picocolors.createColors(color);
  const lines = [c.bold(`${addressText(address)} of ${title}: ${place}`), ''];
  for (const { policy, suspects, cleared } of lineups) {
    lines.push(
      c.bold(policy ? `Under ${policy} (${POLICY_BRIEF[policy]}):` : 'With what this kernel does today:'),
    );
    if (suspects.length === 0) lines.push('  no device of this machine can have written there');
    for (const [at, suspect] of suspects.slice(0, limit).entries()) lines.push(...linesOf(at + 1, suspect));
    if (suspects.length > limit) lines.push(`  … and ${suspects.length - limit} less likely`);
    if (cleared.length > 0) lines.push(`  ${c.dim(`Ruled out (${cleared.length}):`)}`);
    for (const { row, reason } of cleared)
      lines.push(c.dim(`    ${row.device.id}  ${row.driver.instance}: ${reason}`));
    lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function linesOf(rank: number, suspect: Suspect): string[] {
  const { row, runs, hits, nearest, phases, first, secondOrder, accused } = suspect;
  const { device, driver } = row;
  const rules = driver.findings.map(({ rule }) => rule).join(', ');
  const when = `${phases.join(', ')}, from ${formatTime(first)} after its hook slot on`;
  return [
    `  ${rank}. ${device.id}  ${driver.instance}  ${driver.file}:${driver.line}`,
    ...(accused
      ? [`     the log accuses it: ${accused.reason}, first in line ${accused.faults[0]!.line}`]
      : []),
    hits > 0
      ? `     wrote to this page in ${hits} of ${runs} simulated kexecs (${when})`
      : `     wrote ${formatSize(nearest)} from it in one of ${runs} simulated kexecs (${when})`,
    `     ${wayOf(suspect)}${secondOrder ? '; it was led there by memory that was no longer its own' : ''}`,
    `     hook ${driver.hook.state}${rules ? `: ${rules}` : ''}`,
  ];
}

/** How its writes come to the address. */
export function wayOf({ way, policy, smmu, master }: Suspect): string {
  const stream = master.streams.find((one) => one.smmu === smmu?.id);
  const where = smmu
    ? `behind ${smmu.id}${stream ? `, StreamID 0x${stream.id.toString(16)}` : ''}`
    : 'no SMMU in its path';
  if (way === 'mapping') return `translated by tables that are still in use (${policy}; ${where})`;
  return policy === 'none' || policy === 'passthrough'
    ? `its buffers' own physical addresses (${policy}; ${where})`
    : `its IOVA taken for a physical address (${policy}; ${where})`;
}
