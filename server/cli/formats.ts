import type { Report } from '../report/findings.ts';
import type { Format } from '../report/format.ts';
import { FORMATS } from '../report/formats/index.ts';
import { print } from './output.ts';
import { oneOf, UsageError } from './usage.ts';
import { WholeFiles } from './whole-files.ts';

/** A format and where its text goes: a file, or standard output for null. */
interface Wanted {
  readonly format: Format;
  readonly file: string | null;
}

/**
 * The formats that a command line asks for: `--format NAME[=FILE]`, several times, and `-o FILE` for the last.
 * @throws UsageError for an unknown name, two formats for standard output, a file that cannot be written
 */
export class Outputs {
  private readonly wanted: readonly Wanted[];
  private readonly files = new WholeFiles();

  constructor(formats: readonly string[] | undefined, output: string | undefined) {
    this.wanted = wantedOf(formats ?? ['pretty'], output);
    const loud = this.wanted.filter(({ file }) => file === null).map(({ format }) => format.name);
    if (loud.length > 1)
      throw new UsageError(
        `${loud.join(' and ')} would both go to standard output: give one a file, as in --format ${loud[0]}=FILE`,
      );
    for (const { file } of this.wanted) if (file !== null) this.files.stage(file);
  }

  /** Writes the report in every format; the files appear when all of them are written. @throws UsageError */
  async write(report: Report): Promise<void> {
    for (const { format, file } of this.wanted) {
      if (file !== null) this.files.write(file, await format.render(report, { color: false }));
    }
    await this.files.commit();
    for (const { format, file } of this.wanted) {
      if (file === null) await print(await format.render(report, { color: process.stdout.isTTY === true }));
    }
  }
}

function wantedOf(formats: readonly string[], output: string | undefined): Wanted[] {
  const names = FORMATS.map(({ name }) => name);
  return formats.map((text, at) => {
    const equals = text.indexOf('=');
    const name = oneOf('format', equals < 0 ? text : text.slice(0, equals), names);
    const format = FORMATS.find((one) => one.name === name)!;
    const own = equals < 0 ? undefined : text.slice(equals + 1);
    const last = at === formats.length - 1 ? output : undefined;
    if (own === '') throw new UsageError(`--format ${text}: no file after the =`);
    if (own !== undefined && last !== undefined)
      throw new UsageError(`--format ${text} has its file already: -o ${last} has nothing to name`);
    const file = own ?? last ?? '-';
    return { format, file: file === '-' ? null : file };
  });
}

/** The names for the help. */
export const FORMAT_NAMES = FORMATS.map(({ name }) => name).join(', ');
