import { openParser } from '../../../grammars/parser.ts';
import { extractFacts } from '../../../server/facts/extract.ts';
import type { Facts, InstanceFact } from '../../../server/facts/types.ts';

const parser = await openParser({ engine: 'wasm' });

/** Facts of a text. */
export function read(text: string): Facts {
  return extractFacts(parser, text);
}

/** The only driver instance of a text. */
export function only(text: string): InstanceFact {
  const { instances } = read(text);
  if (instances.length !== 1) {
    throw new Error(`${instances.length} instances: ${instances.map((one) => one.name).join(', ')}`);
  }
  return instances[0]!;
}

/** An instance's members as `path: value`. */
export function members(instance: InstanceFact): Record<string, string> {
  return Object.fromEntries(instance.members.map((member) => [member.path, member.value]));
}
