import { DISK } from '../files.ts';
import type { ReadModulesOptions } from './types.ts';

/** `readModules`' callbacks over the file system: `readModules({ root, dirs, ...onDisk })`. What can't be read is not there. */
export const onDisk: Pick<ReadModulesOptions, 'readText' | 'listDir'> = {
  readText: (path) => DISK.text(path),
  listDir: (path) => DISK.list(path),
};
