/** The simulator's thread as the page sees it: what was played so far, and answers to questions. */
import { useCallback, useRef, useState } from 'preact/hooks';
import type { TimelineEntry } from '../../simulator/kexec/outcome-types.ts';
import type { PolicyChoice, Scenario } from '../../simulator/kexec/scenario-types.ts';
import { connectSimulator } from './host.ts';
import type { MachineFile } from './messages.ts';
import type { ExportFormat, FromSimulator, Machine, Play, Played } from './sim/protocol.ts';

/** What is on the screen. While a new scenario is played, the old one stays until the first policy is there. */
export interface Shown {
  readonly run: number;
  readonly scenario: Scenario;
  readonly played: ReadonlyMap<PolicyChoice, Played>;
  readonly done: boolean;
  readonly fixed: readonly string[];
}

export interface Simulator {
  readonly shown: Shown | null;
  /** What is wrong with the newest scenario or machine. */
  readonly failure: string | null;
  readonly entry: { policy: PolicyChoice; index: number; entry: TimelineEntry } | null;
  readonly play: (play: Play) => void;
  readonly ask: (policy: PolicyChoice, index: number) => void;
  readonly text: (
    format: ExportFormat,
    policies: readonly PolicyChoice[],
    theme: 'light' | 'dark',
  ) => Promise<string>;
  readonly read: (file: MachineFile, compatibles: readonly string[]) => void;
}

export function useSimulator(onMachine: (machine: Machine) => void): Simulator {
  const [shown, setShown] = useState<Shown | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [entry, setEntry] = useState<Simulator['entry']>(null);
  const run = useRef(0);
  const scenario = useRef<Scenario | null>(null);
  const waiting = useRef<((text: string) => void)[]>([]);
  const machine = useRef(onMachine);
  machine.current = onMachine;
  const post = useRef<ReturnType<typeof connectSimulator> | null>(null);

  const hear = useCallback((message: FromSimulator) => {
    if ('run' in message && message.run !== run.current) return;
    switch (message.type) {
      case 'scenario':
        scenario.current = message.scenario;
        return;
      case 'played':
        return setShown((before) => withPlayed(before, message.run, scenario.current!, message.played));
      case 'done':
        return setShown((before) => before && { ...before, done: true, fixed: message.fixed });
      case 'entry':
        return setEntry(message);
      case 'export':
        return waiting.current.shift()?.(message.text);
      case 'machine':
        return machine.current(message.machine);
      case 'failed':
        return setFailure(message.message);
    }
  }, []);
  post.current ??= connectSimulator(hear);

  return {
    shown,
    failure,
    entry,
    play: useCallback((play: Play) => {
      run.current++;
      setFailure(null);
      setEntry(null);
      post.current!({ type: 'play', run: run.current, ...play });
    }, []),
    ask: useCallback((policy: PolicyChoice, index: number) => {
      post.current!({ type: 'entry', run: run.current, policy, index });
    }, []),
    text: useCallback((format, policies, theme) => {
      return new Promise<string>((done) => {
        waiting.current.push(done);
        post.current!({ type: 'export', run: run.current, format, policies, theme });
      });
    }, []),
    read: useCallback((file: MachineFile, compatibles: readonly string[]) => {
      setFailure(null);
      post.current!({ type: 'machine', file, compatibles });
    }, []),
  };
}

function withPlayed(before: Shown | null, run: number, scenario: Scenario, one: Played): Shown {
  const same = before?.run === run;
  const played = new Map(same ? before.played : []);
  played.set(one.outcome.policy, one);
  return { run, scenario, played, done: false, fixed: same ? before.fixed : [] };
}
