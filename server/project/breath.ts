/** Milliseconds that a long piece of work may hold its thread. */
const HOLD = 50;

/** Lets a signal, a cancellation or a message through now and then in work that never waits by itself. */
export class Breath {
  private last = performance.now();

  /** Gives the thread away for a moment when it was held for long enough. */
  async take(): Promise<void> {
    if (performance.now() - this.last < HOLD) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.last = performance.now();
  }
}
