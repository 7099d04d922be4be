/** The panel's two neighbours: the extension, and the thread that simulates. */
import workerText from 'quiesce:worker';
import type { FromPanel, ToPanel } from './messages.ts';
import type { FromSimulator, ToSimulator } from './sim/protocol.ts';
import { type Kept, restored } from './state.ts';

interface VsCodeApi {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

/** Starts at once, while the page is still being made. A blob: a webview's scripts are of another origin than a worker may have. */
const worker = newWorker();

function newWorker(): Worker {
  const url = URL.createObjectURL(new Blob([workerText], { type: 'text/javascript' }));
  const made = new Worker(url);
  URL.revokeObjectURL(url);
  return made;
}

export function tell(message: FromPanel): void {
  api.postMessage(message);
}

/** Calls `heard` for each message of the extension's. */
export function onTold(heard: (message: ToPanel) => void): void {
  addEventListener('message', ({ data }: MessageEvent<ToPanel>) => heard(data));
}

export function keep(kept: Kept): void {
  api.setState(kept);
}

export function keptBefore(): Kept | undefined {
  return restored(api.getState());
}

/** Listens to the simulator's thread. @returns what sends it a message */
export function connectSimulator(heard: (message: FromSimulator) => void): (message: ToSimulator) => void {
  worker.onmessage = ({ data }: MessageEvent<FromSimulator>) => heard(data);
  return (message) => worker.postMessage(message);
}
