import { type FunctionHost, shellResult, substitute, textOf, WORD_FUNCTIONS } from './functions.ts';
import { ALWAYS, allOf, anyOf, type Guards, negate } from './guards.ts';
import { type Context, Scope, TOP } from './scope.ts';
import type { FunctionCall, Template, VariableRef } from './template.ts';
import { presence, symbol, type Word, word } from './words.ts';

/** What expansion asks of its surroundings. */
export interface ExpandHost extends FunctionHost {
  /** The value of a variable that Kbuild sets itself (`src`, `srctree`…), or undefined. */
  builtin(name: string): readonly Word[] | undefined;
  /** Runs `$(eval …)` text. */
  evaluate(text: string, context: Context): void;
}

/** Deeper nesting than this is a loop (`a = $(call a)`). */
const MAX_DEPTH = 60;
/** More words than this in one list are cut: no Makefile of the kernel comes near. */
const MAX_WORDS = 20_000;
/** Words and expansions allowed for one directory, against lists that double themselves over and over. */
const BUDGET = 500_000;
/** Longer words are not glued on. */
const MAX_TEXT = 4096;

/** Expands Make text over a `Scope`. */
export class Expander {
  readonly scope: Scope;
  private readonly host: ExpandHost;
  private depth = 0;
  private budget = BUDGET;

  constructor(host: ExpandHost) {
    this.host = host;
    this.scope = new Scope((template, context) => this.expand(template, context));
  }

  /** True when a Makefile asked for more than `BUDGET`: what was read of it is incomplete. */
  get exhausted(): boolean {
    return this.budget <= 0;
  }

  /** The words of a template. Never throws; what is unknown stays in the text as a marker. */
  expand(template: Template, context: Context = TOP): Word[] {
    if (this.depth > MAX_DEPTH || this.budget <= 0) return [];
    this.depth++;
    try {
      const line = new WordLine();
      for (const part of template) {
        if (typeof part === 'string') line.text(part);
        else if (part.kind === 'var') line.words(this.variable(part, context));
        else line.words(this.call(part, context));
      }
      const words = line.finish();
      this.budget -= words.length + 1;
      return words.length > MAX_WORDS ? words.slice(0, MAX_WORDS) : words;
    } finally {
      this.depth--;
    }
  }

  /** The value of a variable; what nobody sets is empty, or, spelled like an option, an unknown that may be y or m. */
  value(name: string, context: Context = TOP): Word[] {
    const isOption = name.startsWith('CONFIG_');
    const assigned = this.scope.lookup(name, context);
    // `CONFIG_FOO := n` in an external module's Makefile is a default that the command line overrides.
    if (assigned !== undefined && !(isOption && assigned.every((w) => /^[ymn]$/.test(w.text))))
      return assigned;
    const builtin = this.host.builtin(name);
    if (builtin !== undefined) return [...builtin];
    return /^[A-Z][A-Z0-9_]*$/.test(name) || isOption ? [word(symbol(name))] : [];
  }

  private variable(ref: VariableRef, context: Context): Word[] {
    const out = this.expand(ref.name, context).flatMap((name) => {
      const words = this.value(name.text, context);
      return name.guards.length === 0 ? words : guarded(words, name.guards);
    });
    if (ref.from === undefined || ref.to === undefined) return out;
    return substitute(out, textOf(this.expand(ref.from, context)), textOf(this.expand(ref.to, context)));
  }

  private call(call: FunctionCall, context: Context): Word[] {
    const arg = (i: number): Word[] => this.expand(call.args[i] ?? [], context);
    switch (call.fn) {
      case 'if':
        return this.choose(arg(0), call.args[1] ?? [], call.args[2] ?? [], context);
      case 'foreach':
        return this.foreach(textOf(arg(0)), arg(1), call.args[2] ?? [], context);
      case 'call':
        return this.userFunction(textOf(arg(0)), call.args.slice(1), context);
      case 'eval':
        this.host.evaluate(this.text(call.args[0] ?? [], context), context);
        return [];
      case 'shell':
        return shellResult(textOf(arg(0)), this.host);
      case 'value':
        return this.value(textOf(arg(0)), context);
      case 'let':
        return this.expand(call.args[2] ?? [], withLocals(context, bind(arg(0), arg(1))));
      default: {
        const fn = WORD_FUNCTIONS.get(call.fn);
        // error, warning, info, file, origin, flavor, intcmp: nothing that a list could be made of
        return fn === undefined
          ? []
          : fn(
              call.args.map((_, i) => arg(i)),
              this.host,
            ).slice(0, MAX_WORDS);
      }
    }
  }

  /** `$(if …)`: the branch that must be taken, or both, each under its condition. */
  private choose(test: readonly Word[], yes: Template, no: Template, context: Context): Word[] {
    if (test.length === 0) return this.expand(no, context);
    const guards = test.map(presence).reduce(anyOf);
    if (guards.length === 0 && !test.some((w) => w.alternative)) return this.expand(yes, context);
    return [
      ...guarded(this.expand(yes, context), guards),
      ...guarded(this.expand(no, context), negate(guards) ?? ALWAYS),
    ];
  }

  private foreach(name: string, list: readonly Word[], body: Template, context: Context): Word[] {
    const out: Word[] = [];
    for (const w of list) {
      const words = this.expand(body, withLocals(context, new Map([[name, [word(w.text)]]])));
      for (const got of w.guards.length === 0 ? words : guarded(words, w.guards)) out.push(got);
      if (out.length > MAX_WORDS || this.budget <= 0) break;
    }
    return out;
  }

  private userFunction(name: string, args: readonly Template[], context: Context): Word[] {
    const body = this.scope.template(name);
    // Not ours: `cc-option` and its kin give compiler flags, which name no object.
    if (body === undefined) return [];
    const locals = new Map(args.map((a, i) => [String(i + 1), this.expand(a, context)] as const));
    return this.expand(body, withLocals(context, locals));
  }

  /** Expansion to plain text with line breaks kept, for `$(eval …)`. */
  private text(template: Template, context: Context): string {
    if (this.depth > MAX_DEPTH || this.budget <= 0) return '';
    this.depth++;
    this.budget--;
    try {
      return template
        .map((part) => {
          if (typeof part === 'string') return part;
          if (part.kind === 'call' && part.fn === 'call') {
            const body = this.scope.template(textOf(this.expand(part.args[0] ?? [], context)));
            if (body === undefined) return '';
            const locals = part.args
              .slice(1)
              .map((a, i) => [String(i + 1), this.expand(a, context)] as const);
            return this.text(body, withLocals(context, new Map(locals)));
          }
          if (part.kind === 'call') return textOf(this.call(part, context));
          const body =
            part.from === undefined
              ? this.scope.template(textOf(this.expand(part.name, context)))
              : undefined;
          return body === undefined ? textOf(this.variable(part, context)) : this.text(body, context);
        })
        .join('');
    } finally {
      this.depth--;
    }
  }
}

function guarded(words: readonly Word[], guards: Guards): Word[] {
  return words.map((w) => word(w.text, allOf(w.guards, guards), true));
}

function bind(names: readonly Word[], values: readonly Word[]): Map<string, readonly Word[]> {
  return new Map(
    names.map((n, i) => [n.text, i === names.length - 1 ? values.slice(i) : values.slice(i, i + 1)] as const),
  );
}

function withLocals(context: Context, locals: ReadonlyMap<string, readonly Word[]>): Context {
  return { ...context, locals: new Map([...(context.locals ?? []), ...locals]) };
}

/** Builds the words of a line: text glues to what touches it, and to each of several alternatives. */
class WordLine {
  private readonly done: Word[] = [];
  private open: Word[] | undefined;

  text(text: string): void {
    let start = 0;
    for (let i = 0; i <= text.length; i++) {
      const c = text[i];
      if (c !== undefined && c !== ' ' && c !== '\t' && c !== '\n') continue;
      if (i > start) this.glue([word(text.slice(start, i))]);
      if (c !== undefined) this.flush();
      start = i + 1;
    }
  }

  words(words: readonly Word[]): void {
    if (words.length === 0) return;
    if (words.length === 1 || words.some((w) => w.alternative || w.guards.length > 0)) {
      this.glue(words);
      return;
    }
    this.glue(words.slice(0, 1));
    this.flush();
    for (const w of words.slice(1, -1)) this.done.push(w);
    this.open = [words.at(-1)!];
  }

  finish(): Word[] {
    this.flush();
    return this.done;
  }

  private glue(words: readonly Word[]): void {
    if (this.open === undefined) this.open = [...words];
    else if (this.open.length * words.length <= MAX_WORDS) {
      this.open = this.open.flatMap((a) =>
        words
          .filter((b) => a.text.length + b.text.length <= MAX_TEXT)
          .map((b) => word(a.text + b.text, allOf(a.guards, b.guards), a.alternative || b.alternative)),
      );
    }
  }

  private flush(): void {
    for (const w of this.open ?? []) this.done.push(w);
    this.open = undefined;
  }
}
