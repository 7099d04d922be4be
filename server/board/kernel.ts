/** What a machine's kernel is made of: its configuration and the lists beside its modules. */
import type { Driver } from '../audit/model.ts';
import type { Built, KernelState, ModuleAlias } from './model.ts';

/** Tells whether conditions of the Makefiles hold (`tree/kbuild/guards.ts:configsHold`). */
export type Holds = (configs: readonly string[], value: (name: string) => string | undefined) => boolean;

/** Options that are set in a `.config`. */
export function readConfig(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^(CONFIG_\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]));
}

/** Module paths of `modules.builtin` or `modules.order`: `kernel/drivers/dma/pl330.ko` is `drivers/dma/pl330`. */
export function readModulePaths(text: string): Set<string> {
  const paths = text.split('\n').map((line) => /^(?:kernel\/)?(\S+)\.k?o(?:\.\w+)?$/.exec(line.trim())?.[1]);
  return new Set(paths.filter((path) => path !== undefined));
}

/** `alias PATTERN MODULE` of `modules.alias`, or `MODULE.alias=PATTERN` of `modules.builtin.modinfo`. */
export function readAliases(text: string): ModuleAlias[] {
  const listed = [...text.matchAll(/^alias (\S+) (\S+)$/gm)].map(([, pattern, module]) => ({
    pattern: pattern!,
    module: modname(module!),
  }));
  const builtin = [...text.matchAll(/(?:^|\0)([\w-]+)\.alias=([^\0\n]+)/g)].map(([, module, pattern]) => ({
    pattern: pattern!,
    module: modname(module!),
  }));
  return [...listed, ...builtin];
}

/** Names of `lsmod` or `/proc/modules`. */
export function readLoaded(text: string): Set<string> {
  const names = text.split('\n').map((line) => /^(\w+)\s+\d+\s/.exec(line)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}

/** KBUILD_MODNAME (scripts/Makefile.lib:name-fix-token). */
export function modname(name: string): string {
  return name.replace(/^.*\//, '').replace(/[-,]/g, '_');
}

/** Whether a driver is in the kernel: loaded, listed as built, or built under the configuration. */
export function builtState(driver: Driver, kernel: KernelState, holds: Holds): Built {
  const { config, builtin, available, loaded } = kernel;
  const has = (list: ReadonlySet<string> | null): boolean =>
    list !== null && driver.modules.some((path) => list.has(path));
  if (loaded && driver.modules.some((path) => loaded.has(modname(path)))) return 'loaded';
  if (has(builtin)) return 'builtin';
  if (has(available)) return loaded ? 'off' : 'module';
  if (config) {
    if (!holds(driver.configs, (name) => config.get(name))) return 'off';
    const isModule = driver.configs.some((name) => config.get(name) === 'm');
    if (!isModule) return 'builtin';
    return loaded || available ? 'off' : 'module';
  }
  // An object without MODULE_* lines stands in neither list: only a configuration could tell.
  return builtin || available || loaded ? 'off' : 'unknown';
}

/** True for a configuration without any kexec; null without a configuration. */
export function lacksKexec({ config }: Pick<KernelState, 'config'>): boolean | null {
  return config === null ? null : !config.has('CONFIG_KEXEC_CORE') && !config.has('CONFIG_KEXEC');
}
