import type { Driver } from '../audit/model.ts';
import type { ModuleFiles } from '../audit/module.ts';
import { ModuleScope } from '../audit/scope.ts';
import { type Candidate, candidatesOf } from './candidates.ts';
import { HOOK_SHAPES, type HookShape } from './devices.ts';
import { hookPlace } from './layout.ts';

/** An insertion into the text. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** What tries hooks out: a kernel tree whose drivers can be judged with another text. */
export interface Bench {
  /** The files of the module that a driver was judged in. */
  moduleOf(driver: Driver): ModuleFiles | undefined;
  /** The drivers that a file would have with another text. */
  judgeText(file: string, text: string): Promise<Driver[]>;
}

/** A hook to insert, fitted to a driver. */
export interface HookEdit {
  readonly insertions: readonly Insertion[];
  /** What it is built of; null where no way to stop the device is known and the body is a TODO. */
  readonly by: string | null;
}

/** Findings that a good hook ends. */
const ABOUT_HOOK =
  /^(?:missing-shutdown|missing-shutdown-pci|empty-shutdown|ineffective-shutdown|conditional-shutdown|twin-without-shutdown)$/;

/** True for drivers whose missing hook can be written. */
export function canInsert(driver: Pick<Driver, 'struct' | 'hook' | 'instance'>): boolean {
  return driver.hook.state === 'missing' && driver.struct in HOOK_SHAPES && /^\w+$/.test(driver.instance);
}

/**
 * Builds the hook of a driver from its module's own code or its subsystem's helper. Each candidate is tried: the first
 * after which the audit finds neither a missing, an empty nor an ineffective hook is taken; else the hook says TODO.
 * @param text the file as it is in the editor
 */
export async function buildHook(root: Bench, driver: Driver, text: string): Promise<HookEdit | undefined> {
  const shape = HOOK_SHAPES[driver.struct];
  const module = root.moduleOf(driver);
  const file = module?.sources.find((source) => source.path === driver.file);
  const instance = file?.facts.instances.find(({ name }) => name === driver.instance);
  if (!shape || !module || !file || !instance) return undefined;
  const nameAt = offsetOf(text, instance.line, instance.column);
  const place = hookPlace(text, nameAt);
  if (!place) return undefined;
  const scope = new ModuleScope(module);
  const name = freeName(text, driver.instance);
  for (const candidate of candidatesOf({ scope, file, instance, shape, text })) {
    const insertions = write(candidate);
    const after = await root.judgeText(driver.file, apply(text, insertions));
    const same = after.find((one) => one.instance === driver.instance);
    if (same?.hook.state !== 'missing' && !same?.findings.some(({ rule }) => ABOUT_HOOK.test(rule))) {
      return { insertions, by: candidate.by };
    }
  }
  return { insertions: write(todo(shape, driver)), by: null };

  function write(candidate: Candidate): Insertion[] {
    const hook = candidate.existing ?? name;
    const eol = text.includes('\r\n') ? '\r\n' : '\n';
    const insertions: Insertion[] = [{ at: place!.memberAt, text: `${place!.member(hook)}${eol}` }];
    if (!candidate.existing) {
      const lines = functionOf(name, shape!, candidate);
      insertions.push({ at: place!.functionAt, text: `${lines.join(eol)}${eol}${eol}` });
    }
    const includes = candidate.includes.filter((header) => !text.includes(`<${header}>`));
    const last = lastInclude(text);
    if (last !== undefined && includes.length > 0) {
      insertions.push({ at: last, text: includes.map((header) => `#include <${header}>${eol}`).join('') });
    }
    return insertions.sort((a, b) => a.at - b.at);
  }
}

function functionOf(name: string, { device }: HookShape, candidate: Candidate): string[] {
  const { declarations, body, argument } = candidate;
  return [
    `static void ${name}(struct ${device} *${argument})`,
    '{',
    ...declarations.map((line) => `\t${line}`),
    ...(declarations.length > 0 && body.length > 0 ? [''] : []),
    ...body.map((line) => `\t${line}`),
    '}',
  ];
}

/** No way to stop the device is known: the author has to write it. */
function todo(shape: HookShape, driver: Driver): Candidate {
  return {
    existing: null,
    argument: shape.argument,
    declarations: [],
    body: [
      '/*',
      ' * TODO: stop the DMA of this device and keep new work out. No routine of',
      ` * ${driver.modules[0] ?? driver.file} was found that does so`,
      ' * without freeing anything. This runs at every reboot, power-off and',
      ' * kexec, on a device that may be suspended.',
      ' */',
    ],
    includes: [],
    by: '',
  };
}

/** Applies insertions that are sorted by place. */
export function apply(text: string, insertions: readonly Insertion[]): string {
  let made = '';
  let last = 0;
  for (const { at, text: added } of insertions) {
    made += text.slice(last, at) + added;
    last = at;
  }
  return made + text.slice(last);
}

/** `foo_shutdown` for `foo_driver`; with a number where the file has that name already. */
function freeName(text: string, instance: string): string {
  const base = `${instance.replace(/_?(?:platform_|pci_|amba_|spi_|i2c_)?(?:driver|drv)$/, '') || instance}_shutdown`;
  let name = base;
  for (let n = 2; new RegExp(`\\b${name}\\b`).test(text); n++) name = `${base}${n}`;
  return name;
}

function lastInclude(text: string): number | undefined {
  let last: number | undefined;
  let depth = 0;
  for (const match of text.matchAll(/^[ \t]*#[ \t]*(if|endif|include[ \t]*<linux\/)[^\n]*\n/gm)) {
    if (match[1] === 'if') depth++;
    else if (match[1] === 'endif') depth--;
    else if (depth === 0) last = match.index + match[0].length;
  }
  return last;
}

function offsetOf(text: string, line: number, column: number): number {
  let at = 0;
  for (let n = 1; n < line; n++) at = text.indexOf('\n', at) + 1;
  return at + column - 1;
}
