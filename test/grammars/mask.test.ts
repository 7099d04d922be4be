import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MASK_ROWS, ROW } from '../../grammars/mask/rows.ts';
import { maskAndCount, maskKernelC } from '../../grammars/mask.ts';
import { type CNode, type CParser, openParser } from '../../grammars/parser.ts';
import { anyText, declaredName, nodesOfType, shape } from './trees.ts';

let parser: CParser;
beforeAll(async () => {
  parser = await openParser();
});
afterAll(() => parser.dispose());

/** Parses `text` masked, gives the root to `look`, and frees the tree. Names are read from the text as it was. */
function masked<T>(text: string, look: (root: CNode) => T): T {
  const tree = parser.parse(maskKernelC(text));
  try {
    return look(tree.root);
  } finally {
    tree.delete();
  }
}

/** Names of the functions defined, in the order of the text. */
function functions(text: string): string[] {
  return masked(text, (root) => {
    expect(root.hasError, shape(root, text)).toBe(false);
    return nodesOfType(root, 'function_definition').map((node) =>
      declaredName(node.childForFieldName('declarator')!, text),
    );
  });
}

/** Variables with an initialiser list, each with the names of its designators. */
function initialised(text: string): Record<string, string[]> {
  return masked(text, (root) => {
    expect(root.hasError, shape(root, text)).toBe(false);
    const found: Record<string, string[]> = {};
    for (const node of nodesOfType(root, 'init_declarator')) {
      const value = node.childForFieldName('value')!;
      if (value.type !== 'initializer_list') continue;
      found[declaredName(node.childForFieldName('declarator')!, text)] = nodesOfType(
        value,
        'field_designator',
      ).map((designator) => text.slice(designator.startIndex + 1, designator.endIndex));
    }
    return found;
  });
}

/** Names of the functions called in bodies. */
function calls(text: string): string[] {
  return masked(text, (root) => {
    expect(root.hasError, shape(root, text)).toBe(false);
    return nodesOfType(root, 'call_expression').map((node) => {
      const name = node.childForFieldName('function')!;
      return text.slice(name.startIndex, name.endIndex);
    });
  });
}

describe('the rows of the mask', () => {
  for (const row of MASK_ROWS) {
    it(`${row.name} does what it says`, () => {
      const { text, applied } = maskAndCount(row.before);
      expect(text).toBe(row.after);
      expect(applied[ROW[row.name]]).toBeGreaterThan(0);
      const tree = parser.parse(text);
      expect(tree.root.hasError, shape(tree.root, text)).toBe(false);
      tree.delete();
    });

    // A comment parses as it is; its row says why it is blanked.
    if (row.name === 'comment') continue;
    it(`${row.name} is needed`, () => {
      const tree = parser.parse(row.before);
      expect(tree.root.hasError).toBe(true);
      tree.delete();
    });
  }

  it('leave plain C alone', () => {
    const text =
      '#include <a.h>\n#define M(x) ((x) + 1)\nstruct a { int b:3; void (*c)(struct a *d); };\n' +
      'enum e { A, B = 2 };\n#ifdef X\nstatic int v = sizeof(struct a);\n#else\nextern int v;\n#endif\n' +
      'int f(struct a *p, unsigned long n)\n{\n\tstruct a l = { .b = 1 };\n\tif (n * 2 > 3 && p)\n' +
      '\t\tg(p->b, (struct a *)n, n ? 1 : 2);\n\tfor (int i = 0; i < 3; i++)\n\t\th();\n\tswitch (n) {\n' +
      '\tcase 1:\n\t\tbreak;\n\tdefault:\n\t\tgoto out;\n\t}\nout:\n\treturn *p->c ? ~0 : -1;\n}\n';
    expect(maskKernelC(text)).toBe(text);
  });
});

describe('the verified mis-parses of kernel C', () => {
  it('a function keeps its name behind an attribute', () => {
    for (const attribute of [
      '__init',
      '__exit',
      '__maybe_unused',
      'asmlinkage',
      'noinline',
      '__must_check',
      'notrace',
      '__always_inline',
      '__printf(1, 2)',
      '__attribute__((format(printf, 1, 2)))',
      '__acquires(lock)',
    ]) {
      expect(functions(`static ${attribute} int f(void)\n{\n}\n`)).toEqual(['f']);
      expect(functions(`static int ${attribute} f(void)\n{\n}\n`)).toEqual(['f']);
      expect(functions(`int f(void) ${attribute};\nint g(void)\n{\n}\n`)).toEqual(['g']);
    }
  });

  it('an address space in a parameter is no error', () => {
    expect(functions('void f(void __iomem *base, const char __user *p)\n{\n}\n')).toEqual(['f']);
  });

  it('the first designator behind a directive stays', () => {
    const text =
      'static struct platform_driver d = {\n\t.probe = p,\n#ifdef CONFIG_PM\n\t.shutdown = s,\n#endif\n' +
      '#if defined(A) && \\\n\tdefined(B)\n\t.suspend = t,\n#else\n\t.resume = r,\n#endif\n};\n';
    expect(initialised(text)).toEqual({ d: ['probe', 'shutdown', 'suspend', 'resume'] });
  });

  it('an attribute behind a variable leaves its name', () => {
    const text =
      'static struct platform_driver c __refdata = {\n\t.probe = p,\n};\n' +
      'static struct pci_driver e __attribute__((aligned(8))) = {\n\t.probe = q,\n};\n';
    expect(initialised(text)).toEqual({ c: ['probe'], e: ['probe'] });
  });

  it('a macro without a semicolon does not take the next item along', () => {
    const body = 'int f(void)\n{\n}\n';
    for (const macro of [
      'EXPORT_SYMBOL(g)',
      'EXPORT_SYMBOL_GPL(g)',
      'DEFINE_SHOW_ATTRIBUTE(g)',
      'MODULE_LICENSE("GPL")',
      'MODULE_DEVICE_TABLE(of, ids)',
      'static DEFINE_MUTEX(g)',
      'static DEVICE_ATTR_RO(g)',
      'late_initcall(g)',
    ]) {
      expect(functions(`${macro}\n${body}`)).toEqual(['f']);
      expect(functions(`${macro}\n\n${macro}\n${body}`)).toEqual(['f']);
      expect(functions(`${macro};\n${body}`)).toEqual(['f']);
    }
  });

  it('a macro that registers a driver is a call of the top level', () => {
    masked('module_platform_driver(d);\nmodule_init(f);\n', (root) => {
      expect(nodesOfType(root, 'call_expression')).toHaveLength(2);
      expect(root.namedChild(0)!.type).toBe('expression_statement');
    });
  });

  it('a system call is a function with its name', () => {
    expect(functions('SYSCALL_DEFINE3(ioctl, unsigned int, fd, int, cmd, long, arg)\n{\n}\n')).toEqual([
      'ioctl',
    ]);
    expect(functions('SYSCALL_DEFINE0(fork)\n{\n}\n')).toEqual(['fork']);
  });

  it('loops and guards are statements', () => {
    const text =
      'void f(void)\n{\n\tfor_each_child_of_node(np, c)\n\t\tg(c);\n\tlist_for_each_entry(p, &l, node) {\n\t\th(p);\n\t}\n' +
      '\tguard(mutex)(&m);\n\tscoped_guard(mutex, &m) {\n\t\ti();\n\t}\n\tfor_each_x(a, b)\n\t\tif (a)\n\t\t\tj();\n' +
      '\t\telse\n\t\t\tk();\n\tfor_each_y(a)\n\t\t++n;\n}\nint after(void)\n{\n}\n';
    expect(calls(text)).toEqual(['g', 'h', 'guard(mutex)', 'guard', 'i', 'j', 'k']);
    expect(functions(text)).toEqual(['f', 'after']);
    expect(masked(text, (root) => nodesOfType(root, 'while_statement').length)).toBe(5);
  });

  it('types are arguments', () => {
    const text =
      'void f(void)\n{\n\ta = container_of(p, struct foo, m);\n\tb = list_first_entry(&l, struct bar, n);\n' +
      '\tc = min_t(unsigned int, x, y);\n\td = kzalloc(struct_size(e, f, n), GFP_KERNEL);\n' +
      '\tg = va_arg(ap, const struct foo *);\n\th = (int)READ_ONCE(*(u32 *)p);\n}\n';
    expect(calls(text)).toEqual([
      'container_of',
      'list_first_entry',
      'min_t',
      'kzalloc',
      'struct_size',
      'va_arg',
      'READ_ONCE',
    ]);
  });

  it('a directive may split a statement', () => {
    const text =
      'void f(void)\n{\n#ifdef A\n\tif (x) {\n\t\tg();\n\t} else\n#endif\n\t{\n\t\th();\n\t}\n' +
      '\tif (a\n#ifdef B\n\t    && b\n#endif\n\t    )\n\t\ti();\n\tj(1,\n#ifdef C\n\t  2,\n#else\n\t  3,\n#endif\n\t  4);\n}\n' +
      'int after(void)\n{\n}\n';
    expect(calls(text)).toEqual(['g', 'h', 'i', 'j']);
    expect(functions(text)).toEqual(['f', 'after']);
  });

  it('a directive may choose the head of a function', () => {
    const text =
      '#ifdef A\nstatic int f(int a)\n#else\nstatic int f(void)\n#endif\n{\n\treturn 0;\n}\n' +
      '#ifdef B\nint g(void)\n{\n#else\nint h(void)\n{\n#endif\n}\nint after(void)\n{\n}\n';
    expect(functions(text)).toEqual(['f', 'g', 'after']);
  });

  it('conditionals of whole items stay', () => {
    masked('#ifdef A\nint f(void)\n{\n}\n#else\nint g(void)\n{\n}\n#endif\n', (root) => {
      expect(root.namedChild(0)!.type).toBe('preproc_ifdef');
      expect(nodesOfType(root, 'preproc_else')).toHaveLength(1);
    });
  });

  it('strings are joined over macros', () => {
    expect(
      calls('void f(void)\n{\n\tprintk(KERN_ERR PFX "a" PRIx64 "b" __stringify(C) "d", e);\n}\n'),
    ).toEqual(['printk']);
  });
});

describe('masking', () => {
  it('keeps length and line ends of any text, and never throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { text: result } = maskAndCount(text);
        expect(result.length).toBe(text.length);
        for (let i = 0; i < text.length; i++) {
          const before = text[i] === '\n' || text[i] === '\r';
          const after = result[i] === '\n' || result[i] === '\r';
          if (before || after) expect(result[i]).toBe(text[i]);
        }
      }),
      { numRuns: 4000 },
    );
  });

  it('keeps what is no ASCII', () => {
    const text = 'int \u00e9\u4e16 = f(x\ud83d\ude00, "\u00fc");\n';
    expect(maskKernelC(text)).toBe(text);
  });

  it('takes time in proportion to the text, whatever it is', () => {
    for (const unit of [
      '(',
      '{',
      '[',
      'f(',
      'f(;',
      '#if A\n',
      '#if 0\n#elif 0\n',
      'f({',
      ';',
      'a b ',
      '/*',
      '"',
      'x:',
      '?',
    ]) {
      const start = performance.now();
      const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
      expect(maskKernelC(text).length).toBe(text.length);
      expect(performance.now() - start, unit).toBeLessThan(3000);
    }
  });

  it('masks the text behind a bracket that never closes', () => {
    const text = 'void f(void)\n{\n\tg(a;\n}\nstatic int __init h(void)\n{\n}\n';
    const result = maskKernelC(text);
    expect(result.slice(text.indexOf('static'))).toBe('static int        h(void)\n{\n}\n');
  });
});
