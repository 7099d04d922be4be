import { RULES } from '../audit/rules/index.ts';
import type { Key, Shape } from './shape.ts';

/** A configuration's name; it is looked for in a file's folder and in every folder above. */
export const CONFIG_NAME = '.quiesce.yaml';

/** Stands for every rule. */
export const ALL_RULES = 'all';

/** What a rule's findings can be set to. */
export const LEVELS = ['off', 'note', 'warning'] as const;
export type Level = (typeof LEVELS)[number];

export const FAIL_ON = ['note', 'warning', 'never'] as const;
export type FailOn = (typeof FAIL_ON)[number];

const C_NAME = '^[A-Za-z_]\\w*$';
const name = (what: string): Shape => ({ kind: 'text', what, pattern: C_NAME });
const argument: Shape = { kind: 'whole', min: 0, max: 31 };

const AT_MOST_NOTE: Shape = {
  kind: 'choice',
  of: ['off', 'note'],
  not: { warning: 'above what is reported at most (quiesce explain RULE); see fail-on: note' },
};

const rules: Shape = {
  kind: 'map',
  keys: {
    [ALL_RULES]: {
      shape: AT_MOST_NOTE,
      doc: 'Every rule that is not named itself.',
    },
    ...Object.fromEntries(
      RULES.map((rule): [string, Key] => [
        rule.id,
        {
          // A rule knows how sure it can be at most: its ceiling.
          shape: rule.ceiling === 'warning' ? { kind: 'choice', of: LEVELS } : AT_MOST_NOTE,
          doc: rule.summary,
        },
      ]),
    ),
  },
};

const bus: Shape = {
  kind: 'map',
  keys: {
    struct: {
      required: true,
      shape: { kind: 'text', what: "a struct's tag that ends in _driver", pattern: '^[A-Za-z_]\\w*_driver$' },
      doc: 'Tag of the struct that embeds a `struct device_driver`.',
    },
    device: { shape: name("a struct's tag"), doc: "Tag of the struct that the bus's probe is handed." },
    own: {
      shape: { kind: 'choice', of: ['called', 'never-called', 'none'] },
      doc: "The struct's own `.shutdown`: called by the bus, declared but never called, or absent.",
      absent: 'called',
    },
    embedded: {
      shape: { kind: 'text', what: 'a member such as driver or drv.driver', pattern: '^\\w+(\\.\\w+)*$' },
      doc: 'Member that holds the `struct device_driver`.',
      absent: 'driver',
    },
    fate: {
      shape: { kind: 'choice', of: ['ignored', 'overwritten', 'overwritten-if-own', 'honoured'] },
      doc: 'What becomes of a `.shutdown` set in the embedded struct.',
      absent: '`ignored` with `bus-shutdown`, else `honoured`',
    },
    'bus-shutdown': {
      shape: name("a function's name"),
      doc: "Function in the bus_type's `.shutdown`.",
      absent: 'the bus has none',
    },
    core: {
      shape: {
        kind: 'choice',
        of: ['nothing', 'clears-bus-master', 'resets-device', 'removes-device', 'parent-removes'],
      },
      doc: 'What the bus does at kexec for a device whose driver has no hook.',
      absent: 'nothing',
    },
    dma: {
      shape: { kind: 'choice', of: ['master', 'client', 'via-parent', 'none'] },
      doc: "Who does the DMA of the bus's devices.",
      absent: 'master',
    },
    note: { shape: { kind: 'text', what: 'a sentence' }, doc: 'A sentence for messages.' },
  },
};

const entryPoint: Shape = {
  kind: 'map',
  keys: {
    name: { required: true, shape: name("a function's name"), doc: 'Function or macro.' },
    role: {
      required: true,
      shape: { kind: 'choice', of: ['provider', 'alloc', 'map', 'library', 'client', 'mask'] },
      doc: 'Registers a DMA engine; allocates or maps memory for the device; does DMA for its caller; asks an engine for a channel; only declares a mask.',
    },
    device: {
      shape: argument,
      doc: 'Index, from 0, of the argument that is or leads to the device.',
      absent: 'not among the arguments',
    },
    size: { shape: argument, doc: 'Index of the argument that is the size in bytes.' },
    direction: { shape: argument, doc: 'Index of the argument that is the direction.' },
    mask: { shape: argument, doc: 'Index of the argument that is the mask.' },
    kind: {
      shape: { kind: 'choice', of: ['autonomous', 'request'] },
      doc: 'Whether the device goes on by itself or only works on request.',
    },
  },
};

const quiescingCall: Shape = {
  kind: 'map',
  keys: {
    name: { required: true, shape: { kind: 'text', what: 'a name' }, doc: 'Function, or a pattern.' },
    pattern: { shape: { kind: 'flag' }, doc: '`name` is a regular expression for the whole name.' },
    level: {
      required: true,
      shape: { kind: 'whole', min: 0, max: 4 },
      doc: '4 stops the device and keeps new work out, 3 stops it, 2 stops it by the way (power or clock off), 1 and 0 do not stop it.',
    },
    does: { shape: { kind: 'text', what: 'some words' }, doc: 'What the call does, in a few words.' },
  },
};

/** Everything that a `.quiesce.yaml` can hold. */
export const CONFIG: Shape & { readonly kind: 'map' } = {
  kind: 'map',
  keys: {
    root: {
      shape: { kind: 'flag' },
      doc: 'Nothing is looked for above this file.',
      absent: 'false',
    },
    rules: { shape: rules, doc: 'Severity by rule, not above what the rule reports at most.' },
    overrides: {
      shape: {
        kind: 'list',
        of: {
          kind: 'map',
          keys: {
            files: {
              required: true,
              shape: { kind: 'list', of: { kind: 'text', what: 'a glob' } },
              doc: "Globs from this file's folder; one without a slash is for names in any folder.",
            },
            rules: { required: true, shape: rules, doc: 'Severity by rule, as above.' },
          },
        },
      },
      doc: 'Severities for some paths. The last that fits holds.',
    },
    'fail-on': {
      shape: { kind: 'choice', of: FAIL_ON },
      doc: '`check` exits 1 for a finding at or above it.',
      absent: 'warning',
    },
    baseline: {
      shape: { kind: 'text', what: 'a file' },
      doc: "Known findings (from this file's folder), as `check --write-baseline` writes them: they are not reported.",
    },
    'kernel-version': {
      shape: { kind: 'text', what: 'a kernel version such as 6.12', pattern: '^\\d+\\.\\d+$' },
      doc: 'Kernel version to judge by.',
      absent: "the tree's",
    },
    board: {
      shape: { kind: 'text', what: "a board's name or a file" },
      doc: "Machine of the simulator: a built-in board, or (from this file's folder) a `.dts`, a `.dtb` or a copy of `/proc/iomem`.",
    },
    buses: { shape: { kind: 'list', of: bus }, doc: 'Buses that are not in the kernel.' },
    dma: { shape: { kind: 'list', of: entryPoint }, doc: 'Functions that are not in the kernel and do DMA.' },
    quiesce: {
      shape: { kind: 'list', of: quiescingCall },
      doc: 'Calls that stop a device (or look as if they did), believed as they stand here.',
    },
  },
};
