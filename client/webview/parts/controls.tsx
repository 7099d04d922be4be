/** The scenario's controls: each with its value, where that comes from, and a way back. */
import type { Scenario } from '../../../simulator/kexec/scenario-types.ts';
import {
  type Field,
  type FieldGroup,
  GROUPS,
  HOOK_NAME,
  HOOK_PATH,
  MACHINE,
  parsedValue,
  textOf,
} from '../fields.ts';
import { type Changes, originOf, valueAt } from '../scenario.ts';
import type { Machine } from '../sim/protocol.ts';
import { SourceLink } from './link.tsx';
import { Term } from './term.tsx';

export interface ControlsProps {
  readonly scenario: Scenario;
  readonly changes: Changes;
  readonly machine: Machine | null;
  readonly hook: string;
  readonly failure: string | null;
  /** How many groups are shown: the page builds them one by one. */
  readonly groups: number;
  readonly change: (path: string, value: unknown) => void;
  readonly pick: (kind: 'iomem' | 'dtb') => void;
  readonly forget: () => void;
  readonly reset: () => void;
}

export function Controls(props: ControlsProps) {
  const version = props.scenario.board.smmu?.version ?? 0;
  const count = Object.keys(props.changes).length;
  return (
    <aside class="controls" aria-labelledby="controls-title">
      <header>
        <h2 id="controls-title">Scenario</h2>
        {(count > 0 || props.machine) && (
          <button type="button" class="link" onClick={props.reset}>
            reset all
          </button>
        )}
      </header>
      {props.failure && (
        <p class="failure" role="alert">
          {props.failure}
        </p>
      )}
      {GROUPS.slice(0, props.groups).map((group) => (
        <fieldset key={group.title}>
          <legend>{group.title}</legend>
          {group === MACHINE && <OwnMachine {...props} />}
          {group.title === 'Device' && <HookControl {...props} />}
          <Fields group={group} version={version} {...props} />
        </fieldset>
      ))}
    </aside>
  );
}

function Fields({ group, version, ...props }: ControlsProps & { group: FieldGroup; version: number }) {
  const shown = group.fields.filter(
    (f) => (!f.versions || f.versions.includes(version)) && !(f.path === 'board' && props.machine),
  );
  return (
    <div class="fields">
      {shown.map((field) => (
        <Row key={field.path} field={field} {...props} />
      ))}
    </div>
  );
}

function Row({ field, scenario, changes, change }: ControlsProps & { field: Field }) {
  const origin = originOf(scenario, changes, field.path, field.otherwise);
  return (
    <div class={origin.kind === 'changed' ? 'field changed' : 'field'} data-field={field.path}>
      <span class="label">{field.term ? <Term name={field.term}>{field.label}</Term> : field.label}</span>
      <Input
        field={field}
        value={valueAt(scenario, field.shown)}
        set={(value) => change(field.path, value)}
      />
      <span class={`origin from-${origin.kind}`}>
        {origin.text}
        {origin.file && (
          <>
            {' '}
            <SourceLink file={origin.file} line={origin.line ?? 1} />
          </>
        )}
        {origin.kind === 'changed' && (
          <>
            {' '}
            <button
              type="button"
              class="link"
              aria-label={`Reset ${field.label}`}
              onClick={() => change(field.path, undefined)}
            >
              reset
            </button>
          </>
        )}
      </span>
    </div>
  );
}

interface InputProps {
  readonly field: Field;
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

function Input({ field, value, set }: InputProps) {
  if (field.kind === 'check') {
    return (
      <vscode-checkbox
        aria-label={field.label}
        label={value === true ? 'yes' : 'no'}
        checked={value === true}
        onChange={(e: Event) => set((e.currentTarget as unknown as { checked: boolean }).checked)}
      />
    );
  }
  const text = textOf(field, value);
  const onChange = (e: Event) =>
    set(parsedValue(field, (e.currentTarget as unknown as { value: string }).value));
  if (field.kind === 'choice') {
    return (
      // The options come after the value: a new key makes the element read both again.
      <vscode-single-select key={text} label={field.label} onChange={onChange}>
        {field.options.map((o) => (
          <vscode-option key={o.value} value={o.value} selected={o.value === text}>
            {o.label}
          </vscode-option>
        ))}
      </vscode-single-select>
    );
  }
  return (
    <span class="with-unit">
      <vscode-textfield label={field.label} value={text} onChange={onChange} />
      {field.kind === 'number' ? field.unit : ''}
    </span>
  );
}

/** The hook present or not: who quiesces the device. */
function HookControl({ scenario, changes, hook, change }: ControlsProps) {
  const { quiescedBy } = scenario.device;
  const origin = originOf(scenario, changes, HOOK_PATH);
  return (
    <div class={origin.kind === 'changed' ? 'field changed' : 'field'} data-field={HOOK_PATH}>
      <span class="label">
        <Term name="hook">Shutdown hook</Term>
      </span>
      <vscode-checkbox
        aria-label="Shutdown hook stops the device"
        label={quiescedBy ? 'stops the device' : 'does not stop it'}
        checked={quiescedBy !== ''}
        onChange={(e: Event) => {
          const on = (e.currentTarget as unknown as { checked: boolean }).checked;
          change(HOOK_PATH, on ? HOOK_NAME : '');
        }}
      />
      <span class={`origin from-${origin.kind}`}>
        {origin.kind === 'changed' ? 'set here' : quiescedBy || `hook ${hook}, as the audit read it`}
        {origin.file && (
          <>
            {' '}
            <SourceLink file={origin.file} line={origin.line ?? 1} />
          </>
        )}
        {origin.kind === 'changed' && (
          <>
            {' '}
            <button
              type="button"
              class="link"
              aria-label="Reset the hook"
              onClick={() => change(HOOK_PATH, undefined)}
            >
              reset
            </button>
          </>
        )}
      </span>
    </div>
  );
}

function OwnMachine({ machine, pick, forget }: ControlsProps) {
  if (machine) {
    return (
      <p class="own">
        {machine.name}: {machine.board.title}.{' '}
        <button type="button" class="link" onClick={forget}>
          back to the built-in boards
        </button>
      </p>
    );
  }
  return (
    <p class="own">
      Your own machine:{' '}
      <button type="button" class="link" onClick={() => pick('iomem')}>
        /proc/iomem…
      </button>{' '}
      <button type="button" class="link" onClick={() => pick('dtb')}>
        device tree…
      </button>
    </p>
  );
}
