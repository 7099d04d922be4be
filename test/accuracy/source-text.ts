import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/*
 * A second, simple way to look at C source, by regular expressions over text without comments. It shares nothing with
 * server/facts on purpose: it is what the paths of evidence are checked against.
 */

/** Blanks comments and the contents of strings; every character keeps its line. */
export function withoutComments(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/(?:\\\n|[^\n])*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g,
    (match) =>
      match.startsWith('/')
        ? match.replace(/[^\n]/g, ' ')
        : `${match[0]}${match.slice(1, -1).replace(/[^\n]/g, ' ')}${match[0]}`,
  );
}

/** A body of text that a name stands for: of a function, an initialiser, a macro. */
export interface Definition {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly text: string;
}

/** Source text of one kernel tree, read on demand. */
export class SourceText {
  private readonly root: string;
  private readonly texts = new Map<string, string>();
  private readonly folders = new Map<string, string[]>();

  constructor(root: string) {
    this.root = root;
  }

  /** Text of a file without comments, `''` where there is no such file. */
  text(file: string): string {
    let text = this.texts.get(file);
    if (text === undefined) {
      const path = join(this.root, file);
      text = existsSync(path) ? withoutComments(readFileSync(path, 'latin1')) : '';
      this.texts.set(file, text);
    }
    return text;
  }

  /** The `.c` and `.h` files of a folder and, unless `flat`, of those below. */
  filesBelow(folder: string, flat = false): string[] {
    const key = `${flat}${folder}`;
    let files = this.folders.get(key);
    if (!files) {
      files = [];
      for (const entry of readdirSync(join(this.root, folder), { withFileTypes: true })) {
        const path = `${folder}/${entry.name}`;
        if (entry.isDirectory() && !flat) files.push(...this.filesBelow(path));
        else if (/\.[ch]$/.test(entry.name)) files.push(path);
      }
      this.folders.set(key, files);
    }
    return files;
  }

  /** Headers that a file includes, by name: beside it, below `include/`, or in the folders given. */
  headersOf(file: string, folders: readonly string[]): string[] {
    const found: string[] = [];
    const raw = existsSync(join(this.root, file)) ? readFileSync(join(this.root, file), 'latin1') : '';
    for (const [, name] of raw.matchAll(/^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm)) {
      for (const folder of [dirname(file), 'include', 'include/uapi', ...folders]) {
        const path = join(folder, name!);
        if (existsSync(join(this.root, path))) {
          found.push(path);
          break;
        }
      }
    }
    return found;
  }

  /** Every definition of a name in a file. */
  definitions(file: string, name: string): Definition[] {
    const text = this.text(file);
    if (!text.includes(name)) return [];
    const found: Definition[] = [];
    const word = `\\b${name}\\b`;
    for (const match of text.matchAll(
      new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${word}(?:\\\\\\n|[^\\n])*`, 'gm'),
    )) {
      found.push(this.at(file, text, match.index, match.index + match[0].length));
    }
    // `static DEF_SCSI_QCMD(foo_queuecommand)` defines it around `foo_queuecommand_lck` (include/scsi/scsi_host.h).
    for (const match of text.matchAll(
      new RegExp(`^(?:static\\s+)?DEF_SCSI_QCMD\\s*\\(\\s*${name}\\s*\\)`, 'gm'),
    )) {
      const made = this.at(file, text, match.index, match.index + match[0].length);
      found.push({ ...made, text: `${made.text} ${name}_lck` });
    }
    for (const match of text.matchAll(new RegExp(word, 'g'))) {
      const start = match.index;
      const rest = text.slice(start + name.length);
      // A function's head: arguments in parentheses, then a brace (attributes and old-style macros may stand between).
      const open = /^\s*\(/.exec(rest);
      if (open) {
        const close = matching(text, start + name.length + open[0].length - 1, '(', ')');
        // Behind it may stand annotations: `__releases(ci->lock)`.
        const brace = close < 0 ? null : /^[\s\w()&*.>-]*?\{/.exec(text.slice(close + 1, close + 400));
        if (brace && isTopLevel(text, start)) {
          const from = close + brace[0].length;
          const end = endOfBody(text, from);
          found.push(this.at(file, text, start, end));
        }
      }
      // An initialiser: `name[…] attributes = …;`.
      const init = /^(?:\s*\[[^\]]*\])*(?:\s+__\w+(?:\([^)]*\))?)*\s*=(?!=)/.exec(rest);
      if (init && isTopLevel(text, start)) {
        const from = start + name.length + init[0].length;
        const end = endOfInitialiser(text, from);
        found.push(this.at(file, text, start, end));
      }
    }
    return found;
  }

  private at(file: string, text: string, from: number, to: number): Definition {
    return { file, line: lineOf(text, from), endLine: lineOf(text, to), text: text.slice(from, to) };
  }
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

function matching(text: string, at: number, open: string, close: string): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === open) depth++;
    else if (text[i] === close && --depth === 0) return i;
  }
  return -1;
}

/** File scope, told by how kernel code is laid out: a declaration starts in the first column. */
function isTopLevel(text: string, at: number): boolean {
  const start = text.lastIndexOf('\n', at) + 1;
  if (!/[ \t]/.test(text[start] ?? '')) return true;
  // The name on a line below its type: `static inline` above ` dma_addr_t foo(…)`.
  const before = text.slice(text.lastIndexOf('\n', start - 2) + 1, start - 1);
  return /^[a-z][\w \t*]*$/.test(before);
}

/** A body ends with a brace in the first column, or where its braces balance: `#ifdef` can upset either. */
function endOfBody(text: string, from: number): number {
  const line = text.indexOf('\n', from);
  const balanced = matching(text, from, '{', '}');
  if (balanced >= 0 && balanced < line) return balanced;
  const column = text.indexOf('\n}', from);
  return Math.max(balanced, column < 0 ? text.length : column + 2);
}

function endOfInitialiser(text: string, from: number): number {
  const first = /\S/.exec(text.slice(from));
  if (first?.[0] === '{') {
    const end = matching(text, from + first.index, '{', '}');
    return end < 0 ? text.length : end;
  }
  const end = text.indexOf(';', from);
  return end < 0 ? text.length : end;
}
