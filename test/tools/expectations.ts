/** Expectations written into C fixtures: a comment `expect: RULE, RULE` or `expect: none` on a driver struct's line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '../../server/audit/model.ts';

const MARK = /\/[*/]\s*expect:\s*([\w,\s-]+?)\s*(?:\*\/|$)/;

/** One driver struct's line: `file:line` and its rules, sorted, `none` for none. */
export type Expectation = `${string}:${number} ${string}`;

/** The C files below a directory, sorted, with the directory in front. */
export function sourcesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[ch]$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** What the comments of some files expect, in the order of files and lines. */
export function expectationsIn(files: readonly string[]): Expectation[] {
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((text, index): Expectation[] => {
        const mark = MARK.exec(text);
        return mark ? [`${file}:${index + 1} ${joined(mark[1]!.split(/[\s,]+/))}`] : [];
      }),
  );
}

/** What the audit said of some drivers, in the same form and order. */
export function verdictsOf(drivers: readonly Driver[]): Expectation[] {
  return drivers.map(
    (driver): Expectation =>
      `${driver.file}:${driver.line} ${joined(driver.findings.map((finding) => finding.rule))}`,
  );
}

function joined(rules: readonly string[]): string {
  return rules.length === 0 ? 'none' : [...rules].sort().join(', ');
}
