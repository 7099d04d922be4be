import { ALWAYS, allOf, anyOf, type Guards } from './guards.ts';
import type { Template } from './template.ts';
import type { AssignOperator } from './types.ts';
import { type Marker, splitMarkers, type Word, word } from './words.ts';

/** Where in the conditionals a statement stands: one step for each conditional it is inside of. */
export type BranchPath = readonly { readonly id: number; readonly index: number }[];

/** The state under which text is expanded. */
export interface Context {
  readonly branch: BranchPath;
  /** Conditions of the branches around. */
  readonly guards: Guards;
  /** `foreach` variables and `call` parameters. */
  readonly locals?: ReadonlyMap<string, readonly Word[]>;
}

export const TOP: Context = { branch: [], guards: ALWAYS };

interface Item {
  readonly words: readonly Word[] | undefined;
  readonly template: Template;
  readonly guards: Guards;
  readonly branch: BranchPath;
  /** Given with `=` or `:=`: hides what came before it in the same branch. */
  readonly resets: boolean;
}

interface Variable {
  simple: boolean;
  items: Item[];
}

/** Initialised with `:=` by `scripts/Makefile.build`, so that `+=` expands at once. */
const SIMPLE =
  /^(?:obj|lib|always|subdir|ccflags|asflags|cppflags|ldflags|subdir-ccflags|subdir-asflags)-|^(?:targets|EXTRA_CFLAGS)$/;

type Expand = (template: Template, context: Context) => Word[];

/** The variables of one directory's Makefile, with what was assigned under which condition. */
export class Scope {
  private readonly variables = new Map<string, Variable>();
  /** `foo-` -> the variables `foo-$(CONFIG_…)`, whose option may turn out y or m. */
  private readonly marked = new Map<string, { markers: Marker[]; variable: Variable }[]>();
  private readonly active = new Set<string>();
  private readonly expand: Expand;

  constructor(expand: Expand) {
    this.expand = expand;
  }

  assign(names: readonly Word[], operator: AssignOperator, value: Template, context: Context): void {
    for (const name of names) {
      const variable = this.variableFor(name.text);
      if (operator === '?=' && variable.items.some((i) => isPrefix(i.branch, context.branch))) continue;
      const sets = operator !== '+=' && operator !== '?=' && name.guards.length === 0;
      if (operator === '=' || operator === '?=') variable.simple = false;
      else if (operator !== '+=') variable.simple = true;
      const resets = sets && !name.alternative;
      const item: Item = {
        words: variable.simple ? this.expand(value, context) : undefined,
        template: value,
        guards: allOf(context.guards, name.guards),
        branch: context.branch,
        resets,
      };
      if (resets) {
        variable.items = variable.items.filter((i) => !isPrefix(context.branch, i.branch));
        this.hidePlain(name.text, item.branch);
      }
      variable.items.push(item);
    }
  }

  /** `foo-y := a.o` and then `foo-$(CONFIG_X) := b.o`: where the option is y the latter replaces the former. */
  private hidePlain(name: string, branch: BranchPath): void {
    const { stem, markers } = splitMarkers(name);
    const option =
      markers.length === 1 && markers[0]!.guards.length === 1 ? markers[0]!.guards[0] : undefined;
    if (option === undefined) return;
    for (const letter of ['y', 'm']) {
      const plain = this.variables.get(stem + letter);
      if (plain === undefined) continue;
      plain.items = plain.items.map((i) =>
        isPrefix(branch, i.branch) ? { ...i, guards: allOf(i.guards, [`${option}!=${letter}`]) } : i,
      );
    }
  }

  private variableFor(name: string): Variable {
    let variable = this.variables.get(name);
    if (variable === undefined) {
      variable = { simple: SIMPLE.test(name), items: [] };
      this.variables.set(name, variable);
      const { stem, markers } = splitMarkers(name);
      if (markers.length > 0) {
        const list = this.marked.get(stem);
        if (list === undefined) this.marked.set(stem, [{ markers, variable }]);
        else list.push({ markers, variable });
      }
    }
    return variable;
  }

  /** Variable names that begin so, as assigned (with markers). */
  namesWithPrefix(prefix: string): string[] {
    return [...this.variables.keys()].filter((name) => name.startsWith(prefix));
  }

  /** The one text a name was `define`d or assigned with `=`; undefined for none or several. */
  template(name: string): Template | undefined {
    const items = this.variables.get(name)?.items;
    return items?.length === 1 && items[0]!.words === undefined ? items[0]!.template : undefined;
  }

  /**
   * Everything `$(NAME)` may expand to, or undefined when nothing is assigned to it. `NAME-y` and `NAME-m` include what
   * was given to `NAME-$(CONFIG_…)`, under the condition that the option is y, or m.
   */
  lookup(name: string, context: Context = TOP): Word[] | undefined {
    const local = context.locals?.get(name);
    if (local !== undefined) return [...local];
    if (this.active.has(name)) return [];
    this.active.add(name);
    try {
      return this.collect(name, context);
    } finally {
      this.active.delete(name);
    }
  }

  /** The words of `PREFIXy`, `PREFIXm` and of every `PREFIX$(CONFIG_…)`, each with the condition its name adds. */
  family(
    prefix: string,
  ): { readonly words: readonly Word[]; readonly guards: Guards; readonly mayBeM: boolean }[] {
    const out = ['y', 'm'].map((l) => ({ words: this.own(prefix + l), guards: ALWAYS, mayBeM: l === 'm' }));
    for (const { markers, variable } of this.marked.get(prefix) ?? []) {
      const words: Word[] = [];
      this.append(words, variable, ALWAYS, TOP);
      const guards = markers.map((m) => m.guards).reduce(anyOf);
      out.push({ words, guards, mayBeM: markers.some((m) => !m.boolean) });
    }
    return out.filter((f) => f.words.length > 0);
  }

  /** The words of exactly this variable: unlike `lookup`, `NAME-y` is without `NAME-$(CONFIG_…)`. */
  own(name: string, context: Context = TOP): Word[] {
    const out: Word[] = [];
    const variable = this.variables.get(name);
    if (variable !== undefined) this.append(out, variable, ALWAYS, context);
    return out;
  }

  private collect(name: string, context: Context): Word[] | undefined {
    const out: Word[] = [];
    const { stem, markers } = splitMarkers(name);
    const own = markers.length === 0 ? ALWAYS : markers.map((m) => m.guards).reduce(allOf);
    const direct = this.variables.get(name);
    let found = direct !== undefined && direct.items.length > 0;
    if (direct !== undefined) this.append(out, direct, own, context);
    if (markers.length === 1) {
      for (const letter of markers[0]!.boolean ? 'y' : 'ym') {
        const plain = this.variables.get(stem + letter);
        if (plain !== undefined) {
          found = true;
          this.append(out, plain, own, context);
        }
      }
    }
    for (let cut = 1; cut <= 2 && /^[ym]+$/.test(name.slice(-cut)) && name.length > cut; cut++) {
      const letters = name.slice(-cut);
      for (const entry of this.marked.get(name.slice(0, -cut)) ?? []) {
        const guards = markedGuards(entry.markers, letters);
        if (guards === undefined) continue;
        found = true;
        this.append(out, entry.variable, guards, context);
      }
    }
    return found ? out : undefined;
  }

  private append(out: Word[], variable: Variable, extra: Guards, context: Context): void {
    const visible: Item[] = [];
    for (let i = variable.items.length - 1; i >= 0; i--) {
      const item = variable.items[i]!;
      if (!compatible(item.branch, context.branch)) continue;
      visible.push(item);
      if (item.resets && isPrefix(item.branch, context.branch)) break;
    }
    for (const item of visible.reverse()) {
      const guards = allOf(item.guards, extra);
      const alternative = !isPrefix(item.branch, context.branch);
      for (const w of item.words ?? this.expand(item.template, context)) {
        out.push(
          guards.length === 0 && !alternative
            ? w
            : word(w.text, allOf(w.guards, guards), w.alternative || alternative),
        );
      }
    }
  }
}

/** Condition under which `foo-$(A)$(B)` is `foo-<letters>`: one letter asks for either option, two for both. */
function markedGuards(markers: readonly Marker[], letters: string): Guards | undefined {
  if (letters.length > markers.length) return undefined;
  const each: Guards[] = [];
  for (const [i, marker] of markers.entries()) {
    const letter = letters.length === markers.length ? letters[i] : letters;
    if (marker.boolean && letter === 'y') each.push(marker.guards);
    else if (!marker.boolean) each.push(marker.guards.map((g) => `${g}=${letter}`));
    else if (letters.length > 1) return undefined;
  }
  return each.length === 0 ? undefined : each.reduce(letters.length === markers.length ? allOf : anyOf);
}

function isPrefix(prefix: BranchPath, path: BranchPath): boolean {
  return (
    prefix.length <= path.length && prefix.every((s, i) => s.id === path[i]!.id && s.index === path[i]!.index)
  );
}

/** False for two branches of the same conditional. */
function compatible(a: BranchPath, b: BranchPath): boolean {
  return a.every((s) => b.every((t) => s.id !== t.id || s.index === t.index));
}
