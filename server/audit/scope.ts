import type { Facts, FlowFact, FunctionFact, InstanceFact, ObjectFact, TableFact } from '../facts/types.ts';

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
}

/** Names of one module: resolves a name as the linker would, statics by file, then the module. */
export class ModuleScope {
  readonly module: ModuleFiles;
  private readonly byFile = new Map<string, Map<string, Node[]>>();
  private readonly global = new Map<string, Node[]>();
  private inTables: Set<string> | undefined;
  private uses: Map<string, Use[]> | undefined;
  private flows: Map<string, { flow: FlowFact; function: FunctionNode }[]> | undefined;

  constructor(module: ModuleFiles) {
    this.module = module;
    for (const file of module.headers) this.add(file, this.global, this.global);
    for (const file of module.sources) {
      const own = this.scopeOf(file.path);
      this.add(file, own, this.global);
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
    for (const file of this.module.sources) yield* nodesOf(file);
  }

  /** Stores into a member of that name anywhere in the module: `priv->dev = …` for `dev`. */
  flowsTo(member: string): readonly { readonly flow: FlowFact; readonly function: FunctionNode }[] {
    if (!this.flows) {
      this.flows = new Map();
      for (const node of this.nodes()) {
        if (node.kind !== 'function') continue;
        for (const flow of node.fact.flows) {
          // A member under its own name, a variable at file scope with a sign before it.
          const [, path, last] = /^(.*(?:->|\.))?(\w+)(?:\[\w*\])?$/.exec(flow.left) ?? [];
          if (!last || (!path && (last === 'return' || isLocal(last, node)))) continue;
          push(this.flows, path ? last : `=${last}`, { flow, function: node });
        }
      }
    }
    return this.flows.get(member) ?? [];
  }

  /** Stores into a variable at file scope: `foo_dev = &pdev->dev`. */
  flowsToVariable(name: string): readonly { readonly flow: FlowFact; readonly function: FunctionNode }[] {
    return this.flowsTo(`=${name}`);
  }

  /** True for a function that some ops table of the module names as a member. */
  isInTable(fn: FunctionNode): boolean {
    if (!this.inTables) {
      this.inTables = new Set();
      for (const file of this.module.sources) {
        for (const object of file.facts.objects)
          for (const { value } of object.members) this.inTables.add(value);
      }
    }
    return this.inTables.has(fn.fact.name);
  }

  /** Calls and macro uses that are handed a variable: `platform_driver_probe(&foo_driver, foo_probe)`. */
  usesOf(variable: string): readonly Use[] {
    if (!this.uses) {
      this.uses = new Map();
      for (const file of this.module.sources) {
        for (const use of file.facts.macroUses) this.noteUse(file, use.name, use.args, use.line, '');
        for (const fn of file.facts.functions) {
          for (const call of fn.calls) this.noteUse(file, call.name, call.args, call.line, fn.name);
        }
      }
    }
    return this.uses.get(variable) ?? [];
  }

  private noteUse(
    file: SourceFile,
    name: string,
    args: readonly string[],
    line: number,
    within: string,
  ): void {
    for (const arg of args) {
      const variable = /^&?(\w+)$/.exec(arg)?.[1];
      if (variable && (arg.startsWith('&') || this.isVariable(variable, file)))
        push(this.uses!, variable, { file, name, args, line, within });
    }
  }

  private isVariable(name: string, file: SourceFile): boolean {
    return this.resolve(name, file).some(({ kind }) => kind === 'instance' || kind === 'object');
  }

  private scopeOf(path: string): Map<string, Node[]> {
    const unit = this.unit(path);
    let scope = this.byFile.get(unit);
    if (!scope) {
      scope = new Map();
      this.byFile.set(unit, scope);
    }
    return scope;
  }

  private unit(path: string): string {
    let unit = path;
    for (let hops = 0; hops < 4; hops++) {
      const includer = this.module.includedBy?.get(unit);
      if (!includer) break;
      unit = includer;
    }
    return unit;
  }

  private add(file: SourceFile, own: Map<string, Node[]>, global: Map<string, Node[]>): void {
    for (const node of nodesOf(file)) {
      const name = node.kind === 'instance' ? node.fact.variable : node.fact.name;
      const isStatic = node.kind === 'table' || node.fact.isStatic;
      push(own, name, node);
      if (!isStatic && own !== global) push(global, name, node);
      if (node.kind === 'table' && own !== global) push(global, name, node);
    }
  }
}

export type FunctionNode = Extract<Node, { kind: 'function' }>;

const NONE: readonly Node[] = [];

/** A parameter, or a local that is (or points to) a struct. */
export function isLocal(name: string, fn: FunctionNode): boolean {
  return fn.fact.locals[name] !== undefined || fn.fact.params.some((param) => param.name === name);
}

function* nodesOf(file: SourceFile): Iterable<Node> {
  const { facts } = file;
  for (const fact of facts.functions) yield { kind: 'function', file, fact };
  for (const fact of facts.objects) yield { kind: 'object', file, fact };
  for (const fact of facts.tables) yield { kind: 'table', file, fact };
  for (const fact of facts.instances) yield { kind: 'instance', file, fact };
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
