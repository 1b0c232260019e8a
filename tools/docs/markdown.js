const cell = (value) => String(value).replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();

/** A Markdown table; cells may hold Markdown. */
export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map(cell).join(' | ')} |`)
    .join('\n');

export const code = (text) => `\`${text}\``;
export const codes = (texts) => texts.map(code).join(', ') || '–';
