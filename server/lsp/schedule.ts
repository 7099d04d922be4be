import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from './session.ts';

/** How long after the last edit a text that does not parse is taken where nothing is lost by it, and as it is. */
const SETTLE_WHOLE_MS = 1000;
const SETTLE_MS = 10_000;
/** Where two judgements in a row took longer than this, the next waits for a pause in the typing. */
const QUICK_MS = 120;
const MAX_WAIT_MS = 1500;
/** How long the module waits for what the file says by itself to be on its way. */
const FIRST_MS = 2;
/** Facts about Linux are confirmed in the tree when nothing was judged for this long. */
const CONFIRM_MS = 400;

interface Job {
  timer: NodeJS.Timeout | undefined;
  settle: NodeJS.Timeout | undefined;
  running: Promise<void> | undefined;
  dirty: boolean;
  /** How long the last judgement took, and the lesser of it and the one before: a first one reads the disk. */
  took: number;
  cost: number;
  abort: AbortController;
  /** What the file says by itself is there, before its module is read. */
  readonly glanced: Promise<void>;
  tellGlanced: () => void;
  judgements: number;
}

/**
 * Judges open files soon after they change, each at most once at a time: a new edit makes the work under way stale and
 * is judged after it.
 */
export class Scheduler {
  private readonly session: Session;
  private readonly jobs = new Map<string, Job>();
  private confirming: NodeJS.Timeout | undefined;

  constructor(session: Session) {
    this.session = session;
  }

  /** A file changed: judge it. */
  touch(path: string): void {
    const job = this.job(path);
    job.dirty = true;
    if (job.running) {
      job.abort.abort();
      return;
    }
    clearTimeout(job.timer);
    const wait = job.cost > QUICK_MS ? Math.min(job.cost, MAX_WAIT_MS) : 0;
    job.timer = setTimeout(() => this.start(path, job), wait);
  }

  /** Resolves when a file's drivers are those of its text; judges at once what waits. */
  async upToDate(path: string): Promise<void> {
    for (let job = this.jobs.get(path); job && (job.dirty || job.running); ) {
      if (!job.running) {
        clearTimeout(job.timer);
        this.start(path, job);
      }
      await job.running;
    }
  }

  /** Resolves when there is something to show of a file: all, or (true) what it says by itself before its module. */
  async first(path: string): Promise<boolean> {
    const job = this.jobs.get(path);
    if (!job || job.judgements > 0) {
      await this.upToDate(path);
      return false;
    }
    const all = this.upToDate(path).then(() => false);
    return Promise.race([all, job.glanced.then(() => true)]);
  }

  /** Takes the text as it is, even where it does not parse. */
  settle(path: string): void {
    const file = this.session.live.openFile(path);
    if (file?.settle()) this.touch(path);
  }

  private settleSoon(path: string, job: Job): void {
    if (this.session.live.openFile(path)?.settleWhole()) this.touch(path);
    else job.settle = setTimeout(() => this.settle(path), SETTLE_MS - SETTLE_WHOLE_MS);
  }

  /** Forgets a file. */
  drop(path: string): void {
    const job = this.jobs.get(path);
    if (!job) return;
    clearTimeout(job.timer);
    clearTimeout(job.settle);
    job.abort.abort();
    this.jobs.delete(path);
  }

  /** Ends all timers. */
  dispose(): void {
    clearTimeout(this.confirming);
    for (const path of [...this.jobs.keys()]) this.drop(path);
  }

  /** Asks the tree about the facts in use when there is a pause; what it contradicts is judged again. */
  private confirmLater(path: string): void {
    clearTimeout(this.confirming);
    this.confirming = setTimeout(async () => {
      const { live, connection } = this.session;
      try {
        const { root } = live.locate(path);
        if (!(await root.confirm())) return;
        for (const open of live.openPaths) if (live.locate(open).root === root) this.touch(open);
      } catch (error) {
        connection.console.error(`${path}: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }, CONFIRM_MS);
  }

  private job(path: string): Job {
    let job = this.jobs.get(path);
    if (!job) {
      let tellGlanced = (): void => {};
      const glanced = new Promise<void>((resolve) => {
        tellGlanced = resolve;
      });
      job = {
        glanced,
        tellGlanced,
        judgements: 0,
        timer: undefined,
        settle: undefined,
        running: undefined,
        dirty: false,
        took: 0,
        cost: 0,
        abort: new AbortController(),
      };
      this.jobs.set(path, job);
    }
    return job;
  }

  private start(path: string, job: Job): void {
    job.dirty = false;
    job.abort = new AbortController();
    job.running = this.run(path, job).finally(() => {
      job.running = undefined;
      if (job.dirty && this.jobs.get(path) === job) this.touch(path);
    });
  }

  private async run(path: string, job: Job): Promise<void> {
    const { live, connection, onJudged, onGlanced } = this.session;
    const before = performance.now();
    try {
      if (job.judgements === 0 && (await live.glance(path))) {
        job.tellGlanced();
        await Promise.all(onGlanced.map((tell) => tell(path)));
        // What answers a request is written in turns of its own; Makefiles are read in one long turn.
        await pause(FIRST_MS);
      }
      const affected = await live.judge(path, job.abort.signal);
      job.judgements++;
      const took = performance.now() - before;
      job.cost = Math.min(took, job.took);
      job.took = took;
      for (const tell of onJudged) tell(affected);
      this.confirmLater(path);
    } catch (error) {
      if (job.abort.signal.aborted) return;
      connection.console.error(`${path}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    clearTimeout(job.settle);
    if (live.openFile(path)?.isHeld)
      job.settle = setTimeout(() => this.settleSoon(path, job), SETTLE_WHOLE_MS);
  }
}
