import { isLocal, type MemberFlow, type Node, type SourceFile, type Use } from './module.ts';

/** What one file brings into its module's scope; what not every judgement asks for is read when first asked for. */
class FileIndex {
  readonly own = new Map<string, Node[]>();
  /** Those of `own` that other files of the module see. */
  readonly shared = new Map<string, Node[]>();
  readonly nodes: readonly Node[];
  private readonly file: SourceFile;
  private readonly knownUses = new Map<string, readonly Use[]>();
  private knownFlows: ReadonlyMap<string, readonly MemberFlow[]> | undefined;
  private knownTables: ReadonlySet<string> | undefined;
  private knownCalls: ReadonlySet<string> | undefined;

  constructor(file: SourceFile) {
    this.file = file;
    this.nodes = [...nodesOf(file)];
    for (const node of this.nodes) {
      const name = node.kind === 'instance' ? node.fact.variable : node.fact.name;
      push(this.own, name, node);
      if (node.kind === 'table' || !node.fact.isStatic) push(this.shared, name, node);
    }
  }

  /** Calls and macro uses with an argument that is a name or its address. */
  usesOf(variable: string): readonly Use[] {
    let uses = this.knownUses.get(variable);
    if (!uses) {
      uses = readUses(this.file, variable);
      this.knownUses.set(variable, uses);
    }
    return uses;
  }

  /** Stores by the member stored to; into a variable at file scope under `=` and its name. */
  get flows(): ReadonlyMap<string, readonly MemberFlow[]> {
    this.knownFlows ??= readFlows(this.nodes);
    return this.knownFlows;
  }

  /** Values of the members of its ops tables. */
  get inTables(): ReadonlySet<string> {
    const { objects } = this.file.facts;
    this.knownTables ??= new Set(objects.flatMap(({ members }) => members.map(({ value }) => value)));
    return this.knownTables;
  }

  /** Names of functions that its functions call. */
  get called(): ReadonlySet<string> {
    this.knownCalls ??= readCalls(this.file);
    return this.knownCalls;
  }
}

/** A file is part of several scopes: of its module's at each keystroke in another file, of several modules. */
const INDEXES = new WeakMap<SourceFile, FileIndex>();

/** What a file brings, read once for the same facts. */
export function indexOf(file: SourceFile): FileIndex {
  let index = INDEXES.get(file);
  if (!index) {
    index = new FileIndex(file);
    INDEXES.set(file, index);
  }
  return index;
}

function readUses(file: SourceFile, variable: string): Use[] {
  const uses: Use[] = [];
  const address = `&${variable}`;
  const note = (name: string, args: readonly string[], line: number, within: string): void => {
    for (const arg of args) {
      if (arg === variable || arg === address)
        uses.push({ file, name, args, line, within, isAddress: arg === address });
    }
  };
  for (const { name, args, line } of file.facts.macroUses) note(name, args, line, '');
  for (const fn of file.facts.functions) {
    for (const { name, args, line } of fn.calls) note(name, args, line, fn.name);
  }
  return uses;
}

function readCalls(file: SourceFile): Set<string> {
  const called = new Set<string>();
  for (const fn of file.facts.functions) for (const call of fn.calls) called.add(call.name);
  return called;
}

function readFlows(nodes: readonly Node[]): Map<string, MemberFlow[]> {
  const flows = new Map<string, MemberFlow[]>();
  for (const node of nodes) {
    if (node.kind !== 'function') continue;
    for (const flow of node.fact.flows) {
      // A member under its own name, a variable at file scope with a sign before it.
      const [, path, last] = /^(.*(?:->|\.))?(\w+)(?:\[\w*\])?$/.exec(flow.left) ?? [];
      if (!last || (!path && (last === 'return' || isLocal(last, node)))) continue;
      push(flows, path ? last : `=${last}`, { flow, function: node });
    }
  }
  return flows;
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
