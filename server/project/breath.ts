/** Milliseconds that a long piece of work may hold its thread. */
const HOLD = 50;

/** Lets a signal, a cancellation or a message through now and then in work that never waits by itself. */
export class Breath {
  private readonly hold: number;
  private last = performance.now();

  /** @param hold milliseconds; an editor's keystrokes want fewer than a command line's interrupts */
  constructor(hold = HOLD) {
    this.hold = hold;
  }

  /** Gives the thread away for a moment when it was held for long enough. */
  async take(): Promise<void> {
    if (performance.now() - this.last < this.hold) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.last = performance.now();
  }
}
