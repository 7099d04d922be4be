import type { CallFact } from '../facts/types.ts';
import { type DmaRow, dmaRow, type Kernel, libraryRow } from '../kernel/index.ts';
import { type DeviceContext, isAnothers, isForeign, join, type Origin, originOf } from './device.ts';
import type { DerivedLibraries } from './library-entry.ts';
import type { Buffer, Confidence, Direction, Dma, DmaClass, Evidence } from './model.ts';
import { type FunctionNode, isStandIn, type Node, type SourceFile } from './module.ts';
import { givesRawAddress } from './raw-address.ts';
import { lineOfRef, nameOf, pathOf, placesOf, type Reach, type Step } from './reach.ts';
import type { ModuleScope } from './scope.ts';

/** A use of the DMA API on the way from a driver's entries. */
export interface Use {
  readonly row: Pick<DmaRow, 'name' | 'role' | 'kind' | 'quiescedBy' | 'mask' | 'size' | 'direction'>;
  readonly step: Step;
  readonly file: SourceFile;
  readonly line: number;
  readonly call: CallFact | null;
  readonly origin: Origin;
  readonly derived: boolean;
  /** Of a buffer that lives only as long as one call of the function. */
  readonly transient?: true;
}

/** What the uses of the DMA API say of one driver. */
export interface DmaVerdict {
  readonly dma: Dma;
  readonly confidence: Confidence;
  /** The framework's core that stops the device itself, when all evidence comes through it. */
  readonly quiescedBy: NonNullable<DmaRow['quiescedBy']> | null;
  /** All evidence is of buffers that the function itself frees: nothing is left when it is through. */
  readonly isTransient: boolean;
  /** The driver asks a DMA engine for channels: the engine may be what moves the buffers that it maps. */
  readonly usesEngine: boolean;
}

const MAX_EVIDENCE = 6;
const RANK: readonly DmaClass[] = ['provider', 'direct', 'library', 'client', 'mask-only', 'none'];
const CLASS_OF: Readonly<Record<DmaRow['role'], DmaClass>> = {
  provider: 'provider',
  alloc: 'direct',
  map: 'direct',
  library: 'library',
  client: 'client',
  mask: 'mask-only',
};

/** Judges what a driver's uses of the DMA API come to. */
export function judgeUses(uses: readonly Use[]): DmaVerdict {
  const counted = uses.filter(
    (use) =>
      (!isForeign(use.origin) || use.row.role === 'client') && (use.origin === 'own' || !isService(use.step)),
  );
  const best = RANK.find((cls) => counted.some((use) => CLASS_OF[use.row.role] === cls)) ?? 'none';
  const ofClass = counted.filter((use) => CLASS_OF[use.row.role] === best);
  const proof = best === 'none' ? [] : pick(ofClass);
  const master = counted.filter((use) => isMasters(use.row.role));
  return {
    dma: {
      class: best,
      kind: kindOf(best, master),
      mask: maskOf(counted),
      directions: [...new Set(master.map((use) => directionOf(use)).filter((d) => d !== null))],
      buffers: buffersOf(master),
      evidence: proof.map(toEvidence),
    },
    confidence: confidenceOf(best, ofClass),
    usesEngine: (best === 'direct' || best === 'library') && counted.some((use) => use.row.role === 'client'),
    isTransient: master.length > 0 && master.every((use) => use.transient === true),
    quiescedBy:
      master.length > 0 && master.every((use) => use.row.quiescedBy) ? master[0]!.row.quiescedBy! : null,
  };
}

/**
 * Hands what one driver of a module does on another's device over to that one: a codec's functions that allocate on
 * the device of the core which the module's other driver bound.
 */
export function shareUses(byInstance: ReadonlyMap<string, Use[]>): void {
  for (const uses of [...byInstance.values()]) {
    for (const use of [...uses]) {
      if (!use.origin.startsWith('sibling ') || use.row.role === 'mask') continue;
      byInstance.get(use.origin.slice('sibling '.length))?.push({ ...use, origin: 'own' });
    }
  }
}

/** Every use of the DMA API in what a driver reaches. */
export function collectUses(
  reached: Reach,
  context: DeviceContext,
  libraries: DerivedLibraries,
  kernel?: Kernel,
): Use[] {
  const uses: Use[] = [];
  const raw: Use[] = [];
  for (const step of reached.steps) {
    const { node } = step;
    if (node.kind === 'function') {
      for (const call of node.fact.calls) {
        add(step, call.name, call.line, call, node);
        if (givesRawAddress(context.scope, node, call)) raw.push(rawUse(step, call));
      }
      for (const ref of node.fact.refs) add(step, ref.name, ref.line, null, null);
    } else if (node.kind !== 'instance') {
      for (const name of node.fact.refs) add(step, name, lineOfRef(node, name), null, null);
    }
  }
  // What the DMA API says of the device, its owner included, is better evidence.
  return uses.some(({ row, origin }) => isMasters(row.role) && !isForeign(origin)) ? uses : [...uses, ...raw];

  function add(step: Step, name: string, line: number, call: CallFact | null, fn: FunctionNode | null): void {
    const row = dmaRow(name, kernel) ?? libraryRow(name, kernel);
    const derived = row ? undefined : libraries.get(name);
    if (!row && !derived) return;
    const file = step.node.file;
    // A definition of the module's own under that name is walked instead.
    if (context.scope.functions(name, file).some((fn) => !fn.fact.isMacro && !isStandIn(fn))) return;
    if (row) {
      if (row.when && (!call || !new RegExp(row.when.matches).test(call.args[row.when.arg] ?? ''))) return;
      if (!call && row.role !== 'library' && row.role !== 'provider') return;
      if (row.needs && !hasMember(context.scope, row.needs)) return;
      // A sound buffer that only the CPU copies from: no code asks for its bus address.
      if (/^snd_/.test(row.name) && row.when && !takesBusAddress(context.scope)) return;
      const argument = call && row.device !== null ? call.args[row.device] : undefined;
      const implied =
        row.device !== null
          ? 'unknown'
          : call && fn && row.role === 'provider'
            ? providerOrigin(context, call.args[0] ?? '', fn)
            : storedOrigin(context, name, row.storedIn, step.node);
      const isLent = call && fn && row.role === 'library' && isAnothers(call.args[0] ?? '', fn);
      const origin = isLent ? 'foreign' : argument && fn ? originOf(context, argument, fn) : implied;
      const transient = row.role === 'alloc' && call && fn && isTransient(call, fn);
      uses.push({
        row,
        step,
        file,
        line,
        call,
        origin,
        derived: false,
        ...(transient ? { transient } : {}),
      });
      return;
    }
    // A derived function that is only mentioned is a choice of the framework's; as the driver's own probe, or in a
    // member of its ops that starts something, it is called with the driver's object.
    const isStarted = startsWith(step.node, name);
    if (!derived || (!call && derived.device !== -1 && step.from !== null && !isStarted)) return;
    const argument = derived.device === null ? undefined : call?.args[derived.device];
    const implied = isStarted ? 'own' : 'unknown';
    const origin = argument && fn ? originOf(context, argument, fn) : implied;
    if (derived.client)
      uses.push({ row: { name, role: 'client' }, step, file, line, call, origin, derived: true });
    if (derived.device === null) return;
    const entry = { name, role: 'library' as const, ...(derived.kind ? { kind: derived.kind } : {}) };
    uses.push({ row: entry, step, file, line, call, origin, derived: true });
  }
}

function isMasters(role: DmaRow['role']): boolean {
  return ['provider', 'direct', 'library'].includes(CLASS_OF[role]);
}

/** Memory whose raw address the device gets: nothing says whose device that is. */
function rawUse(step: Step, call: CallFact): Use {
  const row = { name: call.name, role: 'map' as const };
  return { row, step, file: step.node.file, line: call.line, call, origin: 'unknown', derived: false };
}

/** True when some code of the module asks for a buffer's bus address. */
export function takesBusAddress(scope: ModuleScope): boolean {
  return scope.module.sources.some((file) => file.facts.takesBusAddress);
}

/** Memory that only a local points to, and that the same function frees whichever way it goes. */
export function isTransient({ into }: CallFact, { fact }: FunctionNode): boolean {
  if (!into || !/^\w+$/.test(into) || fact.refs.some(({ name }) => name === into)) return false;
  const isKept = fact.flows.some(({ left, right }) => right === into && left !== into);
  return !isKept && fact.calls.some(({ always, args }) => always && args.includes(into));
}

/** True when an ops table has a function in a member that starts the device: `.pcm_construct = mtk_afe_pcm_new`. */
function startsWith(node: Step['node'], name: string): boolean {
  return (
    node.kind === 'object' &&
    node.fact.members.some(({ path, value }) => value === name && STARTING_MEMBER.test(path))
  );
}

/** Members of ops that a framework calls to start what the driver registered. */
const STARTING_MEMBER =
  /(?:^|\.)(?:probe|bind|init|open|start|enable|prepare|hw_params|pcm_construct|pcm_new|queuecommand|ndo_open)$/;

/**
 * The device that the function stores for its framework in the struct that gets the ops:
 * `q->mem_ops = &vb2_dma_contig_memops; q->dev = inst->core->dev`.
 */
export function storedOrigin(
  context: DeviceContext,
  ops: string,
  member: string | undefined,
  node: Node,
): Origin {
  if (!member || node.kind !== 'function') return 'own';
  const { flows } = node.fact;
  const owners = flows
    .filter((flow) => flow.right.replace(/^&/, '') === ops)
    .map((flow) => flow.left.replace(/\w+$/, ''));
  const origins = flows
    .filter((flow) => owners.some((owner) => flow.left === `${owner}${member}`))
    .map((flow) => originOf(context, flow.right, node));
  const argument = origins.find((origin) => origin.startsWith('argument'));
  if (argument) return argument;
  return origins.length > 0 && origins.every(isForeign) ? join(origins) : 'own';
}

/** The device of a DMA engine: what the function stores in the `dev` of the struct that it registers. */
function providerOrigin(context: DeviceContext, engine: string, fn: FunctionNode): Origin {
  const object = engine.replace(/^&/, '');
  const origins = fn.fact.flows
    .filter(({ left }) => left === `${object}->dev` || left === `${object}.dev`)
    .map(({ right }) => originOf(context, right, fn));
  return origins.length > 0 && origins.every(isForeign) ? join(origins) : 'own';
}

/** Reached only from a function that other modules call: evidence when it is surely on the own device. */
function isService(step: Step): boolean {
  let first = step;
  while (first.from) first = first.from;
  return first.isService === true;
}

/** True when an initialiser of that struct has that in that member, or the module has none to look at. */
function hasMember(scope: ModuleScope, needs: NonNullable<DmaRow['needs']>): boolean {
  const objects = scope.module.sources
    .flatMap((file) => file.facts.objects)
    .filter((object) => object.struct === needs.struct);
  if (objects.length === 0) return true;
  return objects.some((object) =>
    object.members.some(
      (member) => member.path === needs.member && new RegExp(needs.matches).test(member.value),
    ),
  );
}

/** Evidence on the own device first, then the shortest ways; one for each API. */
function pick(uses: readonly Use[]): Use[] {
  const seen = new Set<string>();
  const sorted = [...uses].sort((a, b) => Number(b.origin === 'own') - Number(a.origin === 'own'));
  const picked: Use[] = [];
  for (const use of sorted) {
    const key = `${use.row.name}:${nameOf(use.step.node)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    picked.push(use);
    if (picked.length === MAX_EVIDENCE) break;
  }
  return picked;
}

function toEvidence(use: Use): Evidence {
  return {
    file: use.file.path,
    line: use.line,
    api: use.row.name,
    path: pathOf(use.step),
    steps: placesOf(use.step),
  };
}

function confidenceOf(best: DmaClass, uses: readonly Use[]): Confidence {
  if (best === 'provider' || best === 'direct')
    return uses.some((use) => use.origin === 'own') ? 'direct' : 'weak';
  if (best === 'library' || best === 'client') return 'library';
  return best === 'none' ? 'direct' : 'weak';
}

function kindOf(best: DmaClass, uses: readonly Use[]): Dma['kind'] {
  if (best === 'provider') return 'autonomous';
  const kinds = uses.map((use) => use.row.kind).filter((kind) => kind !== undefined);
  if (kinds.includes('autonomous')) return 'autonomous';
  return kinds.includes('request') ? 'request' : 'unknown';
}

/** Widest mask that the driver asks for, in bits. */
function maskOf(uses: readonly Use[]): number | null {
  let widest: number | null = null;
  for (const use of uses) {
    if (use.row.mask === undefined || !use.call) continue;
    const bits = /DMA_BIT_MASK\((\d+)\)/.exec(use.call.args[use.row.mask] ?? '')?.[1];
    if (bits && Number(bits) <= 64) widest = Math.max(widest ?? 0, Number(bits));
  }
  return widest;
}

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  DMA_TO_DEVICE: 'to-device',
  DMA_FROM_DEVICE: 'from-device',
  DMA_BIDIRECTIONAL: 'bidirectional',
  DMA_MEM_TO_DEV: 'to-device',
  DMA_DEV_TO_MEM: 'from-device',
};

function directionOf(use: Use): Direction | null {
  if (use.row.direction !== undefined && use.call)
    return DIRECTIONS[use.call.args[use.row.direction] ?? ''] ?? null;
  return use.row.role === 'alloc' ? 'bidirectional' : null;
}

function buffersOf(uses: readonly Use[]): Buffer[] {
  const buffers: Buffer[] = [];
  for (const use of uses) {
    if (use.row.role !== 'alloc' && use.row.role !== 'map') continue;
    const text = use.row.size === undefined ? '' : (use.call?.args[use.row.size] ?? '');
    buffers.push({ size: constantSize(text), direction: directionOf(use), api: use.row.name });
    if (buffers.length === 16) break;
  }
  return buffers;
}

/** Bytes of a literal or a well-known constant. */
function constantSize(text: string): number | null {
  if (/^(?:0x[\da-f]+|\d+)$/i.test(text)) return Number(text);
  const known: Readonly<Record<string, number>> = {
    PAGE_SIZE: 4096,
    SZ_1K: 1024,
    SZ_2K: 2048,
    SZ_4K: 4096,
    SZ_8K: 8192,
    SZ_16K: 16384,
    SZ_32K: 32768,
    SZ_64K: 65536,
    SZ_128K: 131072,
    SZ_256K: 262144,
    SZ_1M: 1048576,
  };
  const product = text
    .split('*')
    .map((factor) => (/^\d+$/.test(factor) ? Number(factor) : (known[factor] ?? Number.NaN)));
  const size = product.reduce((a, b) => a * b, 1);
  return text !== '' && Number.isFinite(size) ? size : null;
}
