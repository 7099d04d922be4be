import { Expander, type ExpandHost } from './expand.ts';
import { textOf } from './functions.ts';
import { ALWAYS, allOf, anyOf, type Guards, negate } from './guards.ts';
import { parseKbuild } from './parser.ts';
import { type Context, type Scope, TOP } from './scope.ts';
import { parseTemplate } from './template.ts';
import type { Conditional, ConditionTest, KbuildFile, Statement } from './types.ts';
import { equalityGuards, isUnresolved, presence, type Word, word } from './words.ts';

/** What evaluating a directory's Makefile needs; all paths are spelled as Make spells them. */
export interface EvaluateHost {
  /** The parsed file at a path, or undefined when there is none or it is none of ours. */
  file(path: string): KbuildFile | undefined;
  wildcard(pattern: string): readonly string[];
  builtin(name: string): readonly Word[] | undefined;
  readonly currentDir: string;
}

/** The two sides of a test whether `KERNELRELEASE` is empty. */
const IS_KBUILD = /^(?:,\$[({]KERNELRELEASE[)}]|\$[({]KERNELRELEASE[)}],|\$\(strip \$\(KERNELRELEASE\)\),)$/;

const MAX_INCLUDE_DEPTH = 32;

/** What holds when a test is true, and when it is false; undefined guards say nothing. */
interface Outcome {
  readonly yes: Guards | undefined;
  readonly no: Guards | undefined;
  /** Set when the answer does not depend on the configuration. */
  readonly decided?: boolean;
}

const UNKNOWN: Outcome = { yes: undefined, no: undefined };

/**
 * Evaluates Makefiles in one scope without a configuration: both branches of a conditional are taken, what they assign
 * carries the condition, and an assignment in a branch adds to what was there.
 */
export class Evaluation {
  private readonly host: EvaluateHost;
  private readonly expander: Expander;
  private readonly including: string[] = [];
  private nextConditional = 0;

  constructor(host: EvaluateHost) {
    this.host = host;
    const expandHost: ExpandHost = {
      builtin: (name) => (name === 'MAKEFILE_LIST' ? this.including.map((p) => word(p)) : host.builtin(name)),
      wildcard: (pattern) => host.wildcard(pattern),
      currentDir: host.currentDir,
      evaluate: (text, context) => this.run(parseKbuild(text).statements, context),
    };
    this.expander = new Expander(expandHost);
  }

  get scope(): Scope {
    return this.expander.scope;
  }

  /** True when the lists grew beyond all measure and evaluation was stopped. */
  get exhausted(): boolean {
    return this.expander.exhausted;
  }

  /** Evaluates the file at `path` and what it includes. */
  include(path: string, context: Context = TOP): void {
    if (this.including.length >= MAX_INCLUDE_DEPTH || this.including.includes(path)) return;
    const file = this.host.file(path);
    if (file === undefined) return;
    this.including.push(path);
    try {
      this.run(file.statements, context);
    } finally {
      this.including.pop();
    }
  }

  private run(statements: readonly Statement[], context: Context): void {
    for (const s of statements) {
      switch (s.kind) {
        case 'assign': {
          const value = s.operator === '!=' ? `$(shell ${s.value})` : s.value;
          this.scope.assign(this.words(s.name, context), s.operator, parseTemplate(value), context);
          break;
        }
        case 'define':
          this.scope.assign(this.words(s.name, context), s.operator, parseTemplate(s.body), context);
          break;
        case 'include':
          for (const w of this.words(s.path, context)) {
            this.include(w.text, { ...context, guards: allOf(context.guards, w.guards) });
          }
          break;
        case 'expression':
          this.words(s.text, context);
          break;
        case 'conditional':
          this.conditional(s, context);
      }
    }
  }

  private words(text: string, context: Context): Word[] {
    return this.expander.expand(parseTemplate(text), context);
  }

  private conditional(statement: Conditional, context: Context): void {
    const id = this.nextConditional++;
    let guards: Guards = context.guards;
    for (const [index, branch] of statement.branches.entries()) {
      const outcome = branch.test === null ? UNKNOWN : this.test(branch.test, context);
      if (outcome.decided !== false) {
        this.run(branch.body, {
          ...context,
          branch: outcome.decided === true ? context.branch : [...context.branch, { id, index }],
          guards: allOf(guards, outcome.yes ?? ALWAYS),
        });
      }
      if (outcome.decided === true) return;
      guards = allOf(guards, outcome.no ?? ALWAYS);
    }
  }

  private test(test: ConditionTest, context: Context): Outcome {
    const positive =
      test.op === 'ifdef' || test.op === 'ifndef'
        ? this.isDefined(test.left, context)
        : this.equal(test, context);
    if (test.op === 'ifdef' || test.op === 'ifeq') return positive;
    return {
      yes: positive.no,
      no: positive.yes,
      ...(positive.decided === undefined ? {} : { decided: !positive.decided }),
    };
  }

  private isDefined(text: string, context: Context): Outcome {
    const name = textOf(this.words(text, context));
    if (name === 'KERNELRELEASE') return { ...UNKNOWN, decided: true };
    return this.nonEmpty(this.expander.value(name, context));
  }

  private nonEmpty(words: readonly Word[]): Outcome {
    if (words.length === 0) return UNKNOWN;
    const yes = words.map(presence).reduce(anyOf);
    return yes.length === 0 ? UNKNOWN : { yes, no: negate(yes) };
  }

  private equal(test: ConditionTest, context: Context): Outcome {
    let left = this.words(test.left, context);
    let right = this.words(test.right, context);
    if (right.some(isOpen) && !left.some(isOpen)) [left, right] = [right, left];
    // Kbuild reads a Makefile with KERNELRELEASE set; the other branch is for `make` in the folder itself.
    if (IS_KBUILD.test(`${test.left},${test.right}`)) return { ...UNKNOWN, decided: false };
    if (right.some(isOpen)) return UNKNOWN;
    const literal = textOf(right);
    if (literal === '') {
      const set = this.nonEmpty(left);
      return { yes: set.no, no: set.yes };
    }
    if (left.length === 1 && isUnresolved(left[0]!.text) && left[0]!.guards.length === 0) {
      const yes = equalityGuards(left[0]!.text, literal);
      return yes === undefined ? UNKNOWN : { yes, no: negate(yes) };
    }
    const equal = left.filter((w) => w.text === literal && w.guards.length > 0);
    if (equal.length === 0 || left.some((w) => w.guards.length === 0)) return UNKNOWN;
    const yes = equal.map((w) => w.guards).reduce(anyOf);
    return yes.length === 0 ? UNKNOWN : { yes, no: negate(yes) };
  }
}

function isOpen(w: Word): boolean {
  return w.guards.length > 0 || isUnresolved(w.text);
}
