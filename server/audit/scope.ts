import { indexOf } from './file-index.ts';
import type { FunctionNode, MemberFlow, ModuleFiles, Node, SourceFile, Use } from './module.ts';

/** Names of one module: resolves a name as the linker would, statics by file, then the module. */
export class ModuleScope {
  readonly module: ModuleFiles;
  private readonly byFile = new Map<string, ReadonlyMap<string, readonly Node[]>>();
  private readonly global = new Map<string, readonly Node[]>();
  private readonly flows = new Map<string, readonly MemberFlow[]>();

  constructor(module: ModuleFiles) {
    this.module = module;
    for (const file of module.headers) merge(this.global, indexOf(file).own);
    for (const file of module.sources) {
      const { own, shared } = indexOf(file);
      const unit = this.unit(file.path);
      const known = this.byFile.get(unit);
      this.byFile.set(unit, known ? merge(new Map(known), own) : own);
      merge(this.global, shared);
    }
  }

  /** The definitions that a name means in a file; several where `#ifdef` gives alternatives. */
  resolve(name: string, from: SourceFile): readonly Node[] {
    return this.byFile.get(this.unit(from.path))?.get(name) ?? this.global.get(name) ?? NONE;
  }

  /** The functions that a name means in a file. */
  functions(name: string, from: SourceFile): FunctionNode[] {
    return this.resolve(name, from).filter((node): node is FunctionNode => node.kind === 'function');
  }

  /** All definitions in the module's own sources. */
  *nodes(): Iterable<Node> {
    for (const file of this.module.sources) yield* indexOf(file).nodes;
  }

  /** True when any function of the module calls something of that kind. */
  callsAny(matches: (name: string) => boolean): boolean {
    return this.module.sources.some((file) => [...indexOf(file).called].some(matches));
  }

  /** Stores into a member of that name anywhere in the module: `priv->dev = …` for `dev`. */
  flowsTo(member: string): readonly MemberFlow[] {
    let found = this.flows.get(member);
    if (!found) {
      found = this.module.sources.flatMap((file) => indexOf(file).flows.get(member) ?? []);
      this.flows.set(member, found);
    }
    return found;
  }

  /** Stores into a variable at file scope: `foo_dev = &pdev->dev`. */
  flowsToVariable(name: string): readonly MemberFlow[] {
    return this.flowsTo(`=${name}`);
  }

  /** True for a function that some ops table of the module names as a member. */
  isInTable(fn: FunctionNode): boolean {
    return this.module.sources.some((file) => indexOf(file).inTables.has(fn.fact.name));
  }

  /** Calls and macro uses that are handed a variable: `platform_driver_probe(&foo_driver, foo_probe)`. */
  usesOf(variable: string): readonly Use[] {
    return this.module.sources.flatMap((file) =>
      indexOf(file)
        .usesOf(variable)
        .filter(({ isAddress }) => isAddress || this.isVariable(variable, file)),
    );
  }

  private isVariable(name: string, file: SourceFile): boolean {
    return this.resolve(name, file).some(({ kind }) => kind === 'instance' || kind === 'object');
  }

  private unit(path: string): string {
    const { includedBy } = this.module;
    if (!includedBy || includedBy.size === 0) return path;
    let unit = path;
    for (let hops = 0; hops < 4; hops++) {
      const includer = includedBy.get(unit);
      if (!includer) break;
      unit = includer;
    }
    return unit;
  }
}

const NONE: readonly Node[] = [];
/** Adds definitions to a map whose lists may be another map's. */
function merge(
  into: Map<string, readonly Node[]>,
  more: ReadonlyMap<string, readonly Node[]>,
): Map<string, readonly Node[]> {
  for (const [name, nodes] of more) {
    const known = into.get(name);
    into.set(name, known ? [...known, ...nodes] : nodes);
  }
  return into;
}
