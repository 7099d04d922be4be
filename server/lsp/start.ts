import { setFlagsFromString } from 'node:v8';
import { openParser } from '../../grammars/parser.ts';

/** A client that opens nothing does not keep the server slow. */
const LATEST_MS = 3000;

/**
 * Gets a new server to its first finding sooner. V8's optimising compiler rests: it works beside the thread that reads
 * the file, of which each function runs for the first time, and on two cores takes a third of the time from it. And the
 * parser is compiled while the client says who it is.
 *
 * The compiler's own switch is read whenever a function is considered, so that what is hot is considered again when it
 * is back. A limit on the size of functions instead left a keystroke at twice its CPU time, though it was put back.
 * @returns has code optimised again; to be called when something was shown, and called by itself after three seconds
 */
export function startQuickly(): () => void {
  setFlagsFromString('--no-turbofan');
  const timer = setTimeout(settle, LATEST_MS);
  timer.unref();
  // Whoever opens it next says what is wrong.
  openParser().then(
    (parser) => parser.dispose(),
    () => {},
  );
  return settle;

  function settle(): void {
    clearTimeout(timer);
    setFlagsFromString('--turbofan');
  }
}
