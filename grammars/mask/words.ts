/** The words that the scan treats in their own way, and how it looks one up without making a string. */

/** What a token is. The numbers are compared in the scan's inner loop, so they are plain constants. */
export const T_START = 0;
export const T_IDENT = 1;
export const T_TYPE = 2;
export const T_AGG = 3;
export const T_QUAL = 4;
export const T_STORAGE = 5;
export const T_KEY = 6;
export const T_ELSE = 7;
export const T_CTRL = 8;
export const T_SIZEOF = 9;
export const T_OFFSETOF = 10;
export const T_TYPEOF = 11;
export const T_ASM = 12;
export const T_NUM = 13;
export const T_STR = 14;
export const T_SEMI = 15;
export const T_COMMA = 16;
export const T_ASSIGN = 17;
export const T_COLON = 18;
export const T_OP = 19;
export const T_STAR = 20;
export const T_DOT = 21;
export const T_ARROW = 22;
export const T_ELLIPSIS = 23;
export const T_LPAREN = 24;
/** The closing parenthesis of a cast or of an expression. */
export const T_RGROUP = 25;
/** The closing parenthesis of a call's or macro's arguments. */
export const T_RCALL = 26;
/** The closing parenthesis of a parameter list. */
export const T_RPARAMS = 27;
/** The closing parenthesis of `if (…)`, `while (…)`, `for (…)`, `switch (…)`. */
export const T_RCTRL = 28;
export const T_LBRACE = 29;
export const T_RBRACE = 30;
export const T_LBRACK = 31;
export const T_RBRACK = 32;
export const T_EOF = 33;
/** Not tokens: attributes, blanked alone or with the parentheses behind them. */
export const W_ATTRIBUTE = 40;
export const W_ATTRIBUTE_ARGS = 41;
/** `asm_inline`, to be read as `asm`. */
export const W_ASM_INLINE = 42;
/** `__alignof__`, to be read as `sizeof`, which takes expressions, too. */
export const W_ALIGNOF = 43;
/** `__const` and the like, to be read without their underscores. */
export const W_ALTERNATE = 48;
/** `struct_group(…)` and its kin: the number of heading arguments is the code less this. */
export const W_STRUCT_GROUP = 44;

/**
 * Attributes without arguments: include/linux/{init,compiler_types,compiler_attributes,cache,linkage}.h,
 * drivers/mtd (`__xipram`), and what older trees had (`__devinit`, `__refok`).
 */
const ATTRIBUTES = `
__init __exit __initdata __exitdata __initconst __exitconst __init_or_module __initdata_or_module
__initconst_or_module __ref __refdata __refconst __refok __init_refok __initdata_refok __exit_refok
__exit_call __exitused __net_init __net_exit __net_initdata __net_initconst __meminit __meminitdata
__meminitconst __init_memblock __initdata_memblock __paginginit __devinit __devexit __devinitdata
__devinitconst __devexitdata __devexitconst __cpuinit __cpuinitdata __cpuinitconst __cpuexit __head __user
__iomem __force __kernel __rcu __percpu __nocast __bitwise __bitwise__ __private __maybe_unused
__always_unused __inline_maybe_unused __must_check __used __unused __visible __weak __pure
__attribute_const__ __noreturn __malloc __cold __hot __naked __noclone __flatten __gnu_inline __always_inline
__randomize_layout __no_randomize_layout __designated_init __nonstring __packed __deprecated __latent_entropy
__noscs __nocfi __noipa __noendbr __no_kcsan __no_kasan_or_inline __no_sanitize_address
__no_sanitize_undefined __no_sanitize_memory __no_sanitize_or_inline __no_sanitize_coverage __no_profile
__no_stack_protector __no_caller_saved_registers __no_kmsan_checks __signed_wrap
__disable_sanitizer_instrumentation __noinitretpoline __read_mostly __ro_after_init __cacheline_aligned
__cacheline_aligned_in_smp ____cacheline_aligned ____cacheline_aligned_in_smp
____cacheline_internodealigned_in_smp __aligned_largest __page_aligned_bss __page_aligned_data __nosavedata
__bss_decrypted __sched __kprobes __lockfunc __cpuidle __irq_entry __softirq_entry __exception_irq_entry
__tracepoint_string __bpf_kfunc __efiapi __xipram asmlinkage notrace noinline noinline_for_stack
noinline_for_kasan noinstr __noinline __unused__
`;

/** Attributes with arguments in parentheses: compiler_attributes.h, compiler_types.h, and plain `__attribute__`. */
const ATTRIBUTES_WITH_ARGUMENTS = `
__attribute__ __attribute __aligned __printf __scanf __section __alias __assume_aligned __mode __copy __free
__acquires __releases __must_hold __cond_acquires __cond_releases __counted_by __counted_by_le
__counted_by_be __alloc_size __realloc_size __error __warning __compiletime_error __compiletime_warning
__diagnose_as __overloadable __pass_object_size __noinstr_section __function_aligned __declspec
__initcall_section __cleanup
`;

const KEYWORDS: readonly (readonly [number, string])[] = [
  [W_ATTRIBUTE, ATTRIBUTES],
  [W_ATTRIBUTE_ARGS, ATTRIBUTES_WITH_ARGUMENTS],
  [
    T_TYPE,
    'int char void unsigned long short signed float double bool size_t ssize_t ptrdiff_t intptr_t uintptr_t _Bool ' +
      'int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t',
  ],
  [T_AGG, 'struct union enum'],
  [T_QUAL, 'const volatile restrict __restrict__ __restrict __extension__ _Atomic'],
  [W_ALTERNATE, '__const __const__ __volatile __volatile__ __signed __signed__'],
  [T_STORAGE, 'static extern inline register auto typedef __inline __inline__ thread_local __thread'],
  [T_KEY, 'return goto break continue case default'],
  [T_ELSE, 'else do'],
  [T_CTRL, 'if while for switch'],
  [T_SIZEOF, 'sizeof _Generic defined'],
  [W_ALIGNOF, '__alignof__ __alignof _Alignof alignof'],
  [T_OFFSETOF, 'offsetof'],
  [T_TYPEOF, 'typeof __typeof__ __typeof typeof_unqual __unqual_scalar_typeof'],
  [T_ASM, 'asm __asm__ __asm'],
  [W_ASM_INLINE, 'asm_inline'],
  [W_STRUCT_GROUP + 1, 'struct_group'],
  [W_STRUCT_GROUP + 2, 'struct_group_attr struct_group_tagged'],
  [W_STRUCT_GROUP + 3, '__struct_group'],
];

/** One step of the hash over a word's bytes; the scan keeps it while it reads the word. */
export function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

const SIZE = 8192;
const slotKind = new Uint8Array(SIZE);
const slotHash = new Int32Array(SIZE);
const slotWord: (Uint8Array | null)[] = new Array(SIZE).fill(null);

for (const [kind, words] of KEYWORDS) {
  for (const word of words.trim().split(/\s+/)) {
    let hash = 0;
    for (let i = 0; i < word.length; i++) hash = hashStep(hash, word.charCodeAt(i));
    let slot = (hash ^ (hash >>> 13)) & (SIZE - 1);
    while (slotKind[slot] !== 0) slot = (slot + 1) & (SIZE - 1);
    slotKind[slot] = kind;
    slotHash[slot] = hash;
    slotWord[slot] = Uint8Array.from(word, (c) => c.charCodeAt(0));
  }
}

/** The kind of the word `bytes[start, end)`, whose hash is given; `T_IDENT` for one that is in no list. */
export function wordKind(bytes: Uint8Array, start: number, end: number, hash: number): number {
  let slot = (hash ^ (hash >>> 13)) & (SIZE - 1);
  for (;;) {
    const kind = slotKind[slot]!;
    if (kind === 0) return T_IDENT;
    if (slotHash[slot] === hash) {
      const word = slotWord[slot]!;
      let i = 0;
      if (word.length === end - start) {
        while (i < word.length && word[i] === bytes[start + i]) i++;
        if (i === word.length) return kind;
      }
    }
    slot = (slot + 1) & (SIZE - 1);
  }
}
