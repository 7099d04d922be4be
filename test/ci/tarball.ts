import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Packs what `npm run build` built, as `npm pack` does; returns the tarball's path. */
export function packed(folder: string): string {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const said = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ filename }] = JSON.parse(said) as [{ filename: string }];
  return join(folder, filename);
}
