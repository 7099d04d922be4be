/**
 * The source form of a device tree, without a preprocessor: what `dtc -I dtb -O dts` prints, or a file by hand.
 * `#include` and macros are the C preprocessor's work; such a file is refused with the command that helps.
 */
import { InputError } from './address.ts';
import { createNode, type DeviceTree, type DtNode } from './dtb.ts';

/** A cell that names a node: its phandle is known when the whole file has been read. */
interface Reference {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly label: string;
  readonly line: number;
}

const NODE_OR_PROPERTY = /[A-Za-z0-9,._+?#@-]/;
const WORD = /[A-Za-z0-9_]/;

class DtsReader {
  private at = 0;
  private readonly text: string;
  private readonly where: string;
  private readonly references: Reference[] = [];
  private readonly labels = new Map<string, DtNode>();
  private readonly memreserve: { start: number; size: number }[] = [];

  constructor(text: string, where: string) {
    this.text = text;
    this.where = where;
  }

  private line(): number {
    let line = 1;
    for (let i = 0; i < this.at && i < this.text.length; i++) if (this.text.charCodeAt(i) === 10) line++;
    return line;
  }

  private fail(what: string, todo = 'check the syntax with dtc'): never {
    throw new InputError(what, `${this.where}:${this.line()}`, todo);
  }

  private skip(): void {
    for (;;) {
      while (/\s/.test(this.text[this.at] ?? '')) this.at++;
      if (this.text.startsWith('//', this.at)) {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.text.length : end;
      } else if (this.text.startsWith('/*', this.at)) {
        const end = this.text.indexOf('*/', this.at + 2);
        if (end < 0) this.fail('a comment has no end');
        this.at = end + 2;
      } else if (
        /^#(include|define|if|ifdef|ifndef|undef|error)\b/.test(this.text.slice(this.at, this.at + 10))
      ) {
        this.fail(
          'preprocessor lines are not read here',
          'compile the tree first: cpp -nostdinc -I include -undef -x assembler-with-cpp FILE | dtc -O dtb -o out.dtb',
        );
      } else return;
    }
  }

  private peek(word: string): boolean {
    this.skip();
    return this.text.startsWith(word, this.at);
  }

  private accept(word: string): boolean {
    if (!this.peek(word)) return false;
    this.at += word.length;
    return true;
  }

  private expect(word: string): void {
    if (!this.accept(word)) {
      const found = this.text.slice(this.at, this.at + 12).split('\n')[0];
      this.fail(
        this.at >= this.text.length
          ? `the file ends where '${word}' is missing`
          : `'${word}' expected before '${found}'`,
      );
    }
  }

  private token(pattern: RegExp, what: string): string {
    this.skip();
    const from = this.at;
    while (this.at < this.text.length && pattern.test(this.text[this.at]!)) this.at++;
    if (from === this.at) this.fail(`${what} expected`);
    return this.text.slice(from, this.at);
  }

  read(): DeviceTree {
    let root: DtNode | undefined;
    this.skip();
    if (!this.peek('/dts-v1/'))
      this.fail("it does not begin with '/dts-v1/;'", 'is it a device tree source?');
    while (this.accept('/dts-v1/') || this.accept('/plugin/')) this.expect(';');
    while (this.accept('/memreserve/')) {
      const start = this.integer();
      const size = this.integer();
      this.memreserve.push({ start: Number(start), size: Number(size) });
      this.expect(';');
    }
    for (;;) {
      this.skip();
      if (this.at >= this.text.length) break;
      if (this.accept('/delete-node/')) {
        this.remove(this.byReference());
        this.expect(';');
        continue;
      }
      if (this.peek('&')) {
        const node = this.byReference();
        this.body(node);
        continue;
      }
      const labels = this.takeLabels();
      this.expect('/');
      if (!this.peek('{')) this.fail("'/ { … };' expected");
      root ??= createNode('', null);
      this.name(root, labels);
      this.body(root);
    }
    if (!root) this.fail('no root node');
    this.resolve(root);
    return { root, memreserve: this.memreserve };
  }

  private takeLabels(): string[] {
    const labels: string[] = [];
    for (;;) {
      this.skip();
      const match = /^([A-Za-z_][A-Za-z0-9_]*)\s*:/.exec(this.text.slice(this.at, this.at + 80));
      if (!match) return labels;
      labels.push(match[1]!);
      this.at += match[0].length;
    }
  }

  private name(node: DtNode, labels: readonly string[]): void {
    for (const label of labels) {
      node.labels.push(label);
      this.labels.set(label, node);
    }
  }

  private byReference(): DtNode {
    this.expect('&');
    const label = this.token(WORD, 'a label');
    return this.labels.get(label) ?? this.fail(`label '${label}' is not defined above`);
  }

  private remove(node: DtNode): void {
    const list = node.parent?.children;
    if (list) list.splice(list.indexOf(node), 1);
  }

  private body(node: DtNode): void {
    this.expect('{');
    while (!this.accept('}')) {
      if (this.at >= this.text.length) this.fail(`node ${node.path} has no end`);
      if (this.accept('/delete-node/')) {
        const child = this.peek('&')
          ? this.byReference()
          : this.child(node, this.token(NODE_OR_PROPERTY, 'a node'));
        if (child) this.remove(child);
        this.expect(';');
        continue;
      }
      if (this.accept('/delete-property/')) {
        node.properties.delete(this.token(NODE_OR_PROPERTY, 'a property'));
        this.expect(';');
        continue;
      }
      this.accept('/omit-if-no-ref/');
      const labels = this.takeLabels();
      const name = this.token(NODE_OR_PROPERTY, 'a node or property');
      if (this.peek('{')) {
        const child = this.child(node, name) ?? createNode(name, node);
        this.name(child, labels);
        this.body(child);
      } else if (this.accept(';')) node.properties.set(name, new Uint8Array(0));
      else {
        this.expect('=');
        node.properties.set(name, this.value());
        this.expect(';');
      }
    }
    this.expect(';');
  }

  private child(node: DtNode, name: string): DtNode | undefined {
    return node.children.find((c) => c.name === name);
  }

  private value(): Uint8Array {
    const parts: Uint8Array[] = [];
    do {
      this.takeLabels();
      let bits = 32;
      if (this.accept('/bits/')) bits = Number(this.integer());
      if (this.accept('<')) parts.push(this.cells(bits));
      else if (this.accept('[')) parts.push(this.byteString());
      else if (this.peek('"')) parts.push(new TextEncoder().encode(`${this.string()}\0`));
      else if (this.accept('&')) {
        // A path reference outside cells: the node's full path.
        const label = this.token(WORD, 'a label');
        const target = this.labels.get(label);
        parts.push(new TextEncoder().encode(`${target?.path ?? `&${label}`}\0`));
      } else
        this.fail(
          'a value expected',
          'values are <cells>, "strings", [bytes] or &labels; macros are not expanded',
        );
      this.takeLabels();
    } while (this.accept(','));
    const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      for (const ref of this.references) {
        if (ref.bytes === part)
          (this.references as Reference[])[this.references.indexOf(ref)] = {
            ...ref,
            bytes: out,
            offset: ref.offset + at,
          };
      }
      at += part.length;
    }
    return out;
  }

  private cells(bits: number): Uint8Array {
    if (![8, 16, 32, 64].includes(bits)) this.fail(`/bits/ ${bits}: 8, 16, 32 or 64`);
    const width = bits / 8;
    const values: (bigint | string)[] = [];
    while (!this.accept('>')) {
      this.takeLabels();
      if (this.at >= this.text.length) this.fail("'>' is missing");
      if (this.accept('&')) values.push(this.token(WORD, 'a label'));
      else values.push(this.integer());
    }
    const out = new Uint8Array(values.length * width);
    const view = new DataView(out.buffer);
    values.forEach((value, i) => {
      if (typeof value === 'string') {
        this.references.push({ bytes: out, offset: i * width, label: value, line: this.line() });
        return;
      }
      const v = BigInt.asUintN(bits, value);
      if (width === 1) view.setUint8(i, Number(v));
      else if (width === 2) view.setUint16(i * 2, Number(v));
      else if (width === 4) view.setUint32(i * 4, Number(v));
      else view.setBigUint64(i * 8, v);
    });
    return out;
  }

  private byteString(): Uint8Array {
    let digits = '';
    while (!this.accept(']')) digits += this.token(/[0-9a-fA-F]/, 'hex digits');
    if (digits.length % 2) this.fail('a byte string with an odd number of digits');
    return Uint8Array.from(digits.match(/../g) ?? [], (d) => Number.parseInt(d, 16));
  }

  private string(): string {
    this.expect('"');
    let out = '';
    for (;;) {
      const c = this.text[this.at++];
      if (c === undefined) this.fail('a string has no end');
      if (c === '"') return out;
      if (c !== '\\') {
        out += c;
        continue;
      }
      const next = this.text[this.at++] ?? '';
      if (next === 'x') {
        const digits = /^[0-9a-fA-F]{1,2}/.exec(this.text.slice(this.at, this.at + 2))?.[0] ?? '';
        this.at += digits.length;
        out += String.fromCharCode(Number.parseInt(digits || '0', 16));
      } else if (/[0-7]/.test(next)) {
        const digits = /^[0-7]{0,2}/.exec(this.text.slice(this.at, this.at + 2))?.[0] ?? '';
        this.at += digits.length;
        out += String.fromCharCode(Number.parseInt(next + digits, 8));
      } else out += ({ n: '\n', t: '\t', r: '\r', 0: '\0' } as Record<string, string>)[next] ?? next;
    }
  }

  /** An integer, a character, or an expression in parentheses with C's operators. */
  private integer(): bigint {
    this.skip();
    if (this.accept('(')) {
      const value = this.expression(0);
      this.expect(')');
      return value;
    }
    if (this.accept("'")) {
      const c = this.text[this.at++] ?? '';
      this.expect("'");
      return BigInt(c.charCodeAt(0) || 0);
    }
    const word = this.token(WORD, 'a number');
    const match = /^(0[xX][0-9a-fA-F]+|[0-9]+)(?:[uU]?[lL]{0,2}|[lL]{1,2}[uU])$/.exec(word);
    if (!match) {
      this.fail(
        `'${word}' is not a number; macros are not expanded here`,
        'run it through cpp and dtc first, or write the number',
      );
    }
    const digits = match[1]!;
    return BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  }

  private static readonly OPERATORS: readonly (readonly string[])[] = [
    ['|'],
    ['^'],
    ['&'],
    ['<<', '>>'],
    ['+', '-'],
    ['*', '/', '%'],
  ];

  private expression(level: number): bigint {
    const operators = DtsReader.OPERATORS[level];
    if (!operators) {
      if (this.accept('-')) return -this.expression(level);
      if (this.accept('~')) return ~this.expression(level);
      return this.integer();
    }
    let left = this.expression(level + 1);
    for (;;) {
      const operator = operators.find((o) => this.peek(o));
      if (!operator) return left;
      this.accept(operator);
      const right = this.expression(level + 1);
      if ((operator === '/' || operator === '%') && right === 0n) this.fail('division by zero');
      if (operator === '|') left |= right;
      else if (operator === '^') left ^= right;
      else if (operator === '&') left &= right;
      else if (operator === '<<') left <<= right & 63n;
      else if (operator === '>>') left >>= right & 63n;
      else if (operator === '+') left += right;
      else if (operator === '-') left -= right;
      else if (operator === '*') left *= right;
      else if (operator === '/') left /= right;
      else left %= right;
    }
  }

  /** Gives every node that a cell names a phandle, as dtc does, and fills the cells. */
  private resolve(root: DtNode): void {
    let next = 1;
    const used = new Set<number>();
    const visit = (node: DtNode) => {
      const own = node.properties.get('phandle');
      if (own?.length === 4) used.add(new DataView(own.buffer, own.byteOffset).getUint32(0));
      node.children.forEach(visit);
    };
    visit(root);
    for (const ref of this.references) {
      const target = this.labels.get(ref.label);
      if (!target)
        throw new InputError(
          `label '${ref.label}' is not defined`,
          `${this.where}:${ref.line}`,
          'check the syntax with dtc',
        );
      let handle = target.properties.get('phandle');
      if (handle?.length !== 4) {
        while (used.has(next)) next++;
        used.add(next);
        handle = new Uint8Array(4);
        new DataView(handle.buffer).setUint32(0, next);
        target.properties.set('phandle', handle);
      }
      ref.bytes.set(handle, ref.offset);
    }
  }
}

/**
 * Parses a device tree source without includes and macros.
 * @throws InputError with file and line.
 */
export function parseDts(text: string, where = 'device tree'): DeviceTree {
  return new DtsReader(text, where).read();
}
