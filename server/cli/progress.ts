/** A one-line progress display on a terminal's standard error; silent anywhere else. */
export class Progress {
  private readonly begin = Date.now();
  private phase = '';
  private phaseBegin = this.begin;
  private last = 0;
  private shown = false;

  /**
   * Shows `done` of `total` with a rate and the seconds that are left in this phase, at most ten times a second and
   * only once a second has passed.
   */
  update(done: number, total: number, phase: string): void {
    if (!process.stderr.isTTY) return;
    const now = Date.now();
    if (phase !== this.phase) {
      this.phase = phase;
      this.phaseBegin = now;
    }
    if (now - this.begin < 1000 || (now - this.last < 100 && done < total)) return;
    this.last = now;
    const seconds = Math.max(now - this.phaseBegin, 1) / 1000;
    const rate = done / seconds;
    const left = rate > 0 ? `, ${Math.ceil((total - done) / rate)} s left` : '';
    const share = Math.floor((100 * done) / Math.max(total, 1));
    process.stderr.write(
      `\r\x1b[K${phase}: ${done} of ${total} (${share} %), ${Math.round(rate)} a second${left}`,
    );
    this.shown = true;
  }

  /** Takes the line away. */
  end(): void {
    if (this.shown) process.stderr.write('\r\x1b[K');
    this.shown = false;
  }
}
