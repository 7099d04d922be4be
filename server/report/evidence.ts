/**
 * What is known of a finding, as text for a commit log, in the order that
 * `Documentation/process/researcher-guidelines.rst` asks for: the problem, how it is reached, its effect, how it was
 * found, on which Linux, how it was tested.
 */
import type { Driver, Finding, HookState } from '../audit/model.ts';
import { atKexec } from '../audit/rule.ts';
import { paragraphs } from './findings.ts';
import { wrap } from './wrap.ts';

/** Commit logs are read in `git log`, which indents them by four. */
const WIDTH = 75;

/** What the text says besides the driver. */
export interface EvidenceContext {
  readonly toolVersion: string;
  /** The command that shows the finding again. */
  readonly command: string;
  /** `6.12.117`; null outside of a kernel tree. */
  readonly kernel: string | null;
  /** How it was tested on hardware, in the author's words; null for not at all. */
  readonly tested: string | null;
}

/** The text, for one finding of a driver. */
export function evidenceText(driver: Driver, finding: Finding, context: EvidenceContext): string {
  const [what = ''] = paragraphs(finding);
  const place = `${driver.file}:${driver.line}:${driver.column}`;
  const parts = [
    wrap(what, WIDTH),
    wrap(howReached(driver), WIDTH),
    wrap(effect(driver), WIDTH),
    wrap(
      `This was found by static analysis with quiesce ${context.toolVersion}${context.kernel === null ? '' : ` on Linux ${context.kernel}`}:`,
      WIDTH,
    ),
    [`  ${context.command}`, `  ${place}: ${finding.severity}: ${driver.instance} [${finding.rule}]`],
    [`The way from the driver's entry to its DMA (confidence: ${driver.confidence}):`],
    way(driver),
    wrap(context.tested === null ? 'Run-time tested: no.' : `Run-time tested: ${context.tested}`, WIDTH),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const CALLS: Readonly<Record<HookState, (hook: string) => string>> = {
  missing: () => 'it finds no hook of this driver to call',
  ignored: (hook) => `the bus never calls ${hook}, which is set where only device_shutdown() would look`,
  empty: (hook) => `it calls ${hook}, which does nothing to the device`,
  ineffective: (hook) => `it calls ${hook}, from which nothing that stops the DMA is reached`,
  conditional: (hook) => `${hook} is there, or stops the device, only under a condition`,
  present: (hook) => `it calls ${hook}`,
};

function howReached({ hook }: Driver): string {
  const calls = CALLS[hook.state](hook.function ?? 'the hook');
  return (
    'The problem is reached by kexec (`kexec -e`, `systemctl kexec`) while the device is in use: device_shutdown() ' +
    `is all that runs on the way to the next kernel, and ${calls}. Neither remove nor suspend is called.`
  );
}

function effect(driver: Driver): string {
  const { bus, dma } = driver;
  const does =
    dma.directions.length === 1 && dma.directions[0] === 'to-device'
      ? 'The device goes on reading memory of the next kernel.'
      : 'The device goes on reading and writing memory that belongs to the next kernel.';
  const core =
    bus === 'pci'
      ? 'The PCI core clears Bus Master at kexec (drivers/pci/pci-driver.c:pci_device_shutdown), which holds the device back until the next kernel sets it again with the old state still programmed.'
      : atKexec({ driver });
  return bus === 'pci' ? core : `${does} ${core}`;
}

function way({ dma, hook }: Driver): string[] {
  const [first] = dma.evidence;
  if (!first)
    return hook.function ? [`  ${hook.function}`] : ['  (none: the driver only declares a DMA mask)'];
  const steps = [...first.path, first.api].map((step, at) => `  ${at === 0 ? '' : '-> '}${step}`);
  return [...steps, `     (${first.file}:${first.line})`];
}
