/** The simulator behind the panel: plays the newest scenario policy by policy and answers questions about it. */
import { Simulation, simulatePolicy } from '../../../simulator/kexec/engine.ts';
import type { TimelineEntry } from '../../../simulator/kexec/outcome-types.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import type { PolicyChoice, Scenario } from '../../../simulator/kexec/scenario-types.ts';
import { buffersOf, columnsOf } from '../../../simulator/view/columns.ts';
import { simulationJson } from '../../../simulator/view/json.ts';
import { simulationSvg } from '../../../simulator/view/svg.ts';
import { simulationSummary } from '../../../simulator/view/table.ts';
import { readMachine } from './machine.ts';
import type { FromSimulator, Play, ToSimulator } from './protocol.ts';

export type Post = (message: FromSimulator, transfer?: readonly ArrayBuffer[]) => void;

export class SimulatorSession {
  private readonly post: Post;
  /** Gives messages that wait a turn; between two policies, so that a newer scenario stops an older one. */
  private readonly breathe: () => Promise<void>;
  private run = -1;
  private simulation: Simulation | undefined;
  private explained = new Map<PolicyChoice, readonly TimelineEntry[]>();

  constructor(post: Post, breathe: () => Promise<void>) {
    this.post = post;
    this.breathe = breathe;
  }

  /** Handles one message; what is wrong with an input is said and not thrown. */
  async handle(message: ToSimulator): Promise<void> {
    const run = 'run' in message ? message.run : this.run;
    try {
      switch (message.type) {
        case 'play':
          return await this.play(message.run, message);
        case 'entry':
          return this.entry(message.run, message.policy, message.index);
        case 'export':
          return await this.export(message);
        case 'machine':
          return this.post({ type: 'machine', machine: readMachine(message.file, message.compatibles) });
      }
    } catch (error) {
      this.post({ type: 'failed', run, message: error instanceof Error ? error.message : String(error) });
    }
  }

  private async play(run: number, play: Play): Promise<void> {
    this.run = run;
    this.simulation = undefined;
    this.explained = new Map();
    const scenario = resolveScenario(play.input, {
      assumptions: play.assumptions,
      ...(play.board ? { board: play.board } : {}),
    });
    const simulation = new Simulation(scenario, { timeline: true });
    this.simulation = simulation;
    this.post({ type: 'scenario', run, scenario });
    for (const policy of inOrder(scenario, play.first)) {
      this.postPlayed(run, simulation, policy);
      await this.breathe();
      if (this.run !== run) return;
    }
    const { landing, fixedHits } = simulation.result();
    this.post({ type: 'done', run, landing, fixed: fixedHits.map((hit) => hit.text) });
  }

  private postPlayed(run: number, simulation: Simulation, policy: PolicyChoice): void {
    const { outcome, map, clock } = simulation.play(policy);
    const columns = columnsOf(outcome.timeline);
    const played = {
      outcome: { ...outcome, timeline: [] },
      columns,
      ...(map ? { map } : {}),
      ...(clock ? { clock } : {}),
    };
    this.post({ type: 'played', run, played }, buffersOf(columns));
  }

  /** The reasons are asked for in a second run of that policy: the first has to be quick, and both are the same. */
  private entry(run: number, policy: PolicyChoice, index: number): void {
    const { simulation } = this;
    if (run !== this.run || !simulation) return;
    let timeline = this.explained.get(policy);
    if (!timeline) {
      const options = { timeline: true, explain: true };
      timeline = simulatePolicy(simulation.scenario, policy, options).outcome.timeline;
      this.explained.set(policy, timeline);
    }
    const entry = timeline[index];
    if (entry) this.post({ type: 'entry', run, policy, index, entry });
  }

  private async export(message: Extract<ToSimulator, { type: 'export' }>): Promise<void> {
    const { simulation } = this;
    if (message.run !== this.run || !simulation) return;
    const policies = message.format === 'svg' ? message.policies : simulation.scenario.policies;
    for (const policy of policies) {
      simulation.play(policy);
      await this.breathe();
    }
    const result = simulation.result(policies);
    const text = {
      svg: () => simulationSvg(result, { theme: message.theme }),
      json: () => `${JSON.stringify(simulationJson(result), null, 2)}\n`,
      summary: () => simulationSummary(result),
    }[message.format]();
    this.post({ type: 'export', run: message.run, format: message.format, text });
  }
}

/** The policies on the screen first. */
function inOrder(scenario: Scenario, first: readonly PolicyChoice[]): PolicyChoice[] {
  const wanted = first.filter((policy) => scenario.policies.includes(policy));
  return [...new Set([...wanted, ...scenario.policies])];
}
