import { readdirSync, readFileSync } from 'node:fs';
import type { ReadModulesOptions } from './types.ts';

/** `readModules`' callbacks over the file system: `readModules({ root, dirs, ...onDisk })`. What can't be read is not there. */
export const onDisk: Pick<ReadModulesOptions, 'readText' | 'listDir'> = {
  readText(path) {
    try {
      // Makefiles are ASCII but for comments, and not all of these are UTF-8.
      return readFileSync(path, 'latin1');
    } catch {
      return undefined;
    }
  },
  listDir(path) {
    try {
      return readdirSync(path);
    } catch {
      return undefined;
    }
  },
};
