/** A line of the tree that opens in the editor. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** Opens a file of the tree at a line. */
export const OpenSource = createContext<(file: string, line: number) => void>(() => undefined);

export function SourceLink({ file, line }: { file: string; line: number }) {
  const open = useContext(OpenSource);
  return (
    <button type="button" class="link" onClick={() => open(file, line)} title={`Open ${file}:${line}`}>
      {file.split('/').slice(-2).join('/')}:{line}
    </button>
  );
}
