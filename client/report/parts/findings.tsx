import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { usePage } from '../context.ts';
import { ask, facetOf, type Row } from '../query.ts';
import { Detail } from './detail.tsx';
import { SourceLink } from './source-link.tsx';
import { count } from './texts.tsx';
import { Toolbar, type ToolbarProps } from './toolbar.tsx';
import { Verdict } from './verdict.tsx';

/** Rows of a page: a list of any length costs the same. */
const PAGE = 50;

export interface FindingsProps extends ToolbarProps {
  readonly open: string | null;
  /** Show all rows at once, for print. */
  readonly isWhole: boolean;
  readonly onOpen: (id: string | null) => void;
}

/** The list: a page of rows, of which one may be open. */
export function Findings(props: FindingsProps) {
  const { rows, query, open, isWhole, onOpen } = props;
  const found = useMemo(() => ask(rows, query), [rows, query]);
  const [page, setPage] = useState(0);
  const top = useRef<HTMLHeadingElement>(null);
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  // A finding that an address names is on its own page of the list.
  const openAt = open === null ? -1 : found.findIndex(({ finding }) => finding.id === open);
  useEffect(() => setPage(0), [query]);
  useEffect(() => {
    if (openAt >= 0) setPage(Math.floor(openAt / PAGE));
  }, [openAt]);
  const at = Math.min(page, pages - 1);
  const shown = isWhole ? found : found.slice(at * PAGE, (at + 1) * PAGE);
  const turn = (to: number) => {
    setPage(to);
    top.current?.scrollIntoView();
    top.current?.focus();
  };
  return (
    <section class="findings" aria-labelledby="findings">
      <h2 id="findings" tabIndex={-1} ref={top}>
        Findings
      </h2>
      <Toolbar {...props} />
      <p class="count" role="status">
        {found.length === rows.length
          ? count(found.length, 'finding')
          : `${found.length.toLocaleString('en')} of ${count(rows.length, 'finding')}`}
        {pages > 1 && !isWhole ? `, page ${at + 1} of ${pages}` : ''}
      </p>
      {found.length === 0 ? (
        <p class="empty">{rows.length === 0 ? 'Nothing was found.' : 'No finding matches.'}</p>
      ) : (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Driver</th>
              <th scope="col">Place</th>
              <th scope="col">Rule</th>
              <th scope="col">Bus</th>
              <th scope="col">At kexec today</th>
            </tr>
          </thead>
          {shown.map((row) => (
            <Entry
              key={row.finding.id}
              row={row}
              isOpen={row.finding.id === open}
              onToggle={() => onOpen(row.finding.id === open ? null : row.finding.id)}
            />
          ))}
        </table>
      )}
      {pages > 1 && !isWhole && (
        <nav class="pages" aria-label="Pages of findings">
          <button type="button" disabled={at === 0} onClick={() => turn(at - 1)}>
            Previous
          </button>
          <span>
            {at + 1} / {pages}
          </span>
          <button type="button" disabled={at === pages - 1} onClick={() => turn(at + 1)}>
            Next
          </button>
        </nav>
      )}
    </section>
  );
}

function Entry({ row, isOpen, onToggle }: { row: Row; isOpen: boolean; onToggle: () => void }) {
  const { finding, verdict } = row;
  const { data } = usePage();
  const severity = facetOf(row, 'severity');
  return (
    <tbody class={isOpen ? 'entry open' : 'entry'} id={`finding-${finding.id}`}>
      <tr>
        <th scope="row">
          <button type="button" class="toggle" aria-expanded={isOpen} onClick={onToggle}>
            <span class={`severity severity-${severity}`}>{severity}</span>
            <span class="instance">{finding.instance}</span>
          </button>
        </th>
        <td>
          <SourceLink file={finding.file} line={finding.line} />
        </td>
        <td>{finding.rule}</td>
        <td>{finding.bus}</td>
        <td>
          <Verdict verdict={verdict} />
        </td>
      </tr>
      {isOpen && (
        <tr class="detail">
          <td colSpan={5}>
            <Detail finding={finding} matrix={data.matrices[finding.matrix]!} />
          </td>
        </tr>
      )}
    </tbody>
  );
}
