import { type DeviceContext, originOf } from './device.ts';
import type { Examined } from './examined.ts';
import type { Quiescer } from './model.ts';
import type { FunctionNode, SourceFile } from './module.ts';
import type { Reach } from './reach.ts';
import type { ModuleScope } from './scope.ts';
import { STOPS_AT, type StopReader } from './stop.ts';

/** Calls that put a block into a display pipeline, which the aggregate's hook switches off. */
const PIPELINE =
  /^(?:drmm?_(?:crtc|universal_plane|plane|encoder|simple_encoder|bridge|connector|panel|writeback_connector)\w*|drm_of_find_panel_or_bridge|of_drm_find_\w+)$/;
/** Tables through which user space calls in: nothing of the display's own work. Source: `include/drm/drm_drv.h`. */
const USER_TABLES = new Set(['drm_driver', 'drm_ioctl_desc', 'file_operations']);
/** What a hook calls that switches off every display of its device. Source: `drivers/gpu/drm/drm_atomic_helper.c`. */
const SWITCHES_DISPLAYS_OFF = /^drm_(?:atomic_helper_(?:shutdown|disable_all)|helper_force_disable_all)$/;

/** True for the call that a hook's verdict rests on when it switches off every display. */
export function switchesDisplaysOff(stopsBy: string | null): boolean {
  return stopsBy !== null && SWITCHES_DISPLAYS_OFF.test(stopsBy);
}

/** True when reached code takes the driver data of a device other than the driver's own. */
export function sharesAnother(reached: Reach, device: DeviceContext): boolean {
  return reached.steps.some(
    ({ node }) =>
      node.kind === 'function' &&
      node.fact.calls.some(({ name, args }) => {
        if (name !== 'platform_get_drvdata') return false;
        // A local is what was stored in it: `dmac = data->dmac`.
        const path = node.fact.flows.find(({ left }) => left === args[0])?.right ?? args[0] ?? '';
        return /->|\./.test(path) && originOf(device, path, node) !== 'own';
      }),
  );
}

/**
 * True when the aggregate's hook reaches a component: it is part of a display pipeline, or other files of the module
 * call functions of it there that write to its hardware. A block that works on its own jobs, handed in by user space through the aggregate, is not
 * switched off with the displays.
 */
export function isDriven(scope: ModuleScope, reached: Reach, file: SourceFile, reader: StopReader): boolean {
  for (const { node } of reached.steps) {
    if (node.kind === 'function' && node.fact.calls.some((call) => PIPELINE.test(call.name))) return true;
  }
  const own = new Set(
    file.facts.functions
      .filter((fact) => !fact.isStatic && !fact.isMacro)
      .filter((fact) => reader.ofFunction({ kind: 'function', file, fact }).level >= STOPS_AT)
      .map((fact) => fact.name),
  );
  if (own.size === 0) return false;
  const forUsers = namedForUsers(scope);
  return scope.module.sources.some(
    (other) =>
      other !== file &&
      (other.facts.functions.some((fn) => !forUsers.has(fn.name) && mentions(fn, own)) ||
        other.facts.objects.some(
          (object) => !USER_TABLES.has(object.struct) && object.refs.some((ref) => own.has(ref)),
        )),
  );
}

/** Functions that the module's tables for user space name. */
function namedForUsers(scope: ModuleScope): Set<string> {
  const names = new Set<string>();
  for (const { facts } of scope.module.sources) {
    for (const object of facts.objects) {
      if (USER_TABLES.has(object.struct)) for (const ref of object.refs) names.add(ref);
    }
  }
  return names;
}

function mentions(fn: FunctionNode['fact'], names: ReadonlySet<string>): boolean {
  return fn.calls.some((call) => names.has(call.name)) || fn.refs.some((ref) => names.has(ref.name));
}

/** Another driver of the module whose effective hook stops this one's device as well. */
export function siblingThatStops(one: Examined, all: readonly Examined[]): Quiescer | null {
  const others = all.filter(
    ({ driver }) => driver.instance !== one.driver.instance && driver.hook.state === 'present',
  );
  const sameBus = others.filter(({ driver }) => driver.bus === one.driver.bus);
  if (one.isComponent) {
    const display = others.find((other) => other.switchesDisplaysOff);
    if (display) return quiescer('aggregate', display);
  }
  if (one.driver.confidence !== 'direct') {
    const parent = sameBus.find((other) => other.populates);
    if (parent) return quiescer('parent', parent);
  }
  // The channels of a block whose shared part has a driver of its own.
  return one.sharesAnother && sameBus.length === 1 ? quiescer('parent', sameBus[0]!) : null;
}

function quiescer(kind: Quiescer['kind'], { driver }: Examined): Quiescer {
  return { kind, by: driver.instance, file: driver.file, line: driver.line };
}
