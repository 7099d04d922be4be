import picocolors from 'picocolors';
import { isUnquiesced } from '../board/filter.ts';
import { lacksKexec } from '../board/kernel.ts';
import type { JoinedMachine, Row } from '../board/model.ts';

/** Raised when a reader of `board --format json` has to change; `docs/schema/board.schema.json` holds it. */
export const BOARD_VERSION = 1;

/** As one JSON document: every device that a driver of the machine's kernel binds. */
export function boardJson(joined: JoinedMachine, toolVersion: string): string {
  const { machine, rows, disabled, unmatched } = joined;
  const document = {
    version: BOARD_VERSION,
    tool: { name: 'quiesce', version: toolVersion },
    machine: {
      title: machine.title,
      compatible: machine.compatible,
      sources: machine.sources,
      release: machine.kernel.release,
      lacksKexec: lacksKexec(machine.kernel),
      smmus: machine.smmus.map(({ id, version, model, qcom, enabled }) => ({
        id,
        version,
        model,
        qcom,
        enabled,
      })),
      notes: machine.notes,
    },
    totals: { devices: machine.devices.length, bound: rows.length, ...countsOf(joined) },
    rows: rows.map(rowObject),
    unmatched: unmatched.map(({ id, compatible, modalias }) => ({ id, compatible, modalias })),
    disabled: disabled.map(({ device, driver }) => ({ device: device.id, driver: driver.instance })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** For a person at a terminal: the devices that nobody stops, or with `all` every one. */
export function boardPretty(joined: JoinedMachine, color: boolean, all = false): string {
  const c = picocolors.createColors(color);
  const { machine, rows, disabled } = joined;
  const lines: string[] = [];
  if (lacksKexec(machine.kernel))
    lines.push(
      c.yellow('No kexec in this configuration (CONFIG_KEXEC_CORE is not set): nothing below happens.'),
      '',
    );
  const { release } = machine.kernel;
  lines.push(c.bold(machine.title) + (release ? `, Linux ${release}` : ''));
  for (const { id, model, enabled } of machine.smmus)
    lines.push(`  SMMU ${id} (${model})${enabled ? '' : ', disabled'}`);
  const shown = all ? rows : rows.filter(({ driver }) => isUnquiesced(driver));
  lines.push('', ...shown.flatMap((row) => rowLines(row, c)));
  const { unquiesced, warned, drivers, notKnown } = countsOf(joined);
  lines.push(
    `${unquiesced} of ${rows.length} devices with a driver are left running at kexec, by ${drivers} drivers; ${warned} with a warning` +
      ` (${disabled.length} with a driver that is not in this kernel, ${joined.unmatched.length} without any)`,
  );
  if (notKnown > 0)
    lines.push(
      `${notKnown} drivers are taken to be in the kernel: give its .config or modules.builtin and modules.order`,
    );
  for (const note of machine.notes) lines.push(c.dim(`note: ${note}`));
  return `${lines.join('\n')}\n`;
}

function countsOf({ rows }: JoinedMachine) {
  const left = rows.filter(({ driver }) => isUnquiesced(driver));
  const warned = left.filter(({ driver }) => driver.findings.some(({ severity }) => severity === 'warning'));
  return {
    unquiesced: left.length,
    warned: warned.length,
    drivers: new Set(left.map(({ driver }) => `${driver.file}\0${driver.instance}`)).size,
    notKnown: rows.filter(({ built }) => built === 'unknown').length,
  };
}

function rowLines({ device, driver, id }: Row, c: ReturnType<typeof picocolors.createColors>): string[] {
  const { hook, dma } = driver;
  const rules = driver.findings.map(({ rule, severity }) => `${severity} ${rule}`).join(', ');
  const streams = device.streams.map((stream) => `0x${stream.id.toString(16)}`).join(' ');
  const smmu = device.streams[0]?.smmu;
  return [
    c.bold(device.id),
    `  ${driver.instance}  ${driver.file}:${driver.line}  (${id})`,
    `  hook ${hook.state}${hook.function ? ` ${hook.function}` : ''}, DMA ${dma.class}${rules ? `: ${rules}` : ''}`,
    `  ${smmu ? `StreamID ${streams} at ${smmu}, ` : ''}${device.domain === 'none' ? 'untranslated' : device.domain} (${device.domainBy})`,
    '',
  ];
}

function rowObject({ device, driver, by, id, built, others }: Row) {
  return {
    device: device.id,
    node: device.node,
    bus: driver.bus,
    parent: device.parent,
    driver: { instance: driver.instance, file: driver.file, line: driver.line, name: driver.name },
    by,
    id,
    built,
    hook: driver.hook.state,
    dma: driver.dma.class,
    confidence: driver.confidence,
    unquiesced: isUnquiesced(driver),
    findings: driver.findings.map(({ rule, severity }) => ({ rule, severity })),
    streams: device.streams,
    domain: device.domain,
    domainBy: device.domainBy,
    group: device.group,
    maskBits: device.maskBits,
    limitBits: device.limitBits,
    isLive: device.isLive,
    others: others.map((other) => ({ instance: other.driver.instance, file: other.driver.file })),
  };
}
