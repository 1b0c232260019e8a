export interface Money {
  readonly cents: number;
  readonly currency: 'EUR' | 'USD' | 'GBP' | 'CHF';
}

const currencies: [RegExp, Money['currency']][] = [
  [/^(€|eur|euros?)$/i, 'EUR'],
  [/^(\$|usd|us\$|dollars?|dólares)$/i, 'USD'],
  [/^(£|gbp|pounds?)$/i, 'GBP'],
  [/^(chf|franken|francs suisses)$/i, 'CHF'],
];
const sign = String.raw`€|£|\$|US\$|EUR|USD|GBP|CHF`;
const word = String.raw`euros?|dollars?|dólares|pounds?|franken`;
const amount = String.raw`\d[\d.,'\u00a0\u202f]{0,14}\d|\d`;
const pattern = new RegExp(
  String.raw`(?<![\p{L}\d-])(?:(${sign})\s?(${amount})|(${amount})(?:,-|\.-)?\s?(${sign}|${word}))(?![\p{L}\d])`,
  'giu',
);

/** `1.234,50`, `1,234.50`, `49,9`, `20`: a separator before the last one or two digits is the point. */
const centsOf = (text: string): number => {
  const [fraction = '', digits = '0'] = /[.,](\d{1,2})$/.exec(text) ?? [];
  const whole = text.slice(0, text.length - fraction.length).replace(/\D/g, '');
  return Number(whole) * 100 + Number(digits.padEnd(2, '0'));
};

const currencyOf = (text: string): Money['currency'] =>
  currencies.find(([shape]) => shape.test(text))![1];

/** Every sum of money in a text, with where it stands. */
export const moneyIn = (text: string): readonly (Money & { at: number; end: number })[] =>
  [...text.matchAll(pattern)].map((found) => ({
    cents: centsOf(found[2] ?? found[3]!),
    currency: currencyOf(found[1] ?? found[4]!),
    at: found.index,
    end: found.index + found[0].length,
  }));

const same = (a: Money, b: Money) => a.cents === b.cents && a.currency === b.currency;

/** How far a sum stands from the nearest of some words in its own sentence. */
const distance = (text: string, sum: { at: number; end: number }, words: RegExp): number => {
  const near = [...text.matchAll(words)].map(({ index, 0: found }) => {
    const end = index + found.length;
    const [from, to] = end <= sum.at ? [end, sum.at] : [sum.end, index];
    return /[!?\n]|\.\s/.test(text.slice(from, to)) || from > to ? Infinity : to - from;
  });
  return Math.min(Infinity, ...near);
};

/**
 * The sum that is asked for: the only one there is, or the one nearest to words of asking. Undefined
 * when there is none, `ambiguous` when there are several and nothing tells them apart.
 */
export const sumAskedFor = (text: string, asking: RegExp): Money | 'ambiguous' | undefined => {
  const sums = moneyIn(text);
  const [first] = sums;
  if (!first || sums.every((sum) => same(sum, first))) return first;
  const ranked = sums
    .map((sum) => ({ sum, far: distance(text, sum, asking) }))
    .filter(({ far }) => far < Infinity)
    .sort((a, b) => a.far - b.far);
  return ranked[0]?.sum ?? 'ambiguous';
};

export const moneyText = (cents: number, language: string, currency = 'EUR'): string => {
  const plain = (cents / 100).toFixed(2);
  return language === 'en' ? `${plain} ${currency}` : `${plain.replace('.', ',')} ${currency}`;
};
