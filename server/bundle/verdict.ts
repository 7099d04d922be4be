import { type CParser, openParser } from '../../grammars/parser.ts';
import { NO_SURROUNDINGS, type Surroundings } from '../audit/cover.ts';
import { examineModule, type JudgeContext, joinSurroundings, surroundingsOf } from '../audit/judge.ts';
import type { Driver } from '../audit/model.ts';
import type { SourceFile } from '../audit/module.ts';
import { type Doubted, reportDrivers } from '../audit/report.ts';
import { extractFacts } from '../facts/extract.ts';

/** One driver's module as texts. */
export interface ModuleTexts {
  /** Path of the module without suffix; null for a file alone. */
  readonly name: string | null;
  /** Text of each file by its path, sources first. */
  readonly texts: ReadonlyMap<string, string>;
  /** Sources that another one takes in by `#include "x.c"`: included file to includer. */
  readonly includedBy: ReadonlyMap<string, string>;
  readonly configs: readonly string[];
}

/** What a verdict rests on besides the module's own files. */
export interface Basis {
  readonly context: JudgeContext;
  readonly surroundings: Surroundings;
  readonly doubted: Doubted;
}

/** Which driver of a module is meant. */
export interface Subject {
  readonly file: string;
  readonly instance: string;
}

/** What a bundle has to reproduce: what was decided, without names and places. */
export interface Verdict {
  readonly bus: string;
  readonly hook: string;
  readonly dma: string;
  readonly confidence: string;
  readonly quiescedBy: readonly string[];
  readonly findings: readonly string[];
}

/** The verdict on a driver. */
export function verdictOf(driver: Driver): Verdict {
  return {
    bus: driver.bus,
    hook: driver.hook.state,
    dma: `${driver.dma.class} ${driver.dma.kind}`,
    confidence: driver.confidence,
    quiescedBy: driver.quiescedBy.map(({ kind }) => kind).sort(),
    findings: driver.findings.map(({ severity, rule }) => `${severity} ${rule}`).sort(),
  };
}

/** True when two verdicts say the same. */
export function isSame(a: Verdict | undefined, b: Verdict | undefined): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

/** Judges modules given as texts; remembers the facts of texts that come again. */
export class TextJudge {
  private readonly parser: CParser;
  private readonly facts = new Map<string, SourceFile>();

  private constructor(parser: CParser) {
    this.parser = parser;
  }

  static async open(): Promise<TextJudge> {
    return new TextJudge(await openParser());
  }

  close(): void {
    this.parser.dispose();
  }

  /** The verdict on one driver of a module; undefined where the module has no such driver. */
  async judge(module: ModuleTexts, subject: Subject, basis: Basis): Promise<Verdict | undefined> {
    const driver = await this.driver(module, subject, basis);
    return driver && verdictOf(driver);
  }

  /** The driver itself. */
  async driver(module: ModuleTexts, subject: Subject, basis: Basis): Promise<Driver | undefined> {
    const files: SourceFile[] = [];
    for (const [path, text] of module.texts) files.push(await this.read(path, text));
    const isSource = ({ path }: SourceFile): boolean => path.endsWith('.c');
    const examined = examineModule(
      {
        name: module.name,
        sources: files.filter(isSource),
        headers: files.filter((file) => !isSource(file)),
        includedBy: module.includedBy,
        configs: module.configs,
      },
      basis.context,
    );
    const around = joinSurroundings(basis.surroundings ?? NO_SURROUNDINGS, surroundingsOf(examined));
    return reportDrivers(examined, around, basis.doubted).find(
      ({ file, instance }) => file === subject.file && instance === subject.instance,
    );
  }

  private async read(path: string, text: string): Promise<SourceFile> {
    const key = `${path}\0${text}`;
    let known = this.facts.get(key);
    if (!known) {
      await this.parser.ready();
      known = { path, facts: extractFacts(this.parser, text) };
      // A reduction tries thousands of texts: what is old is not asked for again.
      if (this.facts.size > 400) this.facts.clear();
      this.facts.set(key, known);
    }
    return known;
  }
}
