import { checkpatch } from '../checkpatch.ts';
import type { Format } from '../format.ts';
import { gcc } from '../gcc.ts';
import { github } from '../github.ts';
import { gitlab } from '../gitlab.ts';
import { json } from '../json.ts';
import { jsonl } from '../jsonl.ts';
import { junit } from '../junit.ts';
import { pretty } from '../pretty.ts';
import { sarif } from '../sarif.ts';
import { html } from './html.ts';

/** Every format of `quiesce check`. A new one is one file and one line here. */
export const FORMATS: readonly Format[] = [
  pretty,
  gcc,
  checkpatch,
  json,
  jsonl,
  sarif,
  github,
  gitlab,
  junit,
  html,
];
