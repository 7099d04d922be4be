import type { Block, Line, Span } from './blocks.ts';

/** A page as Markdown (CommonMark with tables). */
export function markdown(blocks: readonly Block[]): string {
  return `${blocks.map(blockText).join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escaped(block.text)}`;
    case 'text':
      return lineText(block.line);
    case 'list':
      return block.items.map((item) => `- ${lineText(item)}`).join('\n');
    case 'table': {
      const rows = [block.head, block.head.map(() => ['---']), ...block.rows];
      return rows.map((row, at) => `| ${row.map((cell) => cellText(cell, at)).join(' | ')} |`).join('\n');
    }
    case 'diff':
      return `${fenceFor(block.text)}diff\n${block.text.trimEnd()}\n${fenceFor(block.text)}`;
  }
}

function cellText(cell: Line, row: number): string {
  return row === 1 ? '---' : lineText(cell).replaceAll('|', '\\|');
}

function lineText(line: Line): string {
  return line.map(spanText).join('');
}

function spanText(span: Span): string {
  if (typeof span === 'string') return escaped(span);
  if ('code' in span) return `\`${span.code}\``;
  if ('strong' in span) return `**${escaped(span.strong)}**`;
  if ('verdict' in span) return span.isToday ? `**${escaped(span.text)}**` : escaped(span.text);
  return span.text === span.href ? `<${span.href}>` : `[${escaped(span.text)}](${span.href})`;
}

/** What would be markup in running text. An underscore inside a word is none. */
function escaped(text: string): string {
  return text.replace(/[\\`*<[\]]|(?<!\w)_|_(?!\w)/g, '\\$&');
}

/** Longer than any run of backticks in the text. */
function fenceFor(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  return '`'.repeat(longest + 1);
}
