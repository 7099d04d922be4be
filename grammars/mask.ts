/** Kernel C that the C grammar can read: known causes of mis-parses blanked without moving an offset. */

export { type Lexed, lex } from './lex.ts';

const ATTRIBUTES =
  /\b(?:__(?:init|exit|initdata|initconst|exitdata|refdata|ref|user|iomem|force|rcu|percpu|kernel|maybe_unused|always_unused|must_check|used|unused|read_mostly|ro_after_init|cold|hot|weak|visible|packed|net_init|net_exit|sched|noreturn|attribute_const__|always_inline|randomize_layout)|asmlinkage|noinline\w*|notrace)\b/g;

/** The text with the known causes of mis-parses blanked: same length, same newlines. Never throws. */
export function maskKernelC(text: string): string {
  return text.replace(ATTRIBUTES, (word) => ' '.repeat(word.length));
}
