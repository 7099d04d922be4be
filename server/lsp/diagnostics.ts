import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
} from 'vscode-languageserver/node.js';
import type { Driver, Finding } from '../audit/model.ts';
import { RULES } from '../audit/rules/index.ts';
import type { LiveRoot } from '../project/live-root.ts';
import { linesOf, type Session, uriOf } from './session.ts';

/** What a diagnostic carries for its quick fixes. */
export interface DiagnosticData {
  readonly rule: string;
  readonly instance: string;
}

/** The diagnostics of one file, from the drivers as they are judged now. */
export function diagnosticsOf(session: Session, path: string): Diagnostic[] {
  const { root } = session.live.locate(path);
  const drivers = session.live.driversOf(path);
  const found = drivers.flatMap((driver) =>
    driver.findings.map((finding) => diagnosticOf(session, root, path, driver, finding)),
  );
  return [...found, ...unknownRules(session, path)];
}

function diagnosticOf(
  session: Session,
  root: LiveRoot,
  path: string,
  driver: Driver,
  finding: Finding,
): Diagnostic {
  const line = session.live.lineNow(path, driver.line);
  const lines = linesOf(session, path);
  const range = lines?.wordAt(line, driver.column) ?? at(line);
  const page = pageOf(finding.rule);
  const related = relatedOf(session, root, driver);
  return {
    range,
    severity: finding.severity === 'warning' ? DiagnosticSeverity.Warning : DiagnosticSeverity.Information,
    source: 'quiesce',
    code: finding.rule,
    message: finding.message,
    data: { rule: finding.rule, instance: driver.instance } satisfies DiagnosticData,
    ...(page ? { codeDescription: { href: page } } : {}),
    ...(related.length > 0 ? { relatedInformation: related } : {}),
    ...(finding.rule === 'unused-suppression' ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}

/** Each step from the driver's entry to its DMA call, where the source has it. */
function relatedOf(session: Session, root: LiveRoot, driver: Driver): DiagnosticRelatedInformation[] {
  const { relatedInformation } = session.capabilities.textDocument?.publishDiagnostics ?? {};
  const proof = driver.dma.evidence[0];
  if (!proof || relatedInformation === false) return [];
  const steps: DiagnosticRelatedInformation[] = [];
  for (const [i, name] of proof.path.entries()) {
    const place = root.definitionOf(driver, name);
    if (!place) continue;
    const next = proof.path[i + 1] ?? proof.api;
    steps.push(step(place.file, place.line, name, `${name} leads to ${next}`));
  }
  steps.push(step(proof.file, proof.line, proof.api, `${proof.api}: the DMA of ${driver.instance}`));
  return steps;

  function step(file: string, line: number, word: string, message: string): DiagnosticRelatedInformation {
    const path = join(root.root, file);
    const now = session.live.lineNow(path, line);
    const range = linesOf(session, path)?.wordOn(now, word) ?? at(now);
    return { location: { uri: uriOf(session, path), range }, message };
  }
}

/** Suppressions that name no rule: they suppress nothing. */
function unknownRules(session: Session, path: string): Diagnostic[] {
  const file = session.live.openFile(path);
  if (!file || file.isHeld) return [];
  const known = new Set(RULES.map((rule) => rule.id));
  const lines = linesOf(session, path)!;
  return file.file.facts.suppressions
    .filter(({ rule }) => !known.has(rule))
    .map(({ rule, line }) => ({
      range: lines.wordOn(line, rule),
      severity: DiagnosticSeverity.Warning,
      source: 'quiesce',
      code: 'unknown-rule',
      message: `'${rule}' is no rule of Quiesce: this comment suppresses nothing.\nRules: ${[...known].join(', ')}`,
    }));
}

function at(line: number): Diagnostic['range'] {
  return { start: { line: line - 1, character: 0 }, end: { line: line - 1, character: 1 } };
}

const pages = new Map<string, string | undefined>();

/** The rule's page, which ships beside the program (`docs/rules/`). */
export function pageOf(rule: string): string | undefined {
  if (!pages.has(rule)) {
    const path = fileURLToPath(new URL(`../docs/rules/${rule}.md`, import.meta.url));
    pages.set(rule, existsSync(path) ? pathToFileURL(path).href : undefined);
  }
  return pages.get(rule);
}
