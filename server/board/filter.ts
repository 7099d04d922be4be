import type { Driver } from '../audit/model.ts';
import { RULES } from '../audit/rules/index.ts';
import type { JoinedMachine } from './model.ts';

const ABOUT_HOOK = new Set(RULES.filter((rule) => rule.aboutHook).map((rule) => rule.id));

/** A driver that leaves its device running at kexec: some rule about its hook says so. */
export function isUnquiesced({ findings }: Pick<Driver, 'findings'>): boolean {
  return findings.some(({ rule }) => ABOUT_HOOK.has(rule));
}

/** Tells whether a machine's kernel binds a driver to one of its devices: the filter of `check` and of the editor. */
export function driversOn({ rows }: JoinedMachine): (driver: Pick<Driver, 'file' | 'instance'>) => boolean {
  const keys = new Set(rows.map(({ driver }) => `${driver.file}\0${driver.instance}`));
  return ({ file, instance }) => keys.has(`${file}\0${instance}`);
}
