/** The thread that simulates. Its text is inside the panel's bundle: a webview may load no other script. */
import type { ToSimulator } from './protocol.ts';
import { SimulatorSession } from './session.ts';

interface Scope {
  postMessage(message: unknown, transfer: readonly Transferable[]): void;
  onmessage: ((event: MessageEvent<ToSimulator>) => void) | null;
}

const scope = globalThis as unknown as Scope;
const session = new SimulatorSession(
  (message, transfer = []) => scope.postMessage(message, transfer),
  () => new Promise((done) => setTimeout(done, 0)),
);
scope.onmessage = ({ data }) => void session.handle(data);
