import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** One row of a truth file, as far as it is scored. */
export interface TruthRow {
  readonly module: string;
  readonly file: string;
  readonly bus: string;
  readonly instance: string;
  readonly hasHook: boolean;
  readonly dmaClass: string;
  readonly imports: string;
}

/** What the multi-instance file says of one instance. */
export type OwnDma = 'dma' | 'sibling' | 'parent' | 'card' | 'none';

export interface Truth {
  readonly rows: readonly TruthRow[];
  /** `file\0instance` to whether that instance does DMA itself. */
  readonly own: ReadonlyMap<string, OwnDma>;
}

/** Reads truth files by their header line; files that hold neither hooks nor `own_dma` are refused. */
export function readTruth(files: readonly string[]): Truth {
  const rows: TruthRow[] = [];
  const own = new Map<string, OwnDma>();
  for (const file of files) {
    const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
    const columns = head!.trim().split(',');
    const at = (name: string): number => columns.indexOf(name);
    if (at('own_dma') < 0 && at('shutdown_fn') < 0) {
      throw new Error(
        `${basename(file)}: no truth file with hooks or own_dma (columns: ${columns.join(', ')})`,
      );
    }
    for (const line of lines) {
      const cells = line.trim().split(',');
      const cell = (name: string): string => cells[at(name)] ?? '';
      if (at('own_dma') >= 0) {
        own.set(keyOf(cell('source_file'), cell('instance')), cell('own_dma') as OwnDma);
        continue;
      }
      rows.push({
        module: cell('module'),
        file: cell('source_file'),
        bus: cell('bus'),
        instance: cell('instance'),
        hasHook: cell('has_shutdown') === '1' || cell('driver_shutdown') === '1',
        dmaClass: cell('dma_class'),
        imports: cell('dma_imports'),
      });
    }
  }
  return { rows, own };
}

export function keyOf(file: string, instance: string): string {
  return `${file}\0${instance}`;
}
