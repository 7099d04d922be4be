import { join } from 'node:path';
import type { Driver } from '../audit/model.ts';
import { Breath } from '../project/breath.ts';
import type { LiveRoot } from '../project/live-root.ts';
import type { ConfiguredBoards } from './board.ts';
import type { Session } from './session.ts';

/** One driver as the tree view of a client shows it. */
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
  /** Whether the machine that is configured (`board` of `.quiesce.yaml`) binds it; null where none is. */
  readonly onBoard: boolean | null;
}

/** Word of changes is held back until it is quiet for so long. */
const QUIET_MS = 500;

/** Reading all drivers may hold up a keystroke for so long. */
const HOLD_MS = 10;

/** All drivers known, for the client's **Drivers** view (`quiesce/drivers`), and word of changes to them. */
export function registerDrivers(session: Session): void {
  const list = new DriverList(session);
  let timer: NodeJS.Timeout | undefined;
  session.onJudged.push((paths) => {
    if (!list.update(paths)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void session.connection.sendNotification('quiesce/drivers-changed'), QUIET_MS);
    timer.unref();
  });
  session.connection.onRequest('quiesce/drivers', () => list.rows());
}

/** The drivers of one root, as they were last told. */
interface Known {
  readonly byFile: Map<string, readonly Driver[]>;
  /** Of the root, when all of them were read. */
  readonly generation: number;
  /** Another one for each change. */
  version: number;
}

/** The drivers of a workspace: after a keystroke only those of the files that it touched are read again. */
class DriverList {
  private readonly session: Session;
  private readonly known = new Map<LiveRoot, Known>();
  private boards: ConfiguredBoards | undefined;
  private versions = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(session: Session) {
    this.session = session;
  }

  /** Takes in that files (absolute paths) were judged; true when what `rows` told is no longer so. */
  update(paths: readonly string[]): boolean {
    // Nobody has asked yet: there is something now.
    if (this.known.size === 0) return true;
    let isChanged = false;
    for (const path of paths) {
      const { root, file } = this.session.live.locate(path);
      const known = this.known.get(root);
      if (known?.generation !== root.generation) return true;
      if (read(root, known, file)) {
        known.version = ++this.versions;
        isChanged = true;
      }
    }
    return isChanged;
  }

  /** All drivers, by root and file; one answer at a time, since others come from what the first one read. */
  rows(): Promise<DriverRow[]> {
    const mine = this.turn.then(() => this.readAll());
    this.turn = mine.catch(() => {});
    return mine;
  }

  private async readAll(): Promise<DriverRow[]> {
    const breath = new Breath(HOLD_MS);
    const rows: DriverRow[] = [];
    this.boards ??= new (await import('./board.ts')).ConfiguredBoards(this.session);
    for (const root of this.session.live.all) {
      const known = await this.upToDate(root, breath);
      const drivers: Driver[] = [];
      for (const file of [...known.byFile.keys()].sort()) drivers.push(...known.byFile.get(file)!);
      const isOnBoard = this.boards.filterOf(root.root, drivers, known.version);
      for (const driver of drivers) rows.push(rowOf(root, driver, isOnBoard?.(driver) ?? null));
    }
    return rows;
  }

  private async upToDate(root: LiveRoot, breath: Breath): Promise<Known> {
    for (;;) {
      const { generation } = root;
      const before = this.known.get(root);
      if (before?.generation === generation) return before;
      const known = { byFile: new Map(), generation, version: ++this.versions };
      this.known.set(root, known);
      for (const file of root.filesWithDrivers()) {
        read(root, known, file);
        await breath.take();
      }
    }
  }
}

/** Reads the drivers of a file; true when they are others than before. */
function read(root: LiveRoot, known: Known, file: string): boolean {
  const drivers = root.driversOf(file);
  const before = known.byFile.get(file) ?? [];
  if (drivers.length > 0) known.byFile.set(file, drivers);
  else known.byFile.delete(file);
  return shown(root, drivers) !== shown(root, before);
}

function shown(root: LiveRoot, drivers: readonly Driver[]): string {
  return JSON.stringify(drivers.map((driver) => [rowOf(root, driver, null), driver.match]));
}

function rowOf(root: LiveRoot, driver: Driver, onBoard: boolean | null): DriverRow {
  return {
    onBoard,
    path: join(root.root, driver.file),
    file: driver.file,
    line: driver.line,
    instance: driver.instance,
    bus: driver.bus,
    hook: driver.hook.state,
    dma: driver.dma.class,
    findings: driver.findings.length,
    severity: driver.findings.some((finding) => finding.severity === 'warning')
      ? 'warning'
      : driver.findings.length > 0
        ? 'note'
        : null,
  };
}
