import { setFlagsFromString } from 'node:v8';
import { openParser } from '../../grammars/parser.ts';

/** The largest function, in bytes of bytecode, that V8 optimises by default. */
const USUAL_BYTES = 61_440;
/** A client that opens nothing does not keep the server slow. */
const LATEST_MS = 3000;

/**
 * Gets a new server to its first finding sooner. V8's optimising compiler rests: it works beside the thread that reads
 * the file, of which each function runs once, and on two cores takes a third of the time from it. And the parser is
 * compiled while the client says who it is.
 * @returns has code optimised again; to be called when something was shown, and called by itself after three seconds
 */
export function startQuickly(): () => void {
  setFlagsFromString('--max-optimized-bytecode-size=1');
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
    setFlagsFromString(`--max-optimized-bytecode-size=${USUAL_BYTES}`);
  }
}
