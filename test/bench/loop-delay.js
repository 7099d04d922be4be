// Preloaded into a process that is measured (`node --import`), and run by itself as a measure of the machine's own noise:
// how late a timer of 5 ms comes. Appends a line of JSON to LOOP_DELAY_FILE at each SIGUSR2, and starts over.
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION = 5;
const late = monitorEventLoopDelay({ resolution: RESOLUTION });
late.enable();
process.on('SIGUSR2', () => {
  const ms = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  const line = { p95: ms(late.percentile(95)), p99: ms(late.percentile(99)), most: ms(late.max) };
  appendFileSync(process.env.LOOP_DELAY_FILE, `${JSON.stringify(line)}\n`);
  late.reset();
});
// A bare process has nothing else that keeps it running.
if (process.env.LOOP_DELAY_ALONE) setInterval(() => {}, 1000);
