import { CONFIG, CONFIG_NAME } from './keys.ts';
import type { Key, Shape } from './shape.ts';

/** The JSON schema of a configuration (`docs/schema/config.schema.json`), for editors. */
export function configSchema(): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'quiesce:config',
    title: CONFIG_NAME,
    description: 'What Quiesce reports of the files below this one, and what it has to know of them.',
    ...schemaOf(CONFIG),
  };
}

function schemaOf(shape: Shape): object {
  switch (shape.kind) {
    case 'flag':
      return { type: 'boolean' };
    case 'choice':
      return { enum: shape.of };
    case 'text':
      // `6.12` without quotes is a number to YAML; the pattern is for text only.
      return shape.pattern?.startsWith('^\\d')
        ? { type: ['string', 'number'], pattern: shape.pattern }
        : { type: 'string', minLength: 1, ...(shape.pattern ? { pattern: shape.pattern } : {}) };
    case 'whole':
      return { type: 'integer', minimum: shape.min, maximum: shape.max };
    case 'list':
      return { type: 'array', items: schemaOf(shape.of) };
    case 'map': {
      const keys = Object.entries(shape.keys);
      const required = keys.filter(([, key]) => key.required).map(([name]) => name);
      return {
        type: 'object',
        additionalProperties: false,
        ...(required.length > 0 ? { required } : {}),
        properties: Object.fromEntries(keys.map(([name, key]) => [name, propertyOf(key)])),
      };
    }
  }
}

function propertyOf({ shape, doc, absent }: Key): object {
  const description = absent === undefined ? doc : `${doc} Absent: ${absent.replace(/`/g, '')}.`;
  return { description: description.replace(/`/g, ''), ...schemaOf(shape) };
}

/** The keys as a table of Markdown, for `docs/configuration.md`. */
export function configTable(shape: Shape & { kind: 'map' } = CONFIG, prefix = ''): string {
  return Object.entries(shape.keys)
    .flatMap(([name, key]) => rowsOf(`${prefix}${name}`, key))
    .join('');
}

function rowsOf(name: string, { shape, doc, required, absent }: Key): string[] {
  const otherwise = required ? 'required' : (absent ?? '');
  const row = `| \`${name}\` | ${valuesOf(shape)} | ${otherwise} | ${doc} |\n`;
  // The rules have pages of their own.
  if (name.endsWith('rules')) return [row];
  if (shape.kind === 'list' && shape.of.kind === 'map') return [row, configTable(shape.of, `${name}[].`)];
  return [row];
}

function valuesOf(shape: Shape): string {
  switch (shape.kind) {
    case 'flag':
      return '`true`, `false`';
    case 'choice':
      return shape.of.map((one) => `\`${one}\``).join(', ');
    case 'text':
      return shape.what;
    case 'whole':
      return `${shape.min} to ${shape.max}`;
    case 'list':
      return shape.of.kind === 'map' ? 'list' : `list of ${valuesOf(shape.of).replace(/^an? /, '')}s`;
    case 'map':
      return 'rule: `off`, `note` or `warning`';
  }
}

const BEGIN = '<!-- keys: written by npm run config-docs -->\n';
const END = '<!-- end of keys -->';

/** A page with its table of keys as it should be. */
export function inDocument(page: string, table: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  const head = '| key | value | if absent | |\n|---|---|---|---|\n';
  return `${page.slice(0, from)}${BEGIN}${head}${table}${page.slice(to)}`;
}
