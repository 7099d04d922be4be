/**
 * Facts: what one file of C says, as plain data. A fact never depends on another file, on configuration or on the
 * clock, so facts can be cached by content, sent between threads and compared.
 *
 * Lines and columns count from 1; columns are UTF-16 code units. Names are spelled as in the source.
 */

/** Raised whenever the meaning of a fact changes: the cache's key holds it. */
export const FACTS_VERSION = 11;

/** A place in the file. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One designated member of an initialiser, flattened: `.driver = { .pm = &ops }` is `driver.pm`. */
export interface Member extends Place {
  /** Dotted path below the variable; array elements as `[0]`. */
  readonly path: string;
  /**
   * The value with wrappers such as `pm_ptr()` and casts taken off; `''` where it is no simple expression. A driver
   * struct's names are string literals with their quotes.
   */
  readonly value: string;
  /** Preprocessor conditions around this member, outermost first: `defined(CONFIG_PM)`. */
  readonly conditions?: readonly string[];
}

/** A struct variable that embeds a `device_driver`: one driver. */
export interface InstanceFact extends Place {
  /** Tag of the struct: `platform_driver`. */
  readonly struct: string;
  /** The variable, with element or member where it is one of many: `foo_driver`, `foo_drivers[1]`, `foo.adrv`. */
  readonly name: string;
  /** File-scope variable that holds it: `foo_drivers`. */
  readonly variable: string;
  readonly isStatic: boolean;
  readonly members: readonly Member[];
  /** How it was found; `text` when the tree was of no use and the initialiser was read by its braces. */
  readonly found: 'tree' | 'text' | 'macro';
  /** The macro whose use made it. */
  readonly macro?: string;
  readonly conditions?: readonly string[];
  /** True when its initialiser lies in a part of the file that did not parse. */
  readonly damaged?: boolean;
}

/** Another file-scope variable with an initialiser: ops tables, templates, arrays of pointers. */
export interface ObjectFact extends Place {
  readonly name: string;
  /** Tag of its struct, `''` when it has none. */
  readonly struct: string;
  readonly isStatic: boolean;
  readonly isArray: boolean;
  /** Names that the initialiser mentions and that could be functions or variables. */
  readonly refs: readonly string[];
  /** Members whose value is a name, a flag expression or a number. */
  readonly members: readonly Member[];
  readonly conditions?: readonly string[];
}

/** One id in a match table. */
export interface TableFact extends Place {
  readonly name: string;
  /** Tag of the element's struct: `of_device_id`. */
  readonly struct: string;
  /** Ids as text: compatibles, `vendor:device`, peripheral ids, names; a macro in a name as `${MACRO}`. */
  readonly ids: readonly string[];
  /** Names mentioned by the table (per-variant data). */
  readonly refs: readonly string[];
}

/** A call in a function's body. */
export interface CallFact extends Place {
  /** The function's name; `->member` for a call through a pointer in a struct. */
  readonly name: string;
  /**
   * Arguments as text without white space; `''` for one that is no path, number or flag expression. A call that makes a
   * platform device also has string literals, with their quotes: the device's name.
   */
  readonly args: readonly string[];
  /** What the result is stored in (`lhs = call(…)`), where that is a path. */
  readonly into?: string;
  /** Preprocessor conditions inside the function around this call. */
  readonly conditions?: readonly string[];
  /** The call runs only under `if (system_state == SYSTEM_POWER_OFF)` and the like: never at kexec. */
  readonly powerOffOnly?: true;
  /** A call that frees DMA memory: it stands in no branch, and not behind the function's `return` among what a `goto` undoes. */
  readonly always?: true;
}

/** `left = right` where both are paths: how a pointer travels. `left` is `return` for what the function hands back. */
export interface FlowFact {
  readonly left: string;
  readonly right: string;
  readonly line: number;
}

/** A function definition, or a function-like macro that calls something. */
export interface FunctionFact extends Place {
  readonly name: string;
  readonly isStatic: boolean;
  readonly isMacro?: true;
  readonly endLine: number;
  readonly params: readonly { readonly name: string; readonly type: string }[];
  /** Types of locals that are pointers to structs: name to tag. */
  readonly locals: Readonly<Record<string, string>>;
  readonly calls: readonly CallFact[];
  /** Other names it mentions that could be functions or file-scope variables. */
  readonly refs: readonly { readonly name: string; readonly line: number }[];
  readonly flows: readonly FlowFact[];
  /** Number of stores to memory (`p->x = …`, `*p = …`): with calls, whether the body does anything. */
  readonly stores: number;
  /** It returns early while a use count is not zero: `if (atomic_read(…)) return`. */
  readonly bailsOut?: true;
  readonly conditions?: readonly string[];
}

/** `x.shutdown = f` or `x->driver.remove = f` in a function's body. */
export interface HookAssignment extends Place {
  /** The left side without white space: `mlxsw_driver->shutdown`. */
  readonly left: string;
  readonly member: string;
  readonly value: string;
  /** Function in which it stands, and what that function knows of the variable's struct tag. */
  readonly function: string;
  readonly struct: string;
  readonly conditions?: readonly string[];
}

/** A struct definition that has a driver struct among its members: a wrapper. */
export interface StructFact {
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly struct: string; readonly pointer: boolean }[];
}

/** A function-like macro that makes a driver struct. */
export interface MacroFact extends Place {
  readonly name: string;
  readonly params: readonly string[];
  readonly body: string;
}

/** A use at file scope of a macro that is not defined as a function here: `FBTFT_REGISTER_DRIVER(DRVNAME, "x", &display);`. */
export interface MacroUse extends Place {
  readonly name: string;
  readonly args: readonly string[];
}

export interface IncludeFact {
  readonly name: string;
  readonly system: boolean;
}

/** A comment `quiesce-ignore RULE: reason`. */
export interface SuppressionFact extends Place {
  readonly rule: string;
  readonly reason: string;
  /** Last line of the comment. */
  readonly endLine: number;
}

/** Lines that lie under an ERROR node. */
export interface DamageFact {
  readonly line: number;
  readonly endLine: number;
  readonly bytes: number;
}

export interface Facts {
  readonly instances: readonly InstanceFact[];
  readonly objects: readonly ObjectFact[];
  readonly tables: readonly TableFact[];
  readonly functions: readonly FunctionFact[];
  readonly hookAssignments: readonly HookAssignment[];
  readonly structs: readonly StructFact[];
  readonly macros: readonly MacroFact[];
  readonly macroUses: readonly MacroUse[];
  /** Object-like macros whose value is a number, a name or NULL: `#define X_shutdown NULL`. */
  readonly constants: Readonly<Record<string, string>>;
  /** Object-like macros whose value is a string literal, without its quotes: `#define DRV_NAME "foo"`. */
  readonly strings: Readonly<Record<string, string>>;
  readonly includes: readonly IncludeFact[];
  /** Names in EXPORT_SYMBOL*(). */
  readonly exports: readonly string[];
  /** The code takes a buffer's bus address, so that something other than the CPU may use it: `runtime->dma_addr`. */
  readonly takesBusAddress: boolean;
  readonly suppressions: readonly SuppressionFact[];
  readonly damage: readonly DamageFact[];
}
