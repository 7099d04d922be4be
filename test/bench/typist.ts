import { setTimeout as pause } from 'node:timers/promises';
import { positionOf, type TestClient } from '../server/lsp/client.ts';
import { CpuClock, type CpuTime } from './process.ts';

/** What one keystroke took until its diagnostics were there, in milliseconds. */
export interface Typing extends CpuTime {
  readonly wall: number;
}

/** Typed text, and the line (from 0) and character where it begins. */
interface Place {
  readonly line: number;
  readonly character: number;
  readonly typed: string;
}

/** What is typed somewhere, and taken back, character by character: the `round`th time. */
export type Script = (text: string, round: number) => Place;

/** What people type. */
export const SCRIPTS: Readonly<Record<string, Script>> = {
  body: (text, round) => ({
    ...inBodies(text, round, 1),
    typed: round % 4 === 3 ? '\n' : 'x',
  }),
  statement: (text, round) => ({
    ...inBodies(text, round, 0),
    typed: '\tif (!ring || (err & 1))\n\t\tnapi_disable(&ring->napi);\n',
  }),
  'DMA call': (text, round) => ({
    ...inBodies(text, round, 0),
    typed: '\tbuf = dma_alloc_coherent(dev, size, &dma, GFP_KERNEL);\n',
  }),
  'driver struct': (text) => {
    const { line } = positionOf(text, '_driver = {');
    return { line: line + 1, character: 0, typed: '\t.shutdown\t= typed_shutdown,\n' };
  },
  function: (text, round) => {
    const ends = text.split('\n').flatMap((line, at) => (line === '}' ? [at + 1] : []));
    const line = ends[(round * 7919) % ends.length]!;
    return { line, character: 0, typed: '\nstatic int typed_stop(struct typed *t)\n{\n\treturn 0;\n}\n' };
  },
  comment: (text, round) => ({
    ...inBodies(text, round, 0),
    typed: '\t/* the "ring" isn\'t (yet) { running */\n',
  }),
};

/** Before a statement that is a call, at a character of its line. */
function inBodies(text: string, round: number, character: number): { line: number; character: number } {
  const places = text.split('\n').flatMap((line, at) => (/^\t\w+\(.*\);$/.test(line) ? [at] : []));
  return { line: places[(round * 7919) % places.length]!, character };
}

/** Types into an open document and waits for the diagnostics of each version. */
export class Typist {
  private readonly client: TestClient;
  private readonly path: string;
  private readonly text: string;
  private readonly clock: CpuClock;
  private round = 0;

  constructor(client: TestClient, path: string, text: string) {
    this.client = client;
    this.path = path;
    this.text = text;
    this.clock = new CpuClock(client.process.pid!);
  }

  /** Types a script over and over for so many keystrokes at least; leaves the text as it was. */
  async run(script: Script, keystrokes: number, every = 0): Promise<Typing[]> {
    const times: Typing[] = [];
    while (times.length < keystrokes) {
      const { line, character, typed } = script(this.text, this.round++);
      const ends = [{ line, character }];
      for (const letter of typed) {
        const at = ends.at(-1)!;
        times.push(await this.stroke(letter, at, at));
        ends.push(
          letter === '\n'
            ? { line: at.line + 1, character: 0 }
            : { line: at.line, character: at.character + 1 },
        );
        if (every > 0) await pause(every);
      }
      while (ends.length > 1) {
        const end = ends.pop()!;
        times.push(await this.stroke('', ends.at(-1)!, end));
        if (every > 0) await pause(every);
      }
    }
    return times;
  }

  private async stroke(text: string, start: object, end: object): Promise<Typing> {
    this.clock.lap();
    const before = performance.now();
    const version = await this.client.change(this.path, text, { start, end });
    await this.client.diagnostics(this.path, version);
    return { wall: performance.now() - before, ...this.clock.lap() };
  }
}
