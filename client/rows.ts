/** One driver of the server's answer to `quiesce/drivers`. */
export interface DriverRow {
  /** Absolute path. */
  readonly path: string;
  readonly file: string;
  readonly line: number;
  readonly instance: string;
  readonly bus: string;
  readonly hook: string;
  readonly dma: string;
  readonly findings: number;
  readonly severity: 'warning' | 'note' | null;
  /** Whether the configured machine binds it; null where none is configured. */
  readonly onBoard: boolean | null;
}

/** Drivers of one subsystem. */
export interface Group {
  readonly name: string;
  readonly rows: readonly DriverRow[];
  /** How many of them have findings. */
  readonly findings: number;
}

/** The subsystem of a file: `drivers/net`, `sound/soc`, or its folder. */
export function subsystemOf(file: string): string {
  const parts = file.split('/');
  if (parts.length === 1) return '(top folder)';
  return parts.slice(0, Math.min(2, parts.length - 1)).join('/');
}

/** Groups drivers by subsystem, both in alphabetical order. */
export function groupsOf(rows: readonly DriverRow[]): Group[] {
  const groups = new Map<string, DriverRow[]>();
  for (const row of rows) {
    const name = subsystemOf(row.file);
    const list = groups.get(name);
    if (list) list.push(row);
    else groups.set(name, [row]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, list]) => ({
      name,
      rows: list.sort((a, b) => (a.instance < b.instance ? -1 : 1)),
      findings: list.filter((row) => row.findings > 0).length,
    }));
}

/** Whether a driver fits a filter: words, all of which must occur; `hook:` and `dma:` ask for a state, `on:board` for a device. */
export function matches(row: DriverRow, filter: string): boolean {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .every((word) => {
      const [key, value] = word.split(':');
      if (word === 'on:board') return row.onBoard !== false;
      if (value !== undefined && key === 'hook') return row.hook.startsWith(value);
      if (value !== undefined && key === 'dma') return row.dma.startsWith(value);
      if (value !== undefined && key === 'bus') return row.bus.startsWith(value);
      return `${row.instance} ${row.file} ${row.bus}`.toLowerCase().includes(word);
    });
}
