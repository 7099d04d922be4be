import { isTalk } from '../facts/body.ts';
import type { CallFact } from '../facts/types.ts';
import { configMatters } from '../kernel/config.ts';
import { type Kernel, quiesceRow, statedQuiesceRow } from '../kernel/index.ts';
import type { FunctionNode, Node } from './module.ts';
import type { ModuleScope } from './scope.ts';

/** How far a hook's code goes towards stopping the device (see `QuiesceLevel`), and what that hangs on. */
export interface Stop {
  readonly level: number;
  /** CONFIG conditions without which the level falls below that of a stop. */
  readonly conditions: readonly string[];
  /** What does it: the call that gives the level, for messages. */
  readonly by: string | null;
}

/** The condition of code that returns early while somebody uses the device, which at kexec is the usual case. */
export const WHILE_UNUSED = 'the use count that it returns on being zero';

/** From this level on a hook stops the device's DMA. */
export const STOPS_AT = 2;

const NOTHING: Stop = { level: 0, conditions: [], by: null };
const MAX_DEPTH = 8;

/** Calls that write a register. The value and the register are judged by name. */
const REGISTER_WRITE =
  /^(?:(?:__raw_)?write[bwlq](?:_relaxed)?|(?:io|lo_hi_|hi_lo_)write\w*|iowrite\d+\w*|out(?:b|w|l|_8|_be\d+|_le\d+)|regmap_(?:write|update_bits|set_bits|clear_bits|field_write)\w*|\w*(?:writel|write(?:8|16|32|64)|write_reg|reg_write|_write|_wr|_setbits|_clrbits|_set_bits|_clear_bits|_rmw|_update))$/i;
/** Registers that only gate or acknowledge interrupts. */
const INTERRUPT = /INT|IRQ|IMR|IER|IMASK|ISR|_IE\b|EIMC|MASK(?!ED)/i;
/** Registers that arm wake-up or keep notes: whatever is written there, the engine goes on. */
const WAKE_UP = /WOL|WAKE|PME|STICKY|REVID|_REV\b|SCRATCH/i;
/** Registers of a device that power its PHY, and values that set the link's speed: the engine goes on. */
const OF_PHY = /(?:_|\b)(?:PHY|SPEED)(?:_|\b)/;
/** A register of an Ethernet PHY behind MDIO (`include/uapi/linux/mii.h`): the MAC goes on. */
const PHY_REGISTER = /^(?:MII_[A-Z]\w*|MDIO_[A-Z]\w*)$/;
/** The accessors of such registers, of the kernel's or of a driver's own: `mdiobus_write`, `foo_mdio_read`. */
const PHY_ACCESS = /(?:^|_)(?:mdio|mdiobus|mii|phy)_(?:__)?(?:read|write|modify)/;
/** Functions of other modules and ops whose names say that they stop something. */
const STOPPING =
  /(?:^|_)(?:stop|halt|disable|shutdown|suspend|remove|reset|quiesce|teardown|exit|deinit|uninit|fini|down|close|release|off|unregister|unload|detach|disconnect|kill|abort|flush|terminate|freeze|idle|poweroff|del|destroy|clear|cleanup|free|unbind|unmap|park|pause|cancel)(?:_|$)/i;
/** The same words about things that are no DMA engine. */
const NOT_THE_ENGINE =
  /irq|interrupt|timer|work|led|wake|phy|regulator|vcc|vdd|gpio|backlight|panel|sysfs|debugfs|mutex|lock|tasklet|napi|notif/i;
/** Calls that gate what their argument names. */
const GATE = /^(?:(?:devm_)?clk_|reset_control_|regulator_|gpiod?_|phy_)/;
/** The kernel's containers, counters and files: what is removed or cleared there is no device. */
const BOOKKEEPING =
  /^(?:__)?(?:h?list|llist|idr|ida|xa|xas|rb|radix_tree|bitmap|kmem_cache|mempool|k[vz]?free|vfree|skb|dev_kfree|kfifo|sysfs|debugfs|proc|device_remove|class|cdev|misc_deregister|kobject|krealloc|put|of_node|atomic|refcount|kref|hash|completion|wait|memcg|mod_|module)(?:_|$)|_bit(?:_unlock)?$|_drvdata$/;
/** A hook that hands over to the paired struct: nothing happens when that has no `.shutdown`. */
const PAIRED: Readonly<Record<string, { struct: string; member: string }>> = {
  usb_hcd_platform_shutdown: { struct: 'hc_driver', member: 'shutdown' },
  usb_hcd_pci_shutdown: { struct: 'hc_driver', member: 'shutdown' },
};

/** Reads the code of hooks of one module, functions resolved through the module. */
export class StopReader {
  private readonly scope: ModuleScope;
  private readonly kernel: Kernel | undefined;
  private readonly elsewhere: ReadonlyMap<string, number> | undefined;
  private readonly memo = new Map<object, Stop>();
  private readonly open = new Set<object>();

  /** @param elsewhere levels of exported functions of other modules */
  constructor(scope: ModuleScope, kernel?: Kernel, elsewhere?: ReadonlyMap<string, number>) {
    this.scope = scope;
    this.elsewhere = elsewhere;
    this.kernel = kernel;
  }

  /** What a function named in a file does, wherever it is defined. */
  ofName(name: string, from: FunctionNode | null, file: FunctionNode['file'], depth = MAX_DEPTH): Stop {
    const paired = PAIRED[name];
    if (paired && !this.hasMember(paired.struct, paired.member))
      return { ...NOTHING, by: `${name} without ${paired.struct}.${paired.member}` };
    const stated = statedQuiesceRow(name, this.kernel);
    if (stated) return { level: stated.level, conditions: [], by: name };
    const row = quiesceRow(name, this.kernel);
    const own = this.scope.functions(name, file).filter((fn) => !fn.fact.isMacro);
    if (row && own.length === 0) return { level: row.level, conditions: [], by: name };
    if (own.length > 0) return this.ofAlternatives(name, own, depth);
    const macro = this.scope.functions(name, file);
    if (macro.length > 0 && from) return this.ofAlternatives(name, macro, depth);
    if (isTalk(name)) return NOTHING;
    const level = this.elsewhere?.get(name);
    return level === undefined ? byName(name) : { level, conditions: [], by: name };
  }

  /** What a function's body does. */
  ofFunction(fn: FunctionNode, depth = MAX_DEPTH): Stop {
    const known = this.memo.get(fn.fact);
    if (known) return known;
    if (depth === 0 || this.open.has(fn.fact)) return NOTHING;
    this.open.add(fn.fact);
    let best: Stop = fn.fact.stores > 0 ? { level: 1, conditions: [], by: null } : NOTHING;
    for (const call of fn.fact.calls) {
      if (call.powerOffOnly || endsWhatItBegan(call, fn.fact.calls)) continue;
      const stop = withConditions(this.ofCall(call, fn, depth), call.conditions);
      best = better(best, stop);
    }
    if (fn.fact.bailsOut && best.level >= STOPS_AT) {
      best = { ...best, conditions: [...best.conditions, WHILE_UNUSED] };
    }
    this.open.delete(fn.fact);
    this.memo.set(fn.fact, best);
    return best;
  }

  /** Several definitions of a name: `#ifdef` gives one or the other. */
  private ofAlternatives(name: string, functions: readonly FunctionNode[], depth: number): Stop {
    const stops = functions.map((fn) => ({ fn, stop: this.ofFunction(fn, depth - 1) }));
    const best = stops.reduce((a, b) => (a.stop.level >= b.stop.level ? a : b));
    const conditions = (best.fn.fact.conditions ?? []).filter(configMatters);
    if (areStandIns(functions)) {
      const level = this.elsewhere?.get(name);
      const real = level === undefined ? byName(name) : { ...NOTHING, level, by: name };
      return { ...real, conditions: conditions.map((condition) => condition.replace(/!/g, '')) };
    }
    const weaker = stops.some(({ stop }) => stop.level < STOPS_AT);
    return weaker && best.stop.level >= STOPS_AT ? withConditions(best.stop, conditions) : best.stop;
  }

  private ofCall(call: CallFact, fn: FunctionNode, depth: number): Stop {
    if (PHY_ACCESS.test(call.name) || call.args.some((arg) => PHY_REGISTER.test(arg)))
      return { level: 1, conditions: [], by: null };
    if (call.name.startsWith('->')) return this.ofMember(call.name.slice(2), depth);
    if (
      REGISTER_WRITE.test(call.name) &&
      this.scope.functions(call.name, fn.file).every((node) => writesInside(node))
    ) {
      return ofWrite(call);
    }
    const named = this.ofName(call.name, fn, fn.file, depth);
    // A clock, reset line or supply of something else than the engine: its PHY, an LED.
    const isOther = named.level <= 3 && GATE.test(call.name) && NOT_THE_ENGINE.test(call.args.join(','));
    const stop = isOther ? { ...named, level: Math.min(named.level, 1) } : named;
    // Functions handed on are called: `bus_for_each_dev(…, foo_stop)`.
    return call.args.reduce((best, arg) => {
      const name = arg.replace(/^&/, '');
      if (!/^[a-z_]\w+$/.test(name)) return best;
      const handed = this.scope.functions(name, fn.file).filter((node) => !node.fact.isMacro);
      return handed.reduce((a, b) => better(a, this.ofFunction(b, depth - 1)), best);
    }, stop);
  }

  /** A call through an ops table: any function that a table of the module has under that member may be meant. */
  private ofMember(member: string, depth: number): Stop {
    let best: Stop | null = null;
    for (const node of this.tables()) {
      for (const { path, value } of node.fact.members) {
        if (path.split('.').at(-1) !== member) continue;
        for (const target of this.scope.functions(value, node.file)) {
          const stop = this.ofFunction(target, depth - 1);
          best = best ? better(best, stop) : stop;
        }
      }
    }
    for (const { flow, function: setter } of this.scope.flowsTo(member)) {
      for (const target of this.scope.functions(flow.right.replace(/^&/, ''), setter.file)) {
        const stop = this.ofFunction(target, depth - 1);
        best = best ? better(best, stop) : stop;
      }
    }
    return best && best.level >= STOPS_AT ? best : better(best ?? NOTHING, byName(member));
  }

  private *tables(): Iterable<Extract<Node, { kind: 'object' }>> {
    for (const file of [...this.scope.module.sources, ...this.scope.module.headers]) {
      for (const fact of file.facts.objects) yield { kind: 'object', file, fact };
    }
  }

  private hasMember(struct: string, member: string): boolean {
    const objects = [...this.tables()].filter((node) => node.fact.struct === struct);
    return (
      objects.length === 0 || objects.some((node) => node.fact.members.some(({ path }) => path === member))
    );
  }
}

/** Accessors of a driver's own data: a body that calls nothing else does nothing. */
const GETTER =
  /^(?:\w+_get_(?:drv|client|intf)data|netdev_priv|shost_priv|hcd_to_\w+|to_\w+|\w+_to_\w+|container_of\w*|dev_name|pci_name)$/;

/** A body that calls nothing (but for logging and getting at its own data) and stores nothing. */
export function isEmpty(fn: FunctionNode): boolean {
  return fn.fact.stores === 0 && fn.fact.calls.every((call) => GETTER.test(call.name));
}

/** Empty definitions under a negated option: the real one is elsewhere, under the option. */
export function areStandIns(functions: readonly FunctionNode[]): boolean {
  return (
    functions.length > 0 &&
    functions.every(
      (fn) =>
        isEmpty(fn) &&
        (fn.fact.conditions ?? []).some((condition) => configMatters(condition) && condition.includes('!')),
    )
  );
}

/** True for the second of a pair such as `clk_enable()` … `clk_disable()`: it ends what the function itself began. */
function endsWhatItBegan(call: CallFact, calls: readonly CallFact[]): boolean {
  if (!/clk|clock/.test(call.name) || !/disable/.test(call.name)) return false;
  const neutral = (name: string): string => name.replace(/_?(?:un)?prepare|enable|disable/g, '');
  const pair = neutral(call.name);
  return calls.some(
    (other) => other.line < call.line && /enable/.test(other.name) && neutral(other.name) === pair,
  );
}

/** A function of another module that no row knows: judged by its name, with the benefit of the doubt. */
function byName(name: string): Stop {
  if (STOPPING.test(name) && !NOT_THE_ENGINE.test(name) && !BOOKKEEPING.test(name))
    return { level: 2, conditions: [], by: name };
  return { level: 1, conditions: [], by: null };
}

/** A register write: interrupts only, or something that can stop an engine. */
function ofWrite(call: CallFact): Stop {
  const text = call.args.join(',');
  const level =
    WAKE_UP.test(text) ||
    OF_PHY.test(text) ||
    (INTERRUPT.test(text) &&
      !/\b(?:EN|CTRL|CR|CMD|RUN|RST|RESET|DMA)/i.test(text.replace(/\w*(?:INT|IRQ)\w*/gi, '')))
      ? 1
      : 3;
  return { level, conditions: [], by: `${call.name}(${text})` };
}

/** A wrapper of the module's own around a register write is a register write. */
function writesInside(node: FunctionNode): boolean {
  return node.fact.isMacro === true || node.fact.calls.some((call) => REGISTER_WRITE.test(call.name));
}

function withConditions(stop: Stop, conditions: readonly string[] | undefined): Stop {
  const more = (conditions ?? []).filter(configMatters);
  return more.length === 0 || stop.level < STOPS_AT
    ? stop
    : { ...stop, conditions: [...stop.conditions, ...more] };
}

/** The higher level; among stops, the one that hangs on nothing. */
function better(a: Stop, b: Stop): Stop {
  if (a.level >= STOPS_AT && b.level >= STOPS_AT && a.conditions.length !== b.conditions.length) {
    return a.conditions.length < b.conditions.length ? a : b;
  }
  return b.level > a.level ? b : a;
}
