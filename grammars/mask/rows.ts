/**
 * What the mask knows: one row for each cause of a mis-parse, with what it is for and an example that the tests run.
 * The words of the attribute rows are in `words.ts`; `docs/parsing.md` shows how often each row fires on a kernel tree.
 */

/** One cause of a mis-parse and what is done about it. */
export interface MaskRow {
  readonly name: RowName;
  /** What the C grammar cannot read, and what stands there after masking. */
  readonly why: string;
  /** A text that does not parse, or parses to something else, as it is. */
  readonly before: string;
  /** The same text masked. */
  readonly after: string;
}

const ROWS = {
  attribute: {
    why:
      'An attribute without arguments (the words are in words.ts). The grammar takes it for the ' +
      'type or the name: `static void __init f(void)` declares `__init` and defines a function of ' +
      'type `f`. Blanked.',
    before: 'static int __init f(void)\n{\n\treturn 0;\n}\n',
    after: 'static int        f(void)\n{\n\treturn 0;\n}\n',
  },
  attributeArguments: {
    why: 'An attribute with arguments, where it is no call. Blanked.',
    before: 'static struct a *b __free(kfree) = 0;\n',
    after: 'static struct a *b               = 0;\n',
  },
  unknownAttribute: {
    why:
      'A word too many in a declaration: an attribute of one subsystem or driver. The one that is ' +
      'written like a macro, else the first, is blanked.',
    before: 'STATIC int f(IN u8 *p, u8 FAR *q)\n{\n\treturn 0;\n}\n',
    after: '       int f(   u8 *p, u8     *q)\n{\n\treturn 0;\n}\n',
  },
  trailingAttribute: {
    why:
      'A word, or a macro with arguments, between a parameter list and the end of the ' +
      'declaration. Blanked.',
    before: 'void f(int a) SOME_ATTRIBUTE;\n',
    after: 'void f(int a)               ;\n',
  },
  typeArgument: {
    why:
      'A type as an argument of a macro. Its keywords become capitals and its words one name, its ' +
      'stars are blanked: `container_of(p, STRUCT_a, b)`.',
    before:
      'void f(void)\n{\n\ta = container_of(p, struct a, b);\n' + '\tc = va_arg(ap, unsigned int *);\n}\n',
    after:
      'void f(void)\n{\n\ta = container_of(p, STRUCT_a, b);\n' + '\tc = va_arg(ap, UNSIGNED_INT  );\n}\n',
  },
  keywordArgument: {
    why:
      "A statement's keyword as an argument: a word like any other there, and blanked before a " + 'number.',
    before: 'void f(void)\n{\n\tCHECK(a, return 0);\n}\n',
    after: 'void f(void)\n{\n\tCHECK(a,        0);\n}\n',
  },
  operatorArgument: {
    why: 'An operator alone as an argument. Becomes a name of `o`s.',
    before: 'void f(void)\n{\n\tWARN_CMP(a, <=, b);\n}\n',
    after: 'void f(void)\n{\n\tWARN_CMP(a, oo, b);\n}\n',
  },
  emptyArgument: {
    why: 'No argument between two commas or before the parenthesis. The comma is blanked.',
    before: 'void f(void)\n{\n\tg(a, , b);\n}\n',
    after: 'void f(void)\n{\n\tg(a,   b);\n}\n',
  },
  designatorArgument: {
    why: 'A designated initialiser as an argument. The dot, or the index with its `=`, is blanked.',
    before: 'INFO(temp, .a = 1, [0 ... 3] = 2);\n',
    after: 'INFO(temp,  a = 1,             2);\n',
  },
  statementArgument: {
    why:
      'Statements as an argument. Put in braces, as a block, where there are blanks to put them ' +
      'in; else their semicolons become commas.',
    before: 'void f(void)\n{\n\tnvkm_msec(d, 2000,\n\t\tif (g())\n\t\t\tbreak;\n\t);\n}\n',
    after: 'void f(void)\n{\n\tnvkm_msec(d, 2000,\n\t{if (g())\n\t\t\tbreak;\n});\n}\n',
  },
  wordsInARow: {
    why:
      'Two words in a row in an expression, a macro that pastes or that makes an operator. Joined ' +
      'with `_`, or the first blanked when a line ends between them.',
    before: 'void f(void)\n{\n\tprintk(KERN_ERR PFX "x");\n}\n',
    after: 'void f(void)\n{\n\tprintk(KERN_ERR_PFX "x");\n}\n',
  },
  stringMacro: {
    why: 'A macro with arguments next to a string literal. Blanked, the string stays.',
    before: 'void f(void)\n{\n\tg("a" __stringify(B) "c");\n}\n',
    after: 'void f(void)\n{\n\tg("a"                "c");\n}\n',
  },
  loop: {
    why:
      'A macro before a block or a statement: a loop, a guard. Its name becomes `while` (`if` ' +
      'where it is short).',
    before:
      'void f(void)\n{\n\tlist_for_each_entry(a, b, c)\n\t\tg(a);\n' +
      '\tscoped_guard(mutex, &m) {\n\t\tg(a);\n\t}\n}\n',
    after:
      'void f(void)\n{\n\twhile              (a, b, c)\n\t\tg(a);\n' +
      '\twhile       (mutex, &m) {\n\t\tg(a);\n\t}\n}\n',
  },
  noSemicolon: {
    why:
      'A macro without a semicolon, merged by the grammar with the next item. `NAME(a, b)` ' +
      'becomes `NAME=a+ b;` (outside functions) or `NAME=a, b;`.',
    before: 'EXPORT_SYMBOL(f)\nint g(void)\n{\n\treturn 0;\n}\n',
    after: 'EXPORT_SYMBOL=f;\nint g(void)\n{\n\treturn 0;\n}\n',
  },
  noComma: {
    why: 'A macro in a list that brings its comma along. Ends with a comma, or is blanked.',
    before: 'struct a b[] = {\n\tCOMMON_FIELDS\n\t.x = 1,\n\tROW(1)\n\tROW(2)\n};\n',
    after: 'struct a b[] = {\n\t             \n\t.x = 1,\n\tROW=1,\n\tROW(2)\n};\n',
  },
  functionMacro: {
    why:
      "A macro that begins a function. Its first argument becomes the function's name: " +
      '`SYSCALL_DEFINE2 name(`.',
    before: 'SYSCALL_DEFINE2(f, int, a, long, b)\n{\n\treturn 0;\n}\n',
    after: 'SYSCALL_DEFINE2 f(                )\n{\n\treturn 0;\n}\n',
  },
  nameMacro: {
    why: "A macro that makes a function's name. Its arguments are blanked.",
    before: 'void XOR_NAME(2)(int a, int b)\n{\n}\n',
    after: 'void XOR_NAME   (int a, int b)\n{\n}\n',
  },
  declarationMacro: {
    why: 'A macro that declares a variable. Its first argument that is no type becomes the ' + 'declarator.',
    before: 'static DEVICE_ATTR(a, 0644, b, c);\nDEFINE_PER_CPU(struct a, d) = { 0 };\n',
    after: 'static DEVICE_ATTR a             ;\nDEFINE_PER_CPU           d  = { 0 };\n',
  },
  initialiserMacro: {
    why:
      'A macro that declares a variable and goes on with its initialiser. `NAME(a) { .b = 1 }` ' +
      'becomes `NAME a= { .b = 1 }`.',
    before: 'define_machine(a) {\n\t.name = "a",\n};\n',
    after: 'define_machine a= {\n\t.name = "a",\n};\n',
  },
  machineMacro: {
    why:
      'A pair of macros around an initialiser, `MACHINE_START(A, "text")` and `MACHINE_END`. ' +
      'Become `MACHINE_START A={` and `};`.',
    before: 'MACHINE_START(A, "a")\n\t.b = 1,\nMACHINE_END\n',
    after: 'MACHINE_START A={    \n\t.b = 1,\n};         \n',
  },
  memberMacro: {
    why: "A macro that declares a struct's member. As `declarationMacro`.",
    before: 'struct a {\n\tDECLARE_BITMAP(b, 8);\n\tREG(c)\n\tint d;\n};\n',
    after: 'struct a {\n\tDECLARE_BITMAP b    ;\n\tREG c;\n\tint d;\n};\n',
  },
  structGroup: {
    why: '`struct_group(name, members…)`. The macro and its head are blanked, the members stay.',
    before: 'struct a {\n\tstruct_group(b,\n\t\tint c;\n\t\tint d;\n\t);\n};\n',
    after: 'struct a {\n\t               \n\t\tint c;\n\t\tint d;\n\t  \n};\n',
  },
  enumeratorMacro: {
    why: 'A macro in an enumeration. `NAME(a)` becomes `NAME=a `.',
    before: 'enum a {\n\tB,\n\tFN(c),\n};\n',
    after: 'enum a {\n\tB,\n\tFN=c ,\n};\n',
  },
  typeof: {
    why:
      'The operand of `typeof`, an expression where the grammar wants a type. Blanked with its ' +
      'parentheses, `typeof` is the type.',
    before: 'void f(void)\n{\n\ttypeof(a->b) c = a->b;\n}\n',
    after: 'void f(void)\n{\n\ttypeof       c = a->b;\n}\n',
  },
  typeMacro: {
    why:
      "A macro with several arguments that makes a variable's type. Its arguments are blanked; " +
      'one argument the grammar reads.',
    before: 'void f(void)\n{\n\tKFIFO(int, 3) a = { 0 };\n}\n',
    after: 'void f(void)\n{\n\tKFIFO         a = { 0 };\n}\n',
  },
  offsetofMember: {
    why: 'A member of a member in `offsetof`. The first member stays.',
    before: 'int a = offsetof(struct b, c.d[0]);\n',
    after: 'int a = offsetof(struct b, c     );\n',
  },
  caseRange: {
    why: '`case 1 ... 3:`. The dots become ` + `.',
    before: 'void f(void)\n{\n\tswitch (a) {\n\tcase 1 ... 3:\n\t\tbreak;\n\t}\n}\n',
    after: 'void f(void)\n{\n\tswitch (a) {\n\tcase 1  +  3:\n\t\tbreak;\n\t}\n}\n',
  },
  labelAtEnd: {
    why: 'A label before a closing brace. Given a semicolon.',
    before: 'void f(void)\n{\n\tif (a) {\nout:\n\t}\n}\n',
    after: 'void f(void)\n{\n\tif (a) {\nout:\n;}\n}\n',
  },
  bitfield: {
    why: 'A bit-field without a name is named `_`; bit-fields as arguments of a macro are blanked.',
    before: 'struct a {\n\tu32 b:3;\n\tu32 :5;\n};\n',
    after: 'struct a {\n\tu32 b:3;\n\tu32 _ ;\n};\n',
  },
  asmInline: {
    why: '`asm_inline`. Becomes `asm`.',
    before: 'void f(void)\n{\n\tasm_inline volatile("nop");\n}\n',
    after: 'void f(void)\n{\n\tasm        volatile("nop");\n}\n',
  },
  alternateKeyword: {
    why: '`__const`, `__volatile`, `__signed` and their like. Lose their underscores.',
    before: 'int f(__const char *a)\n{\n\treturn 0;\n}\n',
    after: 'int f(const   char *a)\n{\n\treturn 0;\n}\n',
  },
  strayMemberSemicolon: {
    why: "A semicolon alone among a struct's members. Blanked.",
    before: 'struct a {\n\tint b;;\n};\n',
    after: 'struct a {\n\tint b; \n};\n',
  },
  directiveInside: {
    why:
      'A preprocessor line inside a function, an initialiser, a struct, parentheses, or in the ' +
      'middle of an item. In an initialiser the grammar reads `CONFIG_PM .suspend = s` as one ' +
      'expression and the first designator behind the line is lost. Blanked.',
    before: 'struct a b = {\n#ifdef CONFIG_PM\n\t.suspend = s,\n#endif\n\t.shutdown = t,\n};\n',
    after: 'struct a b = {\n                \n\t.suspend = s,\n      \n\t.shutdown = t,\n};\n',
  },
  branchDropped: {
    why:
      'Branches that exclude each other and do not stand on their own (brackets, half a ' +
      'statement). The first stays.',
    before: 'void f(void)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t\tg();\n\t}\n}\n',
    after: 'void f(void)\n{\n        \n\tif (a) {\n     \n\t        \n      \n\t\tg();\n\t}\n}\n',
  },
  deadBranch: {
    why: '`#if 0`, and the C++ and assembler parts of shared headers. Blanked.',
    before: '#if 0\nthis is no C\n#endif\nint a;\n',
    after: '     \n            \n      \nint a;\n',
  },
  namedVariadic: {
    why: '`#define f(a, args...)`. The dots are blanked.',
    before: '#define f(a, args...) g(a, args)\nint b;\n',
    after: '#define f(a, args   ) g(a, args)\nint b;\n',
  },
  directiveTail: {
    why:
      'Words behind `#else` and `#endif`; blanks at the end of an `#include`, which the grammar ' +
      'does not skip (the closing mark moves).',
    before: '#include <a.h>  \n#ifdef A\nint a;\n#endif A\n',
    after: '#include <a.h  >\n#ifdef A\nint a;\n#endif  \n',
  },
  comment: {
    why:
      'A comment. Blanked: the rewriting of the other rows steps over blanks only, and the parse ' +
      'is a twentieth faster. At the end of a directive it stays, the grammar wants it or nothing ' +
      'there.',
    before: 'int a; /* b */\n',
    after: 'int a;        \n',
  },
  pastedWord: {
    why:
      'A part of a name that is no name of its own, `3200_HB`, in the arguments of a macro that ' +
      'pastes. Its first digit becomes `_`.',
    before: 'struct a b = {\n\tPCI_VEND_DEV(INTEL, 3200_HB),\n};\n',
    after: 'struct a b = {\n\tPCI_VEND_DEV(INTEL, _200_HB),\n};\n',
  },
  colonArgument: {
    why: 'A colon in arguments that belongs to no `?`. Becomes `+`.',
    before: 'void f(void)\n{\n\ta = GETBITS(b, 10:8);\n}\n',
    after: 'void f(void)\n{\n\ta = GETBITS(b, 10+8);\n}\n',
  },
  controlMacro: {
    why: "`if` and a macro that brings its parentheses. The macro's name is blanked.",
    before: 'void f(void)\n{\n\tif time_after(a, b)\n\t\treturn;\n}\n',
    after: 'void f(void)\n{\n\tif           (a, b)\n\t\treturn;\n}\n',
  },
  listArgument: {
    why: 'A list in braces as an argument. Emptied; behind `=` it becomes 0.',
    before: 'DEFINE_REQUEST(f, {\n\t.a = 1,\n\t.b = 2,\n});\n',
    after: 'DEFINE_REQUEST(f, {\n\t       \n\t       \n});\n',
  },
  designatorMacro: {
    why:
      'A macro in an initialiser that makes the designator, `CHANNEL(1) = { … }`. Becomes ' +
      '`[HANNEL+1] = { … }`.',
    before: 'int a[][2] = {\n\tCHANNEL(1) = { 1, 2 },\n};\n',
    after: 'int a[][2] = {\n\t[HANNEL+1] = { 1, 2 },\n};\n',
  },
  nullDirective: {
    why: 'A `#` alone. Blanked.',
    before: '#\nint a;\n',
    after: ' \nint a;\n',
  },
  defineComment: {
    why: 'A comment of several lines inside a directive, whose lines need no backslash. It gets ' + 'some.',
    before: '#define A(b) do {\t\\\n\t/* c\n\t * d */\t\\\n\te(b);\t\t\\\n} while (0)\nint f;\n',
    after: '#define A(b) do {\t\\\n\t   \\\n\t       \t\\\n\te(b);\t\t\\\n} while (0)\nint f;\n',
  },
  emptyDefine: {
    why:
      "`#define A` and blanks behind it: the grammar takes the next line for the macro's body. " + 'Blanked.',
    before: '#ifdef A\n#define B(c) \n#endif\nint d;\n',
    after: '#ifdef A\n             \n#endif\nint d;\n',
  },
  asmOperand: {
    why: 'A macro that brings the parentheses of an operand of `asm`. Its name is blanked.',
    before: 'void f(void)\n{\n\tasm volatile("x %0" : : "r" cpu_to_le32(a), "r" (b));\n}\n',
    after: 'void f(void)\n{\n\tasm volatile("x %0" : : "r"            (a), "r" (b));\n}\n',
  },
  asmTemplate: {
    why: 'A macro in the text of an `asm`. Becomes a string.',
    before: 'void f(void)\n{\n\tasm volatile(DARN(%0, 1) : "=r" (a));\n}\n',
    after: 'void f(void)\n{\n\tasm volatile("         " : "=r" (a));\n}\n',
  },
  alignofExpression: {
    why: '`__alignof__` of an expression. Read as `sizeof`.',
    before: 'int a = __alignof__ (*b);\n',
    after: 'int a = sizeof      (*b);\n',
  },
  lonelyMacro: {
    why: 'A macro without parentheses on a line of its own. Blanked.',
    before: 'void f(void)\n{\n\tCRITBEGIN\n\tg();\n\tCRITEND\n}\n',
    after: 'void f(void)\n{\n\t         \n\tg();\n\t       \n}\n',
  },
  unitSuffix: {
    why: 'A macro behind a number, `64 K`. Blanked.',
    before: 'int a[] = { 64 K, 128 K };\n',
    after: 'int a[] = { 64  , 128   };\n',
  },
  computedGoto: {
    why: '`goto *p;`. Becomes `goto _ ;`.',
    before: 'void f(void)\n{\n\tgoto *a[1];\n}\n',
    after: 'void f(void)\n{\n\tgoto _    ;\n}\n',
  },
  asmLabel: {
    why: 'A register or a symbol given to a variable, `asm("r0")`. Blanked.',
    before: 'void f(void)\n{\n\tregister u32 r0 asm("r0") = a;\n}\n',
    after: 'void f(void)\n{\n\tregister u32 r0           = a;\n}\n',
  },
  taggedMacro: {
    why: "A macro that makes a struct's tag. Its arguments are blanked.",
    before: 'struct NAME(1) a = { 0 };\n',
    after: 'struct NAME    a = { 0 };\n',
  },
  uselessStorage: {
    why: '`static` before a struct that declares no variable. Blanked.',
    before: 'static struct a {\n\tint b;\n};\n',
    after: '       struct a {\n\tint b;\n};\n',
  },
} as const;

/** The name of a row. */
export type RowName = keyof typeof ROWS;

/** The table. */
export const MASK_ROWS: readonly MaskRow[] = Object.entries(ROWS).map(([name, row]) => ({
  name: name as RowName,
  ...row,
}));

/** Each row's index in `MASK_ROWS`: the number under which the scan counts how often it fires. */
export const ROW = Object.fromEntries(MASK_ROWS.map((row, index) => [row.name, index])) as Readonly<
  Record<RowName, number>
>;
