/** Everything in a text that is a word, or must be told apart from one. */
const TOKENS =
  /\/\*[\s\S]*?\*\/|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|^[ \t]*#[ \t]*include[^\n]*|\b0[xX][\da-fA-F]{3,}[uUlL]*\b|\b\d\w*|[A-Za-z_]\w*/gm;
const C_WORDS = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long register ' +
    'restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof ' +
    'define undef ifdef ifndef elif endif include error warning pragma defined once NULL true false bool'
  ).split(' '),
);

/** What of a text is given other names. */
export interface Renaming {
  /** True for names that stay: the kernel's. */
  readonly isKernels: (word: string) => boolean;
  /** New names of files, by their base name. */
  readonly files: ReadonlyMap<string, string>;
  readonly strings: 'rename' | 'keep';
  readonly numbers: 'rename' | 'keep';
}

/** Gives the words, strings and long hexadecimal numbers of texts other names: the same one each time. */
export class Renamer {
  readonly words = new Map<string, string>();
  readonly strings = new Map<string, string>();
  readonly kept = new Set<string>();
  private readonly how: Renaming;

  constructor(how: Renaming) {
    this.how = how;
  }

  text(text: string): string {
    return text.replace(TOKENS, (token) => {
      if (token.startsWith('/*') || token.startsWith("'")) return token;
      if (token.startsWith('"')) return this.string(token);
      if (/^\s*#/.test(token)) return this.include(token);
      if (/^\d/.test(token))
        return this.how.numbers === 'rename' && /^0[xX][\da-fA-F]{3}/.test(token) ? '0x100' : token;
      return this.word(token);
    });
  }

  /** A path or member expression: its words. */
  word(word: string): string {
    if (C_WORDS.has(word)) return word;
    if (this.how.isKernels(word)) {
      this.kept.add(word);
      return word;
    }
    let name = this.words.get(word);
    if (name === undefined) {
      const number = this.words.size + 1;
      const isMacro = word === word.toUpperCase() && /[A-Z]/.test(word);
      name = word.startsWith('CONFIG_') ? `CONFIG_N${number}` : isMacro ? `N${number}` : `n${number}`;
      this.words.set(word, name);
    }
    return name;
  }

  private string(literal: string): string {
    if (this.how.strings === 'keep' || literal === '""') return literal;
    let name = this.strings.get(literal);
    if (name === undefined) {
      name = `"s${this.strings.size + 1}"`;
      this.strings.set(literal, name);
    }
    return name;
  }

  private include(line: string): string {
    const own = /"([^"\n]+)"/.exec(line);
    if (!own) return line;
    const name = this.how.files.get(own[1]!.slice(own[1]!.lastIndexOf('/') + 1));
    return name ? `#include "${name}"` : '';
  }
}
