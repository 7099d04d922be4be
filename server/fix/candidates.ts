import type { FunctionNode, SourceFile } from '../audit/module.ts';
import type { ModuleScope } from '../audit/scope.ts';
import { StopReader } from '../audit/stop.ts';
import type { CallFact, InstanceFact } from '../facts/types.ts';
import type { HookShape } from './devices.ts';
import { type Expression, expressionOf } from './expression.ts';

/** A hook that could be inserted. */
export interface Candidate {
  /** A function that exists and is the hook itself, or null: one is made of `body`. */
  readonly existing: string | null;
  readonly argument: string;
  readonly declarations: readonly string[];
  readonly body: readonly string[];
  /** Headers that the body needs. */
  readonly includes: readonly string[];
  /** What it is built of, for the action's title. */
  readonly by: string;
}

/** What candidates are made from. */
export interface Question {
  readonly scope: ModuleScope;
  readonly file: SourceFile;
  readonly instance: InstanceFact;
  readonly shape: HookShape;
  readonly text: string;
}

/** From this level on a routine is good enough to build a hook of. */
const GOOD = 3;
/** Routines that take things apart: a hook must not free anything, the CPUs still use it. */
const TAKES_APART =
  /free|unregister|remove|destroy|release|_put\b|_del\b|_del_|exit|uninit|deinit|fini|cleanup|unbind|unprepare|unmap|teardown/i;
/** A stopping routine by its name goes first. */
const STOPS = /stop|halt|disable|shutdown|reset|quiesce|suspend|hw_/i;

/** Frameworks whose helper is the usual hook, by the call with which a driver leaves them. */
const HELPERS: readonly {
  readonly leave: RegExp;
  readonly by: string;
  readonly includes: readonly string[];
  readonly body: (object: string) => readonly string[];
}[] = [
  {
    leave: /^unregister_(?:netdev|candev)$/,
    by: 'netif_device_detach() and dev_close()',
    includes: ['linux/netdevice.h', 'linux/rtnetlink.h'],
    body: (dev) => ['rtnl_lock();', `netif_device_detach(${dev});`, `dev_close(${dev});`, 'rtnl_unlock();'],
  },
  {
    leave: /^drm_dev_(?:unregister|unplug)$/,
    by: 'drm_atomic_helper_shutdown()',
    includes: ['drm/drm_atomic_helper.h'],
    body: (drm) => [`drm_atomic_helper_shutdown(${drm});`],
  },
  {
    leave: /^snd_card_(?:free|disconnect|free_when_closed)$/,
    by: 'snd_card_disconnect()',
    includes: ['sound/core.h'],
    body: (card) => [`snd_card_disconnect(${card});`],
  },
];

/** Hooks that could stop the device, the best first; none where the module shows no way to stop it. */
export function candidatesOf(question: Question): Candidate[] {
  const removes = functionsOf(question, /^(?:remove|remove_new)$/);
  const suspends = suspendsOf(question);
  return [
    ...ready(question),
    ...removes.flatMap((fn) => helpers(question, fn)),
    ...fromProbe(question),
    ...removes.flatMap((fn) => routines(question, fn)),
    ...suspends.flatMap((fn) => routines(question, fn)),
    ...suspends.flatMap((fn) => whole(question, fn)),
  ];
}

/**
 * Hooks that a framework has ready made, by what shows that the driver is one of its: a call, or the framework's own
 * remove in the driver struct.
 */
const READY: readonly {
  readonly device: string;
  readonly hook: string;
  readonly include: string;
  readonly calls?: RegExp;
  readonly remove?: RegExp;
}[] = [
  {
    // drivers/usb/core/hcd.c:usb_hcd_platform_shutdown
    device: 'platform_device',
    hook: 'usb_hcd_platform_shutdown',
    include: 'linux/usb/hcd.h',
    calls: /^(?:usb_add_hcd|usb_create_hcd|__usb_create_hcd)$/,
  },
  {
    // drivers/usb/core/hcd-pci.c:usb_hcd_pci_shutdown
    device: 'pci_dev',
    hook: 'usb_hcd_pci_shutdown',
    include: 'linux/usb/hcd.h',
    remove: /^usb_hcd_pci_remove$/,
  },
  {
    // drivers/ata/libata-core.c:ata_pci_shutdown_one
    device: 'pci_dev',
    hook: 'ata_pci_shutdown_one',
    include: 'linux/libata.h',
    remove: /^ata_pci_remove_one$/,
  },
  {
    // drivers/ata/libahci_platform.c:ahci_platform_shutdown
    device: 'platform_device',
    hook: 'ahci_platform_shutdown',
    include: 'linux/ahci_platform.h',
    calls: /^ahci_platform_init_host$/,
  },
];

function ready({ scope, shape, instance, file }: Question): Candidate[] {
  const remove = instance.members.find(({ path }) => /^remove(?:_new)?$/.test(path))?.value ?? '';
  return READY.filter(
    (row) =>
      row.device === shape.device &&
      ((row.calls && calls(scope, row.calls, file)) || row.remove?.test(remove)),
  ).map(({ hook, include }) => ({
    existing: hook,
    argument: shape.argument,
    declarations: [],
    body: [],
    includes: [include],
    by: `${hook}()`,
  }));
}

function helpers(question: Question, fn: FunctionNode): Candidate[] {
  return fn.fact.calls.flatMap((call) => {
    const helper = HELPERS.find(({ leave }) => leave.test(call.name));
    const object = helper ? resolve(question, fn, call.args[0] ?? '') : undefined;
    if (!helper || !object) return [];
    return [make(question, object, helper.body(object.text), helper.by, helper.includes)];
  });
}

/** A device-managed driver has no remove: its probe says what it keeps in drvdata. */
function fromProbe(question: Question): Candidate[] {
  const found: Candidate[] = [];
  for (const fn of functionsOf(question, /^(?:probe|probe_new)$/)) {
    for (const call of fn.fact.calls) {
      const as = ENTER[call.name];
      const helper = as ? HELPERS.find(({ leave }) => leave.test(as)) : undefined;
      const expression = call.args[/^devm_register_netdev$/.test(call.name) ? 1 : 0] ?? '';
      const saved = fn.fact.calls.find(({ name }) => /_set_(?:drv|client)data$/.test(name))?.args[1];
      const root = /^&?(\w+)/.exec(expression)?.[1];
      const tag = root ? fn.fact.locals[root] : undefined;
      if (!helper || !root || !tag || saved !== root) continue;
      const { shape } = question;
      const argument = fn.fact.params[0]?.name || shape.argument;
      const declarations = [`struct ${tag} *${root} = ${shape.drvdata(argument)};`];
      const object = { text: expression, argument, declarations };
      found.push(make(question, object, helper.body(expression), helper.by, helper.includes));
    }
  }
  return found;
}

const ENTER: Readonly<Record<string, string>> = {
  register_netdev: 'unregister_netdev',
  devm_register_netdev: 'unregister_netdev',
  register_candev: 'unregister_candev',
  drm_dev_register: 'drm_dev_unregister',
};

/** The module's own routines that stop the device, called as this function calls them. */
function routines(question: Question, fn: FunctionNode): Candidate[] {
  const { scope } = question;
  const reader = new StopReader(scope);
  const good = fn.fact.calls.filter((call) => {
    if (call.name.startsWith('->') || TAKES_APART.test(call.name) || call.conditions || call.into)
      return false;
    const own = scope.functions(call.name, fn.file).filter((node) => !node.fact.isMacro);
    if (own.length > 0 && own.some((node) => takesApart(node))) return false;
    return reader.ofName(call.name, fn, fn.file).level >= GOOD;
  });
  const rank = (call: CallFact): number => (STOPS.test(call.name) ? 0 : 1);
  return good
    .sort((a, b) => rank(a) - rank(b))
    .flatMap((call) => {
      const args = call.args.map((arg) => resolve(question, fn, arg));
      if (args.some((arg) => !arg)) return [];
      const all = args as Expression[];
      const argument = all.find((arg) => arg.declarations.length > 0)?.argument ?? all[0]?.argument;
      const declarations = [...new Set(all.flatMap((arg) => arg.declarations))];
      const line = `${call.name}(${all.map((arg) => arg.text).join(', ')});`;
      const object = { text: '', argument: argument ?? question.shape.argument, declarations };
      return [make(question, object, [line], `${call.name}()`, [])];
    });
}

/** The whole suspend callback, for want of a smaller routine. */
function whole(question: Question, fn: FunctionNode): Candidate[] {
  const { shape } = question;
  const type = fn.fact.params[0]?.type.replace(/\*+$/, '');
  if (fn.fact.params.length !== 1 || (type !== 'device' && type !== shape.device)) return [];
  const passed = type === 'device' ? shape.dev(shape.argument) : shape.argument;
  const object = { text: '', argument: shape.argument, declarations: [] };
  return [make(question, object, [`${fn.fact.name}(${passed});`], `${fn.fact.name}()`, [])];
}

function make(
  { scope, file, shape }: Question,
  object: Expression,
  body: readonly string[],
  by: string,
  includes: readonly string[],
): Candidate {
  const resumes = calls(scope, /^(?:devm_)?pm_runtime_enable$/, file) && !/netif|drm_|snd_/.test(by);
  const resume = resumes ? [`pm_runtime_get_sync(${shape.dev(object.argument)});`] : [];
  return {
    existing: null,
    argument: object.argument,
    declarations: object.declarations,
    body: [...resume, ...body],
    includes: resumes ? [...includes, 'linux/pm_runtime.h'] : includes,
    by,
  };
}

/** An argument as the hook would write it. Static routines and locals must be those of the hook's own file. */
function resolve(question: Question, fn: FunctionNode, expression: string): Expression | undefined {
  if (fn.file !== question.file) return undefined;
  return expressionOf(question.shape, fn, expression);
}

function functionsOf({ scope, instance, file }: Question, path: RegExp): FunctionNode[] {
  return instance.members
    .filter((member) => path.test(member.path) && member.value)
    .flatMap((member) => scope.functions(member.value, file))
    .filter((fn) => !fn.fact.isMacro && fn.file === file);
}

/** Suspend callbacks: of the driver struct itself, or of its `dev_pm_ops`, macros included. */
function suspendsOf(question: Question): FunctionNode[] {
  const { scope, instance, file, text } = question;
  const found = functionsOf(question, /^suspend$/);
  const pm = instance.members.find(({ path }) => /(?:^|\.)pm$/.test(path))?.value.replace(/^&/, '');
  if (!pm) return found;
  const names = new Set<string>();
  for (const match of text.matchAll(/\b\w*PM_OPS\w*\s*\(\s*(\w+)\s*,\s*(\w+)/g)) {
    if (match[1] === pm) names.add(match[2]!);
  }
  const at = text.search(new RegExp(`\\bdev_pm_ops\\s+${pm}\\s*=`));
  const table = at < 0 ? '' : text.slice(at, text.indexOf('};', at));
  for (const match of table.matchAll(/\.(?:suspend|freeze|poweroff)\s*=\s*(?:pm_sleep_ptr\()?(\w+)/g))
    names.add(match[1]!);
  for (const match of table.matchAll(/SYSTEM_SLEEP_PM_OPS\s*\(\s*(\w+)/g)) names.add(match[1]!);
  for (const name of names) {
    found.push(...scope.functions(name, file).filter((fn) => !fn.fact.isMacro && fn.file === file));
  }
  return found;
}

function takesApart(fn: FunctionNode): boolean {
  return fn.fact.calls.some(({ name }) =>
    /^(?:kv?free|dma_free|free_irq|free_netdev|\w+_unregister)/.test(name),
  );
}

function calls(scope: ModuleScope, name: RegExp, file?: SourceFile): boolean {
  return scope.module.sources
    .filter((source) => !file || source === file)
    .some(({ facts }) => facts.functions.some((fn) => fn.calls.some((call) => name.test(call.name))));
}
