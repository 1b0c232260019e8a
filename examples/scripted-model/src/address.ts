import { withoutOrderNumbers } from './order-number.js';

export interface Address {
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2; absent when the text does not say. */
  readonly country?: string;
}

const countries: Record<string, string> = {
  AT: 'austria|österreich|autriche|austria',
  BE: 'belgium|belgien|belgique|bélgica',
  CH: 'switzerland|schweiz|suisse|suiza',
  DE: 'germany|deutschland|allemagne|alemania',
  ES: 'spain|spanien|espagne|españa',
  FR: 'france|frankreich|francia',
  GB: 'united kingdom|uk|great britain|england|großbritannien|royaume-uni|reino unido',
  IE: 'ireland|irland|irlande|irlanda',
  IT: 'italy|italien|italie|italia',
  NL: 'netherlands|the netherlands|niederlande|pays-bas|países bajos',
  PT: 'portugal',
  US: 'usa|united states|vereinigte staaten|états-unis|estados unidos',
};
const codeOf = new Map(
  Object.entries(countries).flatMap(([code, names]) =>
    [code.toLowerCase(), ...names.split('|')].map((name): [string, string] => [name, code]),
  ),
);

const letters = String.raw`\p{L}\p{M}'’`;
const cityWord = String.raw`\p{Lu}[${letters}-]*`;
const city = String.raw`(?:St\.? )?${cityWord}(?: (?:am|an|der|im|sur|de|la|le|les|del|upon|${cityWord}))*`;
const street = String.raw`[${letters}\p{N}.\/ -]{0,80}?\p{N}[${letters}\p{N}.\/ -]{0,60}`;
const gap = String.raw`\s*[,\n]\s*`;
const titled = (name: string) =>
  name.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
const landNames = [...codeOf.keys()].flatMap((name) => [name, titled(name), name.toUpperCase()]);
const country = String.raw`(?:\s*[,\n(]\s*(${landNames.join('|')})(?!\p{L}))?`;
const britishCode = String.raw`[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[\dW]\s?[A-Z\d]{4}`;

/** 12 Rue X, 69003 Lyon, France; Neue Str. 5, D-10115 Berlin; Keizersgracht 1, 1012 AB Amsterdam. */
const codeFirst = new RegExp(
  String.raw`(${street})${gap}(?:[A-Z]{1,2}-)?(\d{4,5}(?: ?[A-Z]{2}(?= ))?) (${city})${country}`,
  'gu',
);
/** 14 Rose Lane, Oxford, OX1 4DU; 3 Main St, Springfield, IL 62704. */
const codeLast = new RegExp(
  String.raw`(${street})${gap}(${city})(?:${gap}| )(${britishCode}|[A-Z]{2} \d{5})${country}`,
  'gu',
);

const typeFirst =
  /(?<![\p{L}])(calle|avenida|plaza|paseo|rue|avenue|boulevard|place|allée|chemin|quai|via|viale|am|an der|auf der|unter den|im|zum|zur)\s+\p{Lu}?.*$/iu;
const beforeStreet =
  /^.*(?<![\p{L}])(is|to|at|lautet|ist|nach|adresse|address|est|à|es|a|dirección|now|jetzt)(?![\p{L}])[:\s]+/iu;

/** The street alone, without the words of the sentence that lead to it. */
const streetIn = (text: string): string => {
  const line = text.split(/[:\n]/).at(-1)!.trim();
  const numberFirst = /(?<![\p{L}\p{N}])\p{N}+\p{L}?(?: ?(?:bis|ter))? \p{L}.*$/u.exec(line);
  if (numberFirst) return numberFirst[0];
  const cut = line.replace(beforeStreet, '');
  return typeFirst.exec(cut)?.[0] ?? cut;
};

const avoided =
  /(?:old|alte[nrs]?|bisher\w*|ancienne|antigua|vieja|not|nicht|from|von|instead of|statt|au lieu d\w*|en (?:lugar|vez) de)[^\n]{0,40}$/iu;
const wanted =
  /(?:new|neue[nrs]?|nouvelle|nueva|to|nach|instead|stattdessen|plutôt|mejor)(?![\p{L}])[^\n]{0,40}$/iu;

/**
 * The address that a text wants: the one that words like "new" lead to, else the last one that words
 * like "old" do not. Undefined when there is none, or not whole.
 */
export const addressIn = (ticket: string): Address | undefined => {
  const text = withoutOrderNumbers(ticket);
  const found = [
    ...[...text.matchAll(codeFirst)].map((match) => read(match, match[2]!, match[3]!, match[4])),
    ...[...text.matchAll(codeLast)].map((match) => read(match, match[3]!, match[2]!, match[4])),
  ]
    .sort((a, b) => a.at - b.at)
    .map(({ at, lead, ...rest }) => ({
      ...rest,
      before: (text.slice(Math.max(0, at - 80), at) + lead).slice(-80),
    }));
  const fitting = found.filter(({ before }) => !avoided.test(before) || wanted.test(before));
  return (fitting.find(({ before }) => wanted.test(before)) ?? fitting.at(-1))?.address;
};

const read = (match: RegExpExecArray, code: string, place: string, land: string | undefined) => {
  const line = streetIn(match[1]!);
  const known = land && codeOf.get(land.toLowerCase());
  return {
    at: match.index,
    lead: match[1]!.slice(0, match[1]!.length - line.length),
    address: {
      street: line.trim(),
      city: place.trim(),
      postalCode: code,
      ...(known && { country: known }),
    },
  };
};
