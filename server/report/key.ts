import { createHash } from 'node:crypto';
import type { Driver, Finding } from '../audit/model.ts';

/**
 * What makes a finding the same finding in another revision of the tree: the rule and the driver struct, never the
 * line, so that it survives what is written above it.
 */
export interface FindingKey {
  readonly rule: string;
  /** As the driver is printed: from the kernel root. */
  readonly file: string;
  readonly instance: string;
}

interface Found {
  readonly driver: Driver;
  readonly finding: Finding;
}

/** The identity of a finding. */
export function keyOf({ driver, finding }: Found): FindingKey {
  return { rule: finding.rule, file: driver.file, instance: driver.instance };
}

/** A key as one string, for maps and sorting. */
export function keyText({ rule, file, instance }: FindingKey): string {
  return `${rule}\0${file}\0${instance}`;
}

/**
 * A key as 32 hex digits, the same in every run and on every machine: what services keep between two runs.
 * @param occurrence tells findings of one key apart (several stale suppressions beside one driver): 0 for the first
 */
export function fingerprintOf(key: FindingKey, occurrence = 0): string {
  const text = occurrence === 0 ? keyText(key) : `${keyText(key)}\0${occurrence}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** The fingerprints of a list, each once. */
export function fingerprintsOf(reported: readonly Found[]): string[] {
  const seen = new Map<string, number>();
  return reported.map((one) => {
    const key = keyOf(one);
    const text = keyText(key);
    const occurrence = seen.get(text) ?? 0;
    seen.set(text, occurrence + 1);
    return fingerprintOf(key, occurrence);
  });
}
