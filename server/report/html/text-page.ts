import type { Block, Line, Span } from '../blocks.ts';
import { hashOf, reportAsset } from './document.ts';

/** Blocks as one page for a browser, without a script: it loads nothing and runs nothing. */
export function textPage(title: string, blocks: readonly Block[], toolVersion: string): string {
  const style = reportAsset('advice.css');
  const policy = `default-src 'none'; style-src '${hashOf(style)}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="quiesce ${escaped(toolVersion)}">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${blocks.map(blockHtml).join('\n')}
</main>
</body>
</html>
`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${escaped(block.text)}</h${block.level}>`;
    case 'text':
      return `<p>${lineHtml(block.line)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${lineHtml(item)}</li>`).join('\n')}\n</ul>`;
    case 'table': {
      const head = block.head.map((cell) => `<th scope="col">${lineHtml(cell)}</th>`).join('');
      const rows = block.rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`).join('\n');
      // What scrolls must be reachable by keyboard.
      return `<div class="scroll" tabindex="0"><table class="matrix"><thead><tr>${head}</tr></thead>\n<tbody>\n${rows}\n</tbody></table></div>`;
    }
    case 'diff':
      return `<pre class="diff" tabindex="0">${block.text.trimEnd().split('\n').map(diffLine).join('\n')}</pre>`;
  }
}

/** The first cell of a row is its head; a verdict colours its cell. */
function cellHtml(cell: Line, at: number): string {
  if (at === 0) return `<th scope="row">${lineHtml(cell)}</th>`;
  const [only, ...more] = cell;
  if (typeof only !== 'object' || !('verdict' in only) || more.length > 0)
    return `<td>${lineHtml(cell)}</td>`;
  return `<td class="cell cell-${only.verdict}${only.isToday ? ' today-cell' : ''}">${spanHtml(only)}</td>`;
}

function lineHtml(line: Line): string {
  return line.map(spanHtml).join('');
}

function spanHtml(span: Span): string {
  if (typeof span === 'string') return escaped(span);
  if ('code' in span) return `<code>${escaped(span.code)}</code>`;
  if ('strong' in span) return `<strong>${escaped(span.strong)}</strong>`;
  if ('verdict' in span) return span.isToday ? `<strong>${escaped(span.text)}</strong>` : escaped(span.text);
  return `<a href="${escaped(span.href)}">${escaped(span.text)}</a>`;
}

function diffLine(line: string): string {
  const kind = /^(?:\+\+\+|---|@@)/.test(line)
    ? 'place'
    : line.startsWith('+')
      ? 'added'
      : line.startsWith('-')
        ? 'removed'
        : '';
  return kind === '' ? escaped(line) : `<span class="${kind}">${escaped(line)}</span>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
