import { usePage } from '../context.ts';

/** A place in the source, leading to where the reader wants to read it. */
export function SourceLink({ file, line }: { file: string; line: number }) {
  const { site } = usePage();
  return (
    <a class="source" href={site.link(file, line)} rel="noreferrer">
      {/* A path may break at its slashes. */}
      {file.split('/').map((part, i) => [i > 0 && '/', i > 0 && <wbr key={part} />, part])}:{line}
    </a>
  );
}
