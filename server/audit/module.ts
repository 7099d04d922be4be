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

export type FunctionNode = Extract<Node, { kind: 'function' }>;

/** A store into a member, and the function in which it stands. */
export interface MemberFlow {
  readonly flow: FlowFact;
  readonly function: FunctionNode;
}

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
