/** As much of GitHub's runner as a composite action of shell steps needs. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Step {
  readonly name: string;
  readonly id?: string;
  readonly shell?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export interface Went {
  readonly step: string;
  readonly code: number | null;
  readonly output: string;
}

/** The values that expressions of the form `${{ a.b.c }}` name. */
export type Context = Record<string, string>;

/** A text with its expressions replaced. @throws Error for one that names nothing */
export function filledIn(text: string, context: Context): string {
  return text.replace(/\$\{\{ *([\w.-]+) *\}\}/g, (_, name: string) => {
    if (context[name] === undefined) throw new Error(`${name} is not known here`);
    return context[name];
  });
}

/**
 * Runs the shell steps of an action in a folder until one fails, as the runner does: `bash -eo pipefail` on a file,
 * outputs through `$GITHUB_OUTPUT`. Steps that use another action are passed over.
 * @returns how each went, and what expressions mean at the end
 */
export function play(
  action: Action,
  inputs: Readonly<Record<string, string>>,
  workspace: string,
  temp: string,
): { steps: Went[]; context: Context } {
  const context: Context = { 'github.workspace': workspace };
  for (const [name, input] of Object.entries(action.inputs))
    context[`inputs.${name}`] = inputs[name] ?? input.default;
  mkdirSync(temp, { recursive: true });
  const steps: Went[] = [];
  for (const { name, id, run, env = {} } of action.runs.steps) {
    if (run === undefined) continue;
    const [script, output] = ['step.sh', 'output.txt'].map((file) => join(temp, file));
    writeFileSync(script!, filledIn(run, context));
    writeFileSync(output!, '');
    const given = Object.entries(env).map(([key, value]) => [key, filledIn(value, context)]);
    const done = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script!], {
      cwd: workspace,
      env: {
        PATH: process.env.PATH,
        HOME: temp,
        GITHUB_WORKSPACE: workspace,
        GITHUB_OUTPUT: output,
        RUNNER_TEMP: temp,
        ...Object.fromEntries(given),
      },
      encoding: 'utf8',
      timeout: 60_000,
    });
    steps.push({ step: name, code: done.status, output: done.stdout + done.stderr });
    if (id)
      for (const line of readFileSync(output!, 'utf8').split('\n').filter(Boolean)) {
        const [key, ...value] = line.split('=');
        context[`steps.${id}.outputs.${key}`] = value.join('=');
      }
    if (done.status !== 0) break;
  }
  return { steps, context };
}
