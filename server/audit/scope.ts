import type { Facts, FlowFact, FunctionFact, InstanceFact, ObjectFact, TableFact } from '../facts/types.ts';
import { indexOf } from './file-index.ts';

/** A file of a module, with its facts. */
export interface SourceFile {
  /** From the kernel root, or as given where there is none. */
  readonly path: string;
  readonly facts: Facts;
}

/** The files that are linked into one module, and the headers that its files include from the tree. */
export interface ModuleFiles {
  /** Path of the module without suffix, `drivers/net/foo/foo`; null for a file that no Makefile claims. */
  readonly name: string | null;
  readonly sources: readonly SourceFile[];
  readonly headers: readonly SourceFile[];
  /** Sources that another source takes in by `#include "x.c"`: included file to includer. */
  readonly includedBy?: ReadonlyMap<string, string>;
  /** What must be set for the module to be built. */
  readonly configs?: readonly string[];
  /** What must be set besides for single sources, by path. */
  readonly sourceConfigs?: ReadonlyMap<string, readonly string[]>;
}

/** A definition at file scope: a node of the module's graph. */
export type Node =
  | { readonly kind: 'function'; readonly file: SourceFile; readonly fact: FunctionFact }
  | { readonly kind: 'object'; readonly file: SourceFile; readonly fact: ObjectFact }
  | { readonly kind: 'table'; readonly file: SourceFile; readonly fact: TableFact }
  | { readonly kind: 'instance'; readonly file: SourceFile; readonly fact: InstanceFact };

/** A call or macro use that is handed some variable. */
export interface Use {
  readonly file: SourceFile;
  readonly name: string;
  readonly args: readonly string[];
  readonly line: number;
  /** Enclosing function, `''` at file scope. */
  readonly within: string;
  /** `&variable`; else the name alone, which may be a local's. */
  readonly isAddress: boolean;
}

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

export type FunctionNode = Extract<Node, { kind: 'function' }>;

/** A store into a member, and the function in which it stands. */
export interface MemberFlow {
  readonly flow: FlowFact;
  readonly function: FunctionNode;
}

const NONE: readonly Node[] = [];
const NEGATED_OPTION = /!.*\b(?:CONFIG_\w|IS_(?:ENABLED|REACHABLE|BUILTIN|MODULE)\b)/;

/**
 * An empty `static inline` of a header under a negated option: what callers get where the module that exports the real
 * function is not built. It says nothing of what a call of that name does.
 */
export function isStandIn({ file, fact }: FunctionNode): boolean {
  return (
    file.path.endsWith('.h') &&
    fact.isStatic &&
    fact.calls.length === 0 &&
    fact.stores === 0 &&
    (fact.conditions ?? []).some((condition) => NEGATED_OPTION.test(condition))
  );
}

/** A parameter, or a local that is (or points to) a struct. */
export function isLocal(name: string, fn: FunctionNode): boolean {
  return fn.fact.locals[name] !== undefined || fn.fact.params.some((param) => param.name === name);
}

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
