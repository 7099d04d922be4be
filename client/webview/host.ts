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

/** Starts the thread. A blob, since a webview's own scripts are of another origin than a worker may have. */
export function startSimulator(heard: (message: FromSimulator) => void): (message: ToSimulator) => void {
  const url = URL.createObjectURL(new Blob([workerText], { type: 'text/javascript' }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  worker.onmessage = ({ data }: MessageEvent<FromSimulator>) => heard(data);
  return (message) => worker.postMessage(message);
}
