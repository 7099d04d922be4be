import { readdirSync, readFileSync } from 'node:fs';

/** CPU time in milliseconds: of all threads, and of the main one. */
export interface CpuTime {
  readonly cpu: number;
  readonly main: number;
}

/** Counts the CPU time of another process from lap to lap, as Linux's `schedstat` has it in nanoseconds. */
export class CpuClock {
  private readonly pid: number;
  private last: CpuTime;

  constructor(pid: number) {
    this.pid = pid;
    this.last = this.total();
  }

  /** Since the process began; threads that ended are not counted. */
  total(): CpuTime {
    const threads = readdirSync(`/proc/${this.pid}/task`);
    const times = new Map(threads.map((thread) => [thread, this.of(thread)]));
    return { cpu: [...times.values()].reduce((sum, one) => sum + one, 0), main: times.get(`${this.pid}`)! };
  }

  /** Since the last lap. */
  lap(): CpuTime {
    const now = this.total();
    const before = this.last;
    this.last = now;
    return { cpu: Math.max(0, now.cpu - before.cpu), main: now.main - before.main };
  }

  private of(thread: string): number {
    try {
      const stat = readFileSync(`/proc/${this.pid}/task/${thread}/schedstat`, 'utf8');
      return Number.parseInt(stat, 10) / 1e6;
    } catch {
      return 0;
    }
  }
}

/** Resident memory of a process, MB. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
