/** The panel: one driver's kexec under every policy. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PolicyChoice } from '../../simulator/kexec/scenario-types.ts';
import { todayOn } from '../../simulator/kexec/today.ts';
import { reached } from './draw/memory.ts';
import { timeScale } from './draw/scales.ts';
import { useColours } from './draw/theme.ts';
import { breath, loadElements } from './elements.ts';
import { GROUPS } from './fields.ts';
import { keep, keptBefore, onTold, tell } from './host.ts';
import { AnswerCard } from './parts/answer.tsx';
import { Controls } from './parts/controls.tsx';
import { Detail } from './parts/detail.tsx';
import { type ExportKind, Exports } from './parts/exports.tsx';
import { OpenSource, SourceLink } from './parts/link.tsx';
import { Assumed, Hits, Steps } from './parts/lists.tsx';
import { Matrix } from './parts/matrix.tsx';
import { Playback } from './parts/playback.tsx';
import { Glossary, TermTip } from './parts/term.tsx';
import { PolicyView } from './parts/view.tsx';
import { pngOf } from './raster.ts';
import { exportedInput, fileName, playOf } from './scenario.ts';
import type { Machine, Played } from './sim/protocol.ts';
import { at, changed, chosen, compared, type Kept, NO_ZOOM, opened, settled, stepped } from './state.ts';
import { type Shown, type Simulator, useSimulator } from './use-simulator.ts';

/** Waits for a subject, then shows it. */
export function App() {
  const [kept, setKept] = useState<Kept | null>(() => keptBefore() ?? null);
  const [failed, setFailed] = useState<string | null>(null);
  const patch = useCallback((change: (before: Kept) => Kept) => {
    setKept((before) => (before ? change(before) : before));
  }, []);
  const machineRead = useCallback(
    (machine: Machine) =>
      patch((before) => {
        const { board: _, smmu: __, ...changes } = before.changes;
        return { ...before, machine, changes, zoom: NO_ZOOM };
      }),
    [patch],
  );
  const simulator = useSimulator(machineRead);
  const compatibles = useRef<readonly string[]>([]);
  compatibles.current = kept?.subject.driver.compatibles ?? [];
  useEffect(() => {
    onTold((message) => {
      if (message.type === 'subject') setKept(opened(message.subject));
      else if (message.type === 'today')
        patch((k) => ({ ...k, subject: { ...k.subject, today: message.today } }));
      else if (message.type === 'machine') simulator.read(message.file, compatibles.current);
      else setFailed(message.message);
    });
    tell({ type: 'ready', has: keptBefore() !== undefined });
  }, []);
  useEffect(() => {
    if (kept) keep(kept);
  }, [kept]);
  const open = useCallback(
    (file: string, line: number) => tell({ type: 'open', root: kept?.subject.root ?? '', file, line }),
    [kept?.subject.root],
  );
  if (failed) {
    return (
      <p class="failure" role="alert">
        {failed}
      </p>
    );
  }
  if (!kept) return <p class="empty">Reading the driver…</p>;
  return (
    <OpenSource.Provider value={open}>
      <Panel kept={kept} patch={patch} simulator={simulator} />
      <TermTip />
    </OpenSource.Provider>
  );
}

interface PanelProps {
  readonly kept: Kept;
  readonly patch: (change: (before: Kept) => Kept) => void;
  readonly simulator: Simulator;
}

/** Plays whenever the scenario changes; shows what was played. */
function Panel({ kept, patch, simulator }: PanelProps) {
  const { subject, machine, changes } = kept;
  const { shown, play } = simulator;
  useEffect(() => {
    const guess = kept.policy ?? subject.today.v2.policy;
    play(playOf(subject, machine, changes, [guess, ...(kept.other ? [kept.other] : [])]));
  }, [subject.input, subject.assumptions, machine, changes]);
  return (
    <main>
      <header class="top">
        <div>
          <h1>
            <span>{subject.driver.instance}</span> across a kexec
          </h1>
          <p>
            <SourceLink file={subject.driver.file} line={subject.driver.line} /> · {subject.driver.dma} · hook{' '}
            {subject.driver.hook}
          </p>
        </div>
        {shown && <ExportBar kept={kept} shown={shown} simulator={simulator} />}
      </header>
      {shown ? (
        <Result kept={kept} patch={patch} simulator={simulator} shown={shown} />
      ) : simulator.failure ? (
        <p class="failure" role="alert">
          {simulator.failure}
        </p>
      ) : (
        <p class="empty">Simulating…</p>
      )}
    </main>
  );
}

function ExportBar({ kept, shown, simulator }: Pick<PanelProps, 'kept' | 'simulator'> & { shown: Shown }) {
  const run = async (what: ExportKind) => {
    const { subject } = kept;
    const light = document.body.classList.contains('vscode-light');
    const policy = policyOf(kept, shown);
    const policies = kept.other ? [policy, kept.other] : [policy];
    const save = (ending: string, data: string, binary = false) =>
      tell({ type: 'save', name: fileName(subject, ending), data, binary });
    const picture = () => simulator.text('svg', policies, light ? 'light' : 'dark');
    switch (what) {
      case 'svg':
        return save('svg', await simulator.text('svg', policies, 'light'));
      case 'png':
        return save('png', await pngOf(await picture()), true);
      case 'json':
        return save('json', await simulator.text('json', policies, 'light'));
      case 'scenario': {
        const input = exportedInput(subject, kept.machine, kept.changes);
        return save('scenario.json', `${JSON.stringify(input, null, 2)}\n`);
      }
      case 'summary':
        return tell({ type: 'copy', text: await simulator.text('summary', policies, 'light') });
    }
  };
  return <Exports run={(what) => void run(what)} />;
}

/** The policy on the screen: the chosen one, else today's of this tree on this machine. */
function policyOf(kept: Kept, { scenario }: Shown): PolicyChoice {
  return kept.policy ?? todayOn(kept.subject.today, scenario).policy;
}

/** How long `play` takes from one end to the other at single speed. */
const PLAY_MS = 12_000;

function Result({ kept, patch, simulator, shown }: PanelProps & { shown: Shown }) {
  const { scenario, played, done, fixed } = shown;
  const colours = useColours();
  const stage = useStage(GROUPS.length + 1);
  const [playing, setPlaying] = useState(false);
  const [hovered, setHovered] = useState<{ policy: PolicyChoice; index: number } | null>(null);
  const today = useMemo(() => todayOn(kept.subject.today, scenario), [kept.subject, scenario]);
  const policy = policyOf(kept, shown);
  const first = played.get(policy);
  const second = kept.other ? played.get(kept.other) : undefined;
  const columns = first?.columns;

  useEffect(() => {
    if (first) patch((k) => settled(k, first));
  }, [first]);
  const seek = useCallback(
    (t: number) => patch((k) => (columns ? at(k, columns, t) : { ...k, t })),
    [columns],
  );
  const step = useCallback((by: number) => patch((k) => (columns ? stepped(k, columns, by) : k)), [columns]);
  usePlay(playing, kept, first, patch, () => setPlaying(false));

  const asked = hovered ?? { policy, index: kept.index };
  const { ask } = simulator;
  useEffect(() => {
    if (asked.index >= 0 && done) ask(asked.policy, asked.index);
  }, [asked.policy, asked.index, done, shown.run]);
  const answer = simulator.entry;
  const entry = answer?.policy === asked.policy && answer.index === asked.index ? answer.entry : undefined;

  const hits = useMemo(
    () => [first, second].flatMap((one) => (one?.clock ? reached(one.columns, one.clock.jump) : [])),
    [first, second],
  );
  const setZoom = useCallback((zoom: Kept['zoom']) => patch((k) => ({ ...k, zoom })), []);
  const zoomTo = useCallback((pa: number) => {
    patch((k) => ({ ...k, zoom: { ...k.zoom, page: pa - (pa % 4096) } }));
  }, []);
  const hoverIn = (name: PolicyChoice) => (index: number) =>
    setHovered(index >= 0 ? { policy: name, index } : null);
  const matrix = useMemo(
    () => (
      <Matrix
        played={played}
        policy={policy}
        other={kept.other}
        today={today}
        choose={(name) => patch((k) => chosen(k, name, played.get(name)?.columns))}
        compare={(name) => patch((k) => compared(k, name, policy))}
      />
    ),
    [played, policy, kept.other, today],
  );
  const sides = useMemo(
    () => (
      <>
        {first && <Hits outcome={first.outcome} zoomTo={zoomTo} />}
        {first && <Steps outcome={first.outcome} />}
        <Assumed scenario={scenario} />
        <Glossary />
      </>
    ),
    [first, scenario],
  );
  const controls = useMemo(
    () => (
      <Controls
        scenario={scenario}
        changes={kept.changes}
        machine={kept.machine}
        hook={kept.subject.driver.hook}
        failure={simulator.failure}
        groups={stage}
        change={(path, value) => patch((k) => changed(k, path, value))}
        pick={(kind) => tell({ type: 'pick', kind })}
        forget={() => patch((k) => ({ ...k, machine: null, zoom: NO_ZOOM }))}
        reset={() => patch((k) => ({ ...k, machine: null, changes: {}, zoom: NO_ZOOM }))}
      />
    ),
    [scenario, kept.changes, kept.machine, kept.subject, simulator.failure, stage],
  );
  const card = useMemo(
    () => (
      <AnswerCard
        played={played}
        policy={policy}
        today={today}
        scenario={scenario}
        done={done}
        fixed={fixed}
      />
    ),
    [played, policy, today, scenario, done, fixed],
  );

  const view = (one: Played, isSecond: boolean) =>
    one.map && (
      <PolicyView
        key={one.outcome.policy}
        played={one}
        compared={isSecond}
        t={kept.t}
        index={isSecond ? at(kept, one.columns, kept.t).index : kept.index}
        zoom={kept.zoom}
        hits={hits}
        colours={colours}
        setZoom={setZoom}
        seek={seek}
        step={isSecond ? (by) => patch((k) => seekIn(k, one, by)) : step}
        hover={hoverIn(one.outcome.policy)}
      />
    );
  const shownIn = hovered ? played.get(hovered.policy) : first;
  return (
    <div class="layout">
      <div class="content">
        {card}
        {matrix}
        <section class="section" aria-labelledby="time-title">
          <h2 id="time-title">Over time</h2>
          {first && (
            <Playback
              played={first}
              t={kept.t}
              index={kept.index}
              playing={playing}
              speed={kept.speed}
              toggle={() => setPlaying((on) => !on)}
              step={step}
              setSpeed={(speed) => patch((k) => ({ ...k, speed }))}
            />
          )}
          <div class={second ? 'views two' : 'views'}>
            {first && view(first, false)}
            {second && view(second, true)}
          </div>
          {first && !first.outcome.applicable && <p class="empty">{first.outcome.reason}.</p>}
        </section>
        <Detail
          entry={entry}
          policy={asked.policy}
          index={asked.index}
          count={shownIn?.columns.count ?? 0}
          scenario={scenario}
          zoomTo={zoomTo}
        />
        {stage > GROUPS.length && sides}
      </div>
      {stage > 0 && controls}
    </div>
  );
}

/** How much of what is below the first picture is there: it comes piece by piece, so that the page never hangs. */
function useStage(last: number): number {
  const [stage, set] = useState(0);
  useEffect(() => {
    const frame = requestAnimationFrame(async () => {
      await breath();
      await loadElements();
      for (let next = 1; next <= last; next++) {
        set(next);
        await breath();
      }
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  return stage;
}

/** A step in the policy beside the first moves the moment; the first policy's access follows it. */
function seekIn(kept: Kept, one: Played, by: number): Kept {
  const here = at(kept, one.columns, kept.t);
  return { ...stepped(here, one.columns, by), index: here.index };
}

/** Moves the playhead evenly along the picture while `playing`. */
function usePlay(
  playing: boolean,
  kept: Kept,
  one: Played | undefined,
  patch: PanelProps['patch'],
  end: () => void,
): void {
  const clock = one?.clock;
  useEffect(() => {
    if (!playing || !clock || !one) return;
    const x = timeScale(clock, 1);
    let place = kept.t >= clock.end ? 0 : x(kept.t);
    let last = performance.now();
    let frame = requestAnimationFrame(function next(now) {
      place += ((now - last) / PLAY_MS) * kept.speed;
      last = now;
      const t = Math.round(x.invert(Math.min(1, place)));
      patch((k) => at(k, one.columns, t));
      if (place >= 1) end();
      else frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing, one, kept.speed]);
}
