/** The ways out: a picture, a scenario for the command line, a text for a commit message. */
interface Props {
  readonly run: (what: ExportKind) => void;
}

export type ExportKind = 'svg' | 'png' | 'scenario' | 'json' | 'summary';

const KINDS: readonly (readonly [ExportKind, string, string])[] = [
  ['svg', 'SVG', 'Save the pictures of the policies shown'],
  ['png', 'PNG', 'Save the same as pixels'],
  ['scenario', 'Scenario', 'Save the scenario for quiesce simulate --scenario'],
  ['json', 'Result', 'Save the result as quiesce simulate --format json prints it'],
  ['summary', 'Copy summary', 'Copy a text for a commit message'],
];

export function Exports({ run }: Props) {
  return (
    <fieldset class="exports">
      <legend class="hidden-text">Export</legend>
      {KINDS.map(([kind, name, title]) => (
        <vscode-button key={kind} secondary title={title} onClick={() => run(kind)} data-export={kind}>
          {name}
        </vscode-button>
      ))}
    </fieldset>
  );
}
