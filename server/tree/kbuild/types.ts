/** How a Make assignment combines with what the variable held before. */
export type AssignOperator = '=' | ':=' | '::=' | ':::=' | '+=' | '?=' | '!=';

/** `NAME OP VALUE`; `words` is `value` split at white space outside of references. */
export interface Assignment {
  readonly kind: 'assign';
  readonly name: string;
  readonly operator: AssignOperator;
  readonly value: string;
  readonly words: readonly string[];
  /** 1-based line of the statement's first physical line. */
  readonly line: number;
}

/** The test of one branch; `ifdef`/`ifndef` use `left` for the variable's name. */
export interface ConditionTest {
  readonly op: 'ifeq' | 'ifneq' | 'ifdef' | 'ifndef';
  readonly left: string;
  readonly right: string;
}

/** One branch of a conditional; `test` is null for a plain `else`. */
export interface Branch {
  readonly test: ConditionTest | null;
  readonly body: Statement[];
}

export interface Conditional {
  readonly kind: 'conditional';
  readonly branches: Branch[];
  readonly line: number;
}

/** `include`, `-include` (optional) and `sinclude` (optional). */
export interface Include {
  readonly kind: 'include';
  readonly path: string;
  readonly optional: boolean;
  readonly line: number;
}

/** `define NAME … endef`. */
export interface Define {
  readonly kind: 'define';
  readonly name: string;
  readonly operator: AssignOperator;
  readonly body: string;
  readonly line: number;
}

/** A line that only expands something, e.g. `$(eval …)` or `$(foreach …)`. */
export interface Expression {
  readonly kind: 'expression';
  readonly text: string;
  readonly line: number;
}

export type Statement = Assignment | Conditional | Include | Define | Expression;

/** One parsed Makefile or Kbuild file. */
export interface KbuildFile {
  readonly statements: readonly Statement[];
  /** Raw words given to each variable name as written, both branches of every conditional taken. */
  readonly variables: ReadonlyMap<string, readonly string[]>;
  /** 1-based lines that are neither statement, rule nor recipe, e.g. an `endif` too many. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/**
 * One object that Kbuild links on its own: a module (`obj-m`) or an object of the kernel image (`obj-y`).
 * All paths are relative to the root, with forward slashes.
 */
export interface KbuildModule {
  /** The object's base name, as in `foo-bar.ko`. */
  readonly name: string;
  /** KBUILD_MODNAME: `name` with `-` and `,` turned to `_` (`scripts/Makefile.lib:name-fix-token`). */
  readonly modname: string;
  /** Directory and name, without `.ko` or `.o`: `drivers/net/foo/foo`. */
  readonly path: string;
  /** The directory of the Makefile that lists the object; '' is the root. */
  readonly dir: string;
  /** The `.c` files compiled into it. Assembler, Rust and generated sources are left out. */
  readonly sources: readonly string[];
  /** True when `NAME-y`, `NAME-objs`… list its objects; then `NAME.c` is in `sources` only if listed. */
  readonly composite: boolean;
  /**
   * What must be set for it to be built: all entries hold (the directory chain's and its own).
   * An entry is `CONFIG_A`, `!CONFIG_A`, `CONFIG_A=m`, `CONFIG_A!=y`, or several of these joined by ` || `.
   */
  readonly configs: readonly string[];
  /** The extra conditions of single sources, for those that have any (`foo-$(CONFIG_DEBUG_FS) += debugfs.o`). */
  readonly sourceConfigs: ReadonlyMap<string, readonly string[]>;
  /** True when it is only ever listed in `obj-y` or `lib-y`: never a loadable module. */
  readonly builtinOnly: boolean;
  /** Directories from `-I` in ccflags, subdir-ccflags and `CFLAGS_x.o`, in the order given. */
  readonly includeDirs: readonly string[];
  /** Words of its lists that could not be evaluated, as written. */
  readonly unresolved: readonly string[];
}

/** What the Makefiles of the directories asked for say. */
export interface ModuleMap {
  readonly modules: readonly KbuildModule[];
  /** Modules that compile this root-relative `.c` file; empty if no Makefile read lists it. */
  modulesOf(file: string): readonly KbuildModule[];
  /** Directories whose Makefile was evaluated. */
  readonly directories: readonly string[];
  /** How many words of object lists could not be evaluated, and each of them. */
  readonly unresolved: { readonly count: number; readonly words: readonly UnresolvedWord[] };
}

export interface UnresolvedWord {
  readonly dir: string;
  readonly list: string;
  readonly word: string;
}

/** What `readModules` needs. Both callbacks get an absolute path (`root` joined with a relative one). */
export interface ReadModulesOptions {
  /** The kernel's root, or an external module's own folder. */
  readonly root: string;
  /** Root-relative directories to read; '' or '.' is the root itself. */
  readonly dirs: readonly string[];
  /** A file's text, or undefined when there is none. */
  readText(path: string): string | undefined;
  /** A directory's entries (names only), or undefined when it is not a directory. */
  listDir(path: string): readonly string[] | undefined;
}
