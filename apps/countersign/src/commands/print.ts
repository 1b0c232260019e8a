/** Text of others may carry control and invisible characters: they are shown, never obeyed. */
const hidden =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu;

export const plain = (text: string): string =>
  text.replace(
    hidden,
    (found) => `⟦U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟧`,
  );

export type Write = (line: string) => void;

/** Columns as wide as their content, two spaces apart; the last one as it is. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const lines = [head, ...rows].map((row) => row.map((cell) => plain(cell)));
  const widths = head.map((_, n) => Math.max(...lines.map((line) => (line[n] ?? '').length)));
  return lines.map((line) =>
    line.map((cell, n) => (n === line.length - 1 ? cell : cell.padEnd(widths[n]!))).join('  '),
  );
};

/** `2 d 3 h`, `4 min 5 s`, `320 ms`: the two largest units. */
export const duration = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const units: readonly [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  const parts: string[] = [];
  let left = ms;
  for (const [size, name] of units) {
    const n = Math.floor(left / size);
    left -= n * size;
    if (n > 0) parts.push(`${n} ${name}`);
  }
  return parts.slice(0, 2).join(' ');
};

/** How long ago or how far ahead an instant is. */
export const relative = (instant: string, now: string): string => {
  const ms = Date.parse(instant) - Date.parse(now);
  return ms >= 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
};
