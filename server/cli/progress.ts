/** A one-line progress display on a terminal's standard error; silent anywhere else. */
export class Progress {
  private readonly start = Date.now();
  private last = 0;
  private shown = false;

  /** Shows `done` of `total` with a rate, at most ten times a second and only once a second has passed. */
  update(done: number, total: number, phase: string): void {
    if (!process.stderr.isTTY) return;
    const now = Date.now();
    if (now - this.start < 1000 || (now - this.last < 100 && done < total)) return;
    this.last = now;
    const rate = Math.round((done * 1000) / (now - this.start));
    process.stderr.write(`\r\x1b[K${phase}: ${done} of ${total} files (${rate} a second)`);
    this.shown = true;
  }

  /** Takes the line away. */
  end(): void {
    if (this.shown) process.stderr.write('\r\x1b[K');
    this.shown = false;
  }
}
