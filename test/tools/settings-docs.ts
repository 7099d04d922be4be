/**
 * Writes the table of the extension's settings in README.md.
 *
 * Use: npm run settings-docs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { withSettings } from '../client/settings-table.ts';

writeFileSync('README.md', withSettings(readFileSync('README.md', 'utf8')));
