import type { Format } from './format.ts';
import { findingObject } from './json.ts';

/** One finding a line, each as it stands in `findings` of `--format json`. */
export const jsonl: Format = {
  name: 'jsonl',
  summary: 'one finding a line, in JSON',
  render: ({ reported }) => reported.map((one) => `${JSON.stringify(findingObject(one))}\n`).join(''),
};
