import type { Report } from './findings.ts';

/** What a format may know of where its text goes. */
export interface Target {
  /** A terminal that shows colours. */
  readonly color: boolean;
}

/** A way to write a run down. */
export interface Format {
  /** What a person types after `--format`. */
  readonly name: string;
  /** For the help: what reads it. */
  readonly summary: string;
  /** The whole text; a function of the report alone. */
  readonly render: (report: Report, target: Target) => string | Promise<string>;
}
