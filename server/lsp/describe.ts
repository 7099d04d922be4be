import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Driver } from '../audit/model.ts';
import { busOf } from '../kernel/index.ts';
import type { LiveRoot } from '../project/live-root.ts';
import type { Session } from './session.ts';

const AT_KEXEC: Readonly<Record<string, string>> = {
  nothing: 'its core does nothing for the device at kexec',
  'clears-bus-master': 'its core clears Bus Master at kexec',
  'resets-device': 'its core resets the device at kexec',
  'removes-device': "its core calls the driver's remove at kexec",
  'parent-removes': "its parent's hook removes the device at kexec",
  'suspends-device': 'its core suspends the device at kexec',
  'disables-irq': 'its core only disables the interrupt at kexec',
  'closes-channel': 'the channel is torn down at kexec',
};

/**
 * What is known of a driver, as Markdown of six lines at most.
 * @param verdicts the simulator's, in one line
 */
export function describe(
  session: Session,
  root: LiveRoot,
  driver: Driver,
  verdicts: string | undefined,
): string {
  const bus = busOf(driver.struct, root.version) ?? busOf(driver.struct);
  const lines = [
    `**${driver.instance}** (${driver.bus}): ${AT_KEXEC[bus?.core ?? 'nothing']}`,
    `Hook: ${hookOf(root, driver)}`,
    `DMA: ${dmaOf(root, driver)}`,
    `Stopped by: ${stoppersOf(driver)} · confidence: ${driver.confidence}`,
  ];
  if (verdicts) lines.push(`At kexec: ${verdicts}`);
  lines.push(linksOf(session, root, driver));
  return lines.filter((line) => line !== '').join('  \n');
}

/** `direct, autonomous, 64 bits: probe → setup → dma_alloc_coherent`, the call as a link. */
function dmaOf(root: LiveRoot, driver: Driver): string {
  const { dma } = driver;
  const mask = dma.mask === null ? '' : `, ${dma.mask} bits`;
  const proof = dma.evidence[0];
  const head = `${dma.class}${dma.class === 'none' ? '' : `, ${dma.kind}`}${mask}`;
  if (!proof) return head;
  const more = dma.evidence.length > 1 ? ` (and ${dma.evidence.length - 1} more)` : '';
  const way = proof.path.length > 4 ? [...proof.path.slice(0, 2), '…', proof.path.at(-1)!] : proof.path;
  return `${head}: ${[...way, link(root, proof.file, proof.line, proof.api)].join(' → ')}${more}`;
}

function hookOf(root: LiveRoot, driver: Driver): string {
  const { hook } = driver;
  if (!hook.function) return hook.state;
  const place = root.definitionOf(driver, hook.function);
  return `${hook.state}, ${place ? link(root, place.file, place.line, hook.function) : hook.function}`;
}

function stoppersOf(driver: Driver): string {
  const by = driver.quiescedBy.map((one) => `${one.by} (${one.kind})`);
  if (driver.hook.state === 'present') by.unshift('its hook');
  return by.length > 0 ? by.join(', ') : 'nobody';
}

/** `file:///…#L12`, which VS Code and other editors open at the line. */
export function link(root: LiveRoot, file: string, line: number, label: string): string {
  return `[${label}](${pathToFileURL(join(root.root, file)).href}#L${line})`;
}

function linksOf(session: Session, root: LiveRoot, driver: Driver): string {
  if (!session.settings.clientCommands) return '';
  const command = (name: string, title: string, argument: unknown): string =>
    `[${title}](command:${name}?${encodeURIComponent(JSON.stringify([argument]))})`;
  const uri = pathToFileURL(join(root.root, driver.file)).href;
  const rules = [...new Set(driver.findings.map((finding) => finding.rule))];
  return [
    command('quiesce.showSimulation', 'simulate kexec', { uri, instance: driver.instance }),
    ...rules.map((rule) => command('quiesce.explainRule', `explain ${rule}`, rule)),
  ].join(' · ');
}
