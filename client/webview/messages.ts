/** What the panel and the extension say to each other, and what the panel keeps. Plain JSON. */
import type { Subject } from '../../server/lsp/simulation-types.ts';
import type { Today } from '../../simulator/kexec/today.ts';

export type { Subject, SubjectDriver } from '../../server/lsp/simulation-types.ts';
export type { Today, TodaysPolicy } from '../../simulator/kexec/today.ts';

/** A file that describes the person's own machine. */
export type MachineFile =
  | { readonly kind: 'iomem'; readonly name: string; readonly text: string }
  /** Base64 of a `.dtb`, or of the text of a `.dts`. */
  | { readonly kind: 'dtb'; readonly name: string; readonly base64: string };

/** From the extension. */
export type ToPanel =
  | { readonly type: 'subject'; readonly subject: Subject }
  /** What the tree's own SMMU drivers do, once they were read. */
  | { readonly type: 'today'; readonly today: Today }
  | { readonly type: 'machine'; readonly file: MachineFile }
  | { readonly type: 'failed'; readonly message: string };

/** To the extension. */
export type FromPanel =
  /** The page listens; `has`: it remembers a subject from before. */
  | { readonly type: 'ready'; readonly has: boolean }
  | { readonly type: 'open'; readonly root: string; readonly file: string; readonly line: number }
  | { readonly type: 'pick'; readonly kind: MachineFile['kind'] }
  | { readonly type: 'copy'; readonly text: string }
  | {
      readonly type: 'save';
      readonly name: string;
      /** Text, or base64 where `binary`. */
      readonly data: string;
      readonly binary: boolean;
    };
