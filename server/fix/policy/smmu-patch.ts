/**
 * Changes an SMMU driver's own text so that its shutdown follows another policy: the register writes that the simulator
 * plays for it (`simulator/kexec/policy-sequences.ts`), written with the driver's own helpers. A starting point.
 */
import { lex } from '../../../grammars/lex.ts';
import { NamedPlaces } from './places.ts';
import type { PatchedPolicy, Replacement } from './site.ts';
import { v2Hook } from './v2.ts';
import { v3Abort, v3Reset } from './v3.ts';

/** A patch of a tree's own SMMU driver. */
export interface PolicyPatch {
  readonly driver: 'v2' | 'v3';
  readonly policy: PatchedPolicy;
  /** From the tree's root. */
  readonly file: string;
  /** A diff that `git apply` takes in the tree; null with `why`. */
  readonly diff: string | null;
  /** Why none could be made. */
  readonly why: string | null;
}

/** A driver's file, and the headers beside it. */
export interface SmmuSource {
  readonly text: string;
  readonly headers: string;
}

/** The changed text, or why there is none. */
export type PolicyText = { readonly text: string } | { readonly why: string };

/** Gives the driver of SMMUv1 and v2, or of SMMUv3, another policy. */
export function policyText(driver: 'v2' | 'v3', policy: PatchedPolicy, source: SmmuSource): PolicyText {
  const places = new NamedPlaces(source.text);
  const hook = places.member('shutdown');
  if (!hook) return { why: 'the driver has no .shutdown that names a function' };
  const place = places.definition(hook.value);
  if (!place) return { why: `${hook.value} is not defined in this file` };
  const known = new NamedPlaces(`${source.text}\n${source.headers}`);
  const at = { places, known, hook, place };
  const change =
    driver === 'v2'
      ? v2Hook(at, policy)
      : policy === 'reset'
        ? v3Reset(at)
        : v3Abort(at, policy === 'abort-quiet');
  if ('why' in change) return change;
  const missing = namesIn(change.code).find((name) => name !== change.defines && !known.has(name));
  if (missing) return { why: `the driver has no ${missing}` };
  return { text: replaced(source.text, change.edits) };
}

/** Names of the driver's own in a piece of C: its functions, macros and members. */
function namesIn(code: string): string[] {
  const plain = lex(code).code;
  const own = plain.match(/\b(?:arm_smmu|ARM_SMMU|GBPA|CMDQ|STRTAB|S2CR|s2cr)_\w+/g) ?? [];
  const members = [...plain.matchAll(/->(\w+)|\.(\w+)\b(?!\()/g)].map(([, arrow, dot]) => (arrow ?? dot)!);
  return [...new Set([...own, ...members])];
}

function replaced(text: string, edits: readonly Replacement[]): string {
  let made = '';
  let last = 0;
  for (const { at, text: added, removes } of [...edits].sort((a, b) => a.at - b.at)) {
    made += text.slice(last, at) + added;
    last = at + removes;
  }
  return made + text.slice(last);
}
