const written = /(?<![\p{L}\d-])A\s?-\s?(\d{4,12})(?!\d)/giu;
const spoken =
  /(?:order|bestellung|bestellnummer|auftrag|commande|pedido)(?:\s*(?:number|no|nr|nummer|num|número|numéro|n°|nº|#|\.|:))*\s*#?\s*(\d{4,12})(?!\d)/giu;

/** Every order number in a text, as the shop writes it, each once. */
export const orderNumbersIn = (text: string): readonly string[] => [
  ...new Set(
    [...text.matchAll(written), ...text.matchAll(spoken)].map(([, digits]) => `A-${digits!}`),
  ),
];

/** A text in which no digit belongs to an order number. */
export const withoutOrderNumbers = (text: string): string =>
  text.replace(written, ' ').replace(spoken, ' ');

/** An article's code, e.g. `LAMP-M`. */
export const skuIn = (text: string): string | undefined =>
  /(?<![\p{L}\d])[A-Z]{4}-(?:XL|[SML])(?![\p{L}\d])/u.exec(text)?.[0];
