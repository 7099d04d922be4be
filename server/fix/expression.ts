import type { FunctionNode } from '../audit/module.ts';
import type { HookShape } from './devices.ts';

/** An expression of another function, written so that the hook can use it. */
export interface Expression {
  readonly text: string;
  /** Name of the hook's argument that it starts from. */
  readonly argument: string;
  /** Declarations that the hook needs for it, in order. */
  readonly declarations: readonly string[];
}

const MAX_LOCALS = 4;

/**
 * Follows an expression of a remove or suspend callback back to the callback's argument: its locals become locals of
 * the hook. Undefined where a value comes from elsewhere.
 */
export function expressionOf(shape: HookShape, fn: FunctionNode, expression: string): Expression | undefined {
  if (/^-?\d+$|^(?:true|false|NULL)$|^[A-Z][A-Z0-9_]+$/.test(expression)) {
    return { text: expression, argument: argumentOf(shape, fn), declarations: [] };
  }
  const declarations: string[] = [];
  const argument = argumentOf(shape, fn);
  const seen = new Set<string>();
  if (!follow(expression)) return undefined;
  return { text: spaced(expression), argument, declarations };

  /** Declares what an expression needs, innermost first; false where that is not known. */
  function follow(text: string): boolean {
    const roots = rootsOf(text);
    return roots.length > 0 && roots.every((root) => declare(root));
  }

  function declare(root: string): boolean {
    if (root === argument || seen.has(root)) return true;
    seen.add(root);
    if (seen.size > MAX_LOCALS) return false;
    const param = fn.fact.params.find(({ name }) => name === root);
    if (param) {
      // A suspend callback is handed the struct device.
      if (param.type !== 'device*') return false;
      declarations.push(`struct device *${root} = ${shape.dev(argument)};`);
      return true;
    }
    const tag = fn.fact.locals[root];
    const values = new Set(fn.fact.flows.filter(({ left }) => left === root).map(({ right }) => right));
    const right = values.size === 1 ? [...values][0] : undefined;
    if (!tag || !right || !follow(right)) return false;
    declarations.push(`struct ${tag} *${root} = ${spaced(right)};`);
    return true;
  }
}

/** The name under which the hook gets its device: as in the function that it is built from, where that fits. */
function argumentOf(shape: HookShape, fn: FunctionNode): string {
  const first = fn.fact.params[0];
  return first?.name && first.type.replace(/\*+$/, '') === shape.device ? first.name : shape.argument;
}

/** Identifiers that are values: no members, no functions called. */
function rootsOf(text: string): string[] {
  const roots: string[] = [];
  for (const match of text.matchAll(/(?<![\w.]|->)([A-Za-z_]\w*)(?!\w|\()/g)) {
    if (!/^(?:struct|[A-Z][A-Z0-9_]*)$/.test(match[1]!)) roots.push(match[1]!);
  }
  return roots;
}

function spaced(text: string): string {
  return text.replace(/,\s*/g, ', ');
}
