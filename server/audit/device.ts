import { splitList, unwrap } from '../facts/text.ts';
import { accessorRow, busOf, type Kernel } from '../kernel/index.ts';
import { viewOf } from '../kernel/view.ts';
import { type FunctionNode, isLocal } from './module.ts';
import type { Caller } from './reach.ts';
import type { ModuleScope } from './scope.ts';

/** Whose device an expression names, seen from one driver instance. */
export type Origin =
  | 'own'
  /** Another driver's device: a DMA engine's channel, a parent, the USB host. */
  | 'foreign'
  | 'unknown'
  /** The device of another driver struct of this module: its instance's name. */
  | `sibling ${string}`
  /** Looking from an exported function: the device behind its argument of that index. */
  | `argument ${number}`;

/** What tracing needs to know of the instance and of its surroundings. */
export interface DeviceContext {
  readonly scope: ModuleScope;
  /** Struct tag of the driver: `platform_driver`. */
  readonly struct: string;
  /** For the buses that a project adds. */
  readonly kernel?: Kernel;
  /** The module registers a DMA engine: `chan->device->dev` is its own. */
  readonly isProvider: boolean;
  readonly callers: (target: FunctionNode) => readonly Caller[];
  /** The other instance of the module that alone runs a function, where it is not this one's. */
  readonly siblingOf?: (fn: FunctionNode) => string | null;
  /** An exported function whose arguments are what is asked for, in place of an instance's own device. */
  readonly entry?: FunctionNode;
  /** With `entry`: whether the exporting module stores a device of its own driver in such a member. */
  readonly isOwnMember?: (fields: readonly string[]) => boolean;
}

/** Struct tags of a bus's devices. Source: the first argument of each bus's probe in `include/linux`. */
const DEVICE_STRUCT: Readonly<Record<string, string>> = {
  platform_driver: 'platform_device',
  pci_driver: 'pci_dev',
  amba_driver: 'amba_device',
  auxiliary_driver: 'auxiliary_device',
  fsl_mc_driver: 'fsl_mc_device',
  virtio_driver: 'virtio_device',
  spi_driver: 'spi_device',
  i2c_driver: 'i2c_client',
  usb_driver: 'usb_interface',
  sdio_driver: 'sdio_func',
  mdio_driver: 'mdio_device',
  host1x_driver: 'host1x_device',
  cdx_driver: 'cdx_device',
  bcma_driver: 'bcma_device',
  ssb_driver: 'ssb_device',
  of_platform_driver: 'platform_device',
};
const ALL_DEVICE_STRUCTS = new Set(Object.values(DEVICE_STRUCT));
const MAX_DEPTH = 8;
/** Objects whose DMA is the USB host controller's. */
const USB_OBJECTS = new Set(['usb_device', 'usb_interface', 'urb']);

/** ASoC objects: their `dev` is the device that registered them (`include/sound/soc.h`). */
const SOUND_OBJECTS = new Set(['snd_soc_component', 'snd_soc_card', 'snd_soc_pcm_runtime', 'snd_soc_dai']);

/** Tells whose device `expression`, an argument in `from`, is. */
export function originOf(context: DeviceContext, expression: string, from: FunctionNode): Origin {
  const isUsbController = context.struct === 'platform_driver' || context.struct === 'pci_driver';
  const addedDevice = viewOf(context.kernel)?.buses.get(context.struct)?.device;
  return trace(expression, from, MAX_DEPTH, new Set());

  function trace(text: string, fn: FunctionNode, depth: number, seen: Set<string>): Origin {
    const path = unwrap(text);
    const key = `${fn.fact.name}:${path}`;
    if (path === '' || depth === 0 || seen.has(key)) return 'unknown';
    seen.add(key);
    const call = /^(\w+)\((.*)\)((?:->|\.)[\w>.-]+)?$/s.exec(path);
    if (call) return called(call[1]!, splitArguments(call[2]!), call[3] ?? '', fn, depth, seen);
    const parts = path.split(/->|\./).map((part) => /\w+/.exec(part)?.[0] ?? '');
    const root = parts[0]!;
    const fields = parts.slice(1);
    const type = typeOf(root, fn);
    if (context.entry) return fromEntry(root, fields, type, fn, depth, seen);
    const byChain = chain(path, root, fields, type, fn, depth, seen);
    if (byChain) return byChain;
    if (fields.length === 0) return bare(root, fn, depth, seen);
    const behind = substituted(root, fields, fn, depth, seen);
    return behind === 'unknown' ? member(fields, type, depth, seen) : behind;
  }

  /** What a function hands back: its own `return`s where the module defines it, else what is known of the API. */
  function called(
    name: string,
    args: readonly string[],
    rest: string,
    fn: FunctionNode,
    depth: number,
    seen: Set<string>,
  ): Origin {
    const row = accessorRow(name);
    if (row?.leads === 'channel') return engine();
    if (row?.leads === 'other') return 'foreign';
    const origins: Origin[] = [];
    for (const target of context.scope.functions(name, fn.file)) {
      for (const flow of target.fact.flows) {
        if (flow.left !== 'return') continue;
        const right = `${unwrap(flow.right)}${rest}`;
        const root = /^\w+/.exec(right)?.[0];
        const index = target.fact.params.findIndex((param) => param.name === root);
        const isHanded = index >= 0 && !/^\w+\(/.test(right);
        origins.push(
          isHanded
            ? trace(`${args[index] ?? ''}${right.slice(root!.length)}`, fn, depth - 1, seen)
            : trace(right, target, depth - 1, seen),
        );
      }
    }
    const own = join(origins);
    if (own !== 'unknown') return own;
    const inner = trace(`${args[row?.object ?? 0] ?? ''}`, fn, depth - 1, seen);
    return inner === 'unknown' && row?.leads === 'own' ? 'own' : inner;
  }

  /** The device of a DMA engine: this driver's where the module registers one. */
  function engine(): Origin {
    return context.isProvider ? 'own' : 'foreign';
  }

  /** `chan->device->dev`: the core sets `dma_chan.device`; what the module stores under that name is its own. */
  function isEngine(fields: readonly string[], type: string): boolean {
    if (fields.at(-1) !== 'dev' || fields.at(-2) !== 'device') return false;
    return type === 'dma_chan' || context.scope.flowsTo('device').length === 0;
  }

  /** Seen from an exported function: which of its arguments leads here. */
  function fromEntry(
    root: string,
    fields: string[],
    type: string,
    fn: FunctionNode,
    depth: number,
    seen: Set<string>,
  ): Origin {
    if (isEngine(fields, type)) return 'foreign';
    if (USB_OBJECTS.has(type)) return 'foreign';
    if (fields.length > 0 && !isDeviceStruct(type) && context.isOwnMember?.(fields)) return 'foreign';
    // A member that the module fills from a channel: `rx->dma_dev = k3_udma_glue_rx_get_dma_device(…)`.
    if (
      fields.length > 0 &&
      fields.at(-1) !== 'dev' &&
      member(fields, type, depth, new Set()) === 'foreign'
    ) {
      return 'foreign';
    }
    const index =
      fn.fact === context.entry!.fact ? fn.fact.params.findIndex((param) => param.name === root) : -1;
    if (index >= 0) return `argument ${index}`;
    const origin = bare(root, fn, depth, seen);
    return origin === 'unknown' && fields.length > 0 ? member(fields, type, depth, seen) : origin;
  }

  /** What the chain of members alone tells. */
  function chain(
    path: string,
    root: string,
    fields: string[],
    type: string,
    fn: FunctionNode,
    depth: number,
    seen: Set<string>,
  ): Origin | undefined {
    const last = fields.at(-1);
    const beforeLast = fields.at(-2) ?? root;
    if (isEngine(fields, type) || (type === 'dma_device' && last === 'dev')) return engine();
    if (type === 'virtqueue') return context.struct === 'virtio_driver' ? 'own' : 'foreign';
    if (USB_OBJECTS.has(type) || (/sysdev/.test(last ?? '') && /bus/.test(beforeLast))) {
      // The gadget side and host controllers handle such objects on their own device.
      return isUsbController ? undefined : 'foreign';
    }
    if (last === 'sysdev' || last === 'controller') return 'own';
    if (last === 'parent') {
      const isParentOfOwn = /->parent$/.test(path)
        ? // `component->dev->parent`: a device pointer's parent; `ndev->dev.parent` is the device behind a class device.
          isOwnPointer(path.replace(/->parent$/, ''), fn, depth, seen)
        : fields.length === 2
          ? ALL_DEVICE_STRUCTS.has(type)
          : fields.length > 2 && holdsBusDevice(fields.at(-3)!);
      if (isParentOfOwn)
        return busOf(context.struct, context.kernel)?.dma === 'via-parent' ? 'own' : 'foreign';
      return 'own';
    }
    if (type !== '' && type === addedDevice && (fields.length === 0 || last === 'dev')) return 'own';
    if (ALL_DEVICE_STRUCTS.has(type) && (fields.length === 0 || (fields.length === 1 && last === 'dev'))) {
      if (isAnothers(root, fn)) return 'foreign';
      const sibling = context.siblingOf?.(fn);
      if (sibling) return `sibling ${sibling}`;
      if (type === DEVICE_STRUCT[context.struct]) return 'own';
      return busIsHere(type) ? 'own' : undefined;
    }
    return undefined;
  }

  /** True when the module stores a bus device in members of that name: `priv->pdev = pdev`. */
  function holdsBusDevice(member: string): boolean {
    return context.scope
      .flowsTo(member)
      .some(({ flow, function: setter }) => ALL_DEVICE_STRUCTS.has(typeOf(flow.right, setter)));
  }

  /** A local that stands for a path: `dma_dev = chan->device` makes `dma_dev->dev` the channel's device. */
  function substituted(
    root: string,
    fields: string[],
    fn: FunctionNode,
    depth: number,
    seen: Set<string>,
  ): Origin {
    for (const flow of fn.fact.flows) {
      if (flow.left !== root || !/^&?\w+(?:(?:->|\.)\w+)+$/.test(flow.right)) continue;
      const origin = trace(`${flow.right.replace(/^&/, '')}->${fields.join('->')}`, fn, depth - 1, seen);
      if (origin !== 'unknown') return origin;
    }
    return 'unknown';
  }

  /** True when an expression is a pointer to the own device: `component->dev`, `&pdev->dev` saved in `dev`. */
  function isOwnPointer(text: string, fn: FunctionNode, depth: number, seen: Set<string>): boolean {
    const root = /^\w+/.exec(text)?.[0] ?? '';
    if (SOUND_OBJECTS.has(typeOf(root, fn)) || /(?:component|card|rtd|dai)->dev$/.test(text)) return true;
    return /(?:->|^)dev$/.test(text) && trace(text, fn, depth - 1, seen) === 'own';
  }

  /** A name alone: a parameter is what callers pass, a local what was assigned to it. */
  function bare(root: string, fn: FunctionNode, depth: number, seen: Set<string>): Origin {
    const flows = fn.fact.flows.filter((flow) => flow.left === root);
    if (flows.length > 0) return join(flows.map((flow) => trace(flow.right, fn, depth - 1, seen)));
    const index = fn.fact.params.findIndex((param) => param.name === root);
    if (index < 0) return isLocal(root, fn) ? 'unknown' : global(root, depth, seen);
    const callers = context.callers(fn);
    // A callback that a framework calls with the device that this driver registered: `component_ops.bind`.
    if (
      callers.length === 0 &&
      index === 0 &&
      fn.fact.params[0]!.type === 'device*' &&
      context.scope.isInTable(fn)
    ) {
      return 'own';
    }
    const origins = callers
      .slice(0, 12)
      .map((caller) => trace(caller.call.args[index] ?? '', caller.function, depth - 1, seen));
    return join(origins);
  }

  /** A variable at file scope: what the module's functions store in it. */
  function global(name: string, depth: number, seen: Set<string>): Origin {
    const stores = context.scope.flowsToVariable(name);
    return join(stores.map(({ flow, function: fn }) => trace(flow.right, fn, depth - 1, seen)));
  }

  /**
   * A saved device: what the module stores in members of that name, of the same struct where both are known.
   * @param type tag of the struct that the path starts at
   */
  function member(fields: string[], type: string, depth: number, seen: Set<string>): Origin {
    const name = fields.at(-1)!;
    const holder = name === 'dev' && fields.length > 1 ? fields.at(-2)! : '';
    const owner = fields.length === 1 ? type : ownerOf(fields.at(-2)!);
    const suffix = new RegExp(`(?:^|->|\\.)${holder}(?:->|\\.)${name}$`);
    const stores = context.scope.flowsTo(name);
    const held = holder ? stores.filter(({ flow }) => suffix.test(flow.left)) : [];
    const ofOwner = owner ? stores.filter(({ flow, function: fn }) => holderOf(flow.left, fn) === owner) : [];
    for (const some of [held, ofOwner, holder ? [] : stores]) {
      const origin = stored(some, depth, seen);
      if (origin !== 'unknown') return origin;
    }
    // `priv->pdev->dev`: the device of a saved bus device.
    return holder && held.length === 0 ? member([holder], '', depth, seen) : 'unknown';
  }

  function stored(stores: ReturnType<ModuleScope['flowsTo']>, depth: number, seen: Set<string>): Origin {
    const origins: Origin[] = [];
    for (const { flow, function: fn } of stores) {
      origins.push(trace(flow.right, fn, depth - 1, seen));
      if (origins.at(-1) === 'own' || origins.length > 8) break;
    }
    return join(origins);
  }

  /** Tag of the struct that members of that name point to, by what is stored in them. */
  function ownerOf(name: string): string {
    for (const { flow, function: fn } of context.scope.flowsTo(name)) {
      const type = /^&?\w+$/.test(flow.right) ? typeOf(flow.right.replace('&', ''), fn) : '';
      if (type) return type;
    }
    return '';
  }

  /** Tag of the struct that `x->dev` belongs to. */
  function holderOf(left: string, fn: FunctionNode): string {
    const root = /^(\w+)(?:->|\.)\w+$/.exec(left)?.[1];
    return root ? typeOf(root, fn) : '';
  }

  function busIsHere(type: string): boolean {
    for (const node of context.scope.nodes()) {
      if (node.kind === 'instance' && DEVICE_STRUCT[node.fact.struct] === type) return true;
    }
    return false;
  }
}

/** True for a local that holds what another driver made or is bound to: `mbox_pdev = of_find_device_by_node(…)`. */
export function isAnothers(local: string, { fact }: FunctionNode): boolean {
  return fact.calls.some(({ name, into }) => into === local && accessorRow(name)?.leads === 'other');
}

/** True for a device that is not this driver's for sure. */
export function isForeign(origin: Origin): boolean {
  return origin === 'foreign' || origin.startsWith('sibling');
}

/** One own device is enough; foreign only when every way leads to somebody else. */
export function join(origins: readonly Origin[]): Origin {
  if (origins.includes('own')) return 'own';
  const argument = origins.find((origin) => origin.startsWith('argument'));
  if (argument) return argument;
  if (origins.includes('unknown') || origins.length === 0) return 'unknown';
  return origins.find((origin) => origin.startsWith('sibling')) ?? 'foreign';
}

/** Top-level commas only: an argument may be a call itself. */
function splitArguments(text: string): string[] {
  return splitList(text, 0, text.length).map(([from, to]) => text.slice(from, to));
}

function isDeviceStruct(type: string): boolean {
  return type === 'device' || ALL_DEVICE_STRUCTS.has(type);
}

function typeOf(root: string, fn: FunctionNode): string {
  return (
    fn.fact.locals[root] ??
    fn.fact.params.find((param) => param.name === root)?.type.replace(/\*+$/, '') ??
    ''
  );
}
