import { visibleText } from './visible-text.js';

/** Text that is HTML already. Only `html` makes it. */
export class Html {
  constructor(private readonly source: string) {}
  toString(): string {
    return this.source;
  }
}

type Piece = string | number | Html | readonly Piece[] | false | null | undefined;

/**
 * HTML in which everything that is put in is text: escaped, and with invisible characters written
 * out. Lists are joined; false, null and undefined are nothing; only other `html` stays as it is.
 * Attribute values must stand in double quotes.
 */
export const html = (parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html =>
  new Html(
    parts.reduce((source, part, n) => source + (n > 0 ? escaped(pieces[n - 1]) : '') + part, ''),
  );

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (piece: Piece): string => {
  if (piece instanceof Html) return piece.toString();
  if (piece === false || piece === null || piece === undefined) return '';
  if (typeof piece === 'object') return piece.map(escaped).join('');
  return visibleText(String(piece)).replace(/[&<>"']/g, (character) => entities[character]!);
};
