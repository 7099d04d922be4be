import picocolors from 'picocolors';
import type { EngineState, TableReport, TreeReport } from '../tree/doctor.ts';

/** Everything that `quiesce doctor` says (`docs/schema/doctor.schema.json`). */
export interface DoctorReport {
  readonly tool: { readonly name: 'quiesce'; readonly version: string };
  readonly node: { readonly version: string; readonly platform: string; readonly arch: string };
  readonly engine: EngineState;
  /** Null where no kernel tree was named and none lies above the working directory. */
  readonly tree: TreeReport | null;
}

/** As one JSON document. */
export function doctorJson(report: DoctorReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** For a person at a terminal. */
export function doctorPretty(report: DoctorReport, color: boolean): string {
  const c = picocolors.createColors(color);
  const { tool, node, engine, tree } = report;
  const native = engine.native.loads ? 'the native tree-sitter loads' : c.dim(engine.native.why ?? '');
  const lines = [
    `quiesce  ${tool.version}`,
    `node     ${node.version} (${node.platform} ${node.arch})`,
    `parser   ${engine.used}; ${native}`,
  ];
  if (!tree) {
    lines.push('tree     none here: name one with --tree DIR to have every kernel fact read again');
    return `${lines.join('\n')}\n`;
  }
  lines.push(`tree     ${tree.root}`, `kernel   ${tree.full} (facts for ${tree.version})`);
  lines.push(`kbuild   ${kbuildLine(tree)}`, '');
  lines.push(...tableLines(tree));
  for (const table of tree.tables) lines.push(...remarkLines(table, c));
  const { totals } = tree;
  lines.push('');
  if (totals.changed > 0) {
    lines.push(
      c.yellow(`${totals.changed} of ${totals.rows} facts changed: findings that rest on them drop a tier`),
    );
  } else if (totals.couldNotCheck > 0) {
    lines.push(`nothing changed; ${totals.couldNotCheck} of ${totals.rows} facts could not be checked`);
  } else lines.push(c.green(`all ${totals.rows} facts confirmed`));
  return `${lines.join('\n')}\n`;
}

function kbuildLine({ kbuild }: TreeReport): string {
  const unresolved =
    kbuild.unresolved === 0
      ? 'every word evaluated'
      : `${kbuild.unresolved} words not evaluated (${kbuild.unresolvedWords[0]}${kbuild.unresolved > 1 ? ', …' : ''})`;
  return [
    `${kbuild.modules} modules in ${kbuild.directories} directories`,
    unresolved,
    kbuild.config ? '.config found' : 'no .config',
    kbuild.built ? 'built' : 'not built',
  ].join('; ');
}

const HEAD = ['facts', 'confirmed', 'changed', 'could not check', 'other versions'];

function tableLines({ tables, totals }: TreeReport): string[] {
  const cells = (name: string, row: Omit<TableReport, 'table' | 'remarks'>): string[] => [
    name,
    `${row.confirmed}`,
    `${row.changed}`,
    `${row.couldNotCheck}`,
    `${row.otherVersions}`,
  ];
  const rows = [HEAD, ...tables.map((table) => cells(table.table, table)), cells('total', totals)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd(),
  );
}

const STATE = { confirmed: 'confirmed', changed: 'changed', 'could-not-check': 'could not check' } as const;

function remarkLines(
  { table, remarks }: TableReport,
  c: ReturnType<typeof picocolors.createColors>,
): string[] {
  if (remarks.length === 0) return [];
  return [
    '',
    c.bold(table),
    ...remarks.map(({ name, source, state, why }) => {
      const text = `${STATE[state]}: ${why}`;
      return `  ${name} (${source}): ${state === 'changed' ? c.yellow(text) : text}`;
    }),
  ];
}
