/**
 * Writes docs/schema/config.schema.json and the table of keys in docs/configuration.md.
 *
 * Use: npm run config-docs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { configSchema, configTable, inDocument } from '../../server/config/schema.ts';

const PAGE = 'docs/configuration.md';

writeFileSync('docs/schema/config.schema.json', `${JSON.stringify(configSchema(), null, 2)}\n`);
writeFileSync(PAGE, inDocument(readFileSync(PAGE, 'utf8'), configTable()));
process.stdout.write('docs/schema/config.schema.json, docs/configuration.md\n');
