export const categories = [
  'refund',
  'address-change',
  'wrong-item',
  'complaint',
  'question',
  'spam',
  'other',
] as const;
export type Category = (typeof categories)[number];

/** Alternatives, each at the beginning of a word. */
const words = (...alternatives: string[]) =>
  new RegExp(String.raw`(?<![\p{L}])(?:${alternatives.join('|')})`, 'giu');

/** Words of asking for money. */
export const refundWords = words(
  'refund|money back|my money|reimburs|pay (?:me |it )?back|back to my (?:card|account)',
  'rückerstatt|erstatt|geld zurück|mein geld|zurück(?:zahl|überweis|erstatt)|rückzahl',
  'rembours|rendez[- ]moi|reembols|devol(?:ver|ución|ved)|devuelv|mi dinero',
);
const negation =
  /(?:(?:\bno|\bnot|\bwithout|\bkeine?n?|\bpas d[eu]|\bsin)(?: (?:an?|any|une?|ein\p{L}*))?|(?:n['’]t|\bnot|\bno|\bpas) (?:want|need|asking for|looking for|quiero|necesito)(?: (?:an?|any|the|my|une?|el|de))*)\s+$/iu;

const address = words('address', 'adress', 'direcci', 'anschrift');
const move = words(
  'chang|new|mov|updat|correct|instead|different|redirect|wrong|another',
  'änder|neu|umgezogen|umzug|andere|falsch|umleit',
  'nouv|déménag|modifi|corrig|autre|erron',
  'nuev|cambi|mud|otra|correg|equivocad',
);
const redirect = words(
  String.raw`(?:send|ship|deliver)[^.!?\n]{0,40} to [^.!?\n]{0,40}instead|redirect (?:it|the|my)`,
  "we have moved|we've moved|i(?: have|['’]ve)? (?:just )?moved|bin umgezogen",
  "j['’]ai déménagé|nous avons déménagé|me he mudado|nos hemos mudado",
);
const wrongItem = words(
  'wrong (?:item|product|article|size|colou?r|one|thing|model|parcel)',
  'incorrect (?:item|size)',
  String.raw`not what (?:i|we) ordered|instead of (?:the|my|a|an)\b`,
  String.raw`(?:i|we) ordered [^.\n]{1,60} but (?:got|received)`,
  'falsche[nrs]? (?:artikel|produkt|ware|größe|farbe|modell)|nicht bestellt',
  'falsch geliefert',
  'mauvais(?:e)? (?:article|produit|taille|couleur|modèle)',
  "pas ce que (?:j['’]ai|nous avons) commandé",
  '(?:artículo|producto|modelo|talla|color) (?:equivocad|incorrect|erróne)',
  'no es lo que ped',
);
const complaint = words(
  'unacceptable|disappoint|terribl|worst|angry|furious|complain|outrag',
  'disgrace|never again|appalling|damaged|broken|defect',
  'beschwer|unverschämt|enttäusch|frechheit|inakzeptabel|beschädigt|kaputt|defekt',
  'inadmissible|inacceptable|scandal|déçu|mécontent|honte|cassé|abîmé|endommagé',
  'inaceptable|queja|vergüenza|decepcion|indignad|pésim|roto|rota|dañad',
);
const spam = words(
  'viagra|casino|crypto|bitcoin|lottery|backlink|seo |click here|unsubscribe',
  String.raw`limited(?:[- ]time)? offer|investment opportunit|earn (?:money|\$)|work from home`,
  'first page of google|gewinnspiel|gagnez|gana dinero|cheap pills|web ?traffic',
);
/** Words of asking where an order is. */
export const statusWords = words(
  'where|when|status|track|arriv|deliver|shipp|wo |wann|lieferung|ankomm',
  'versand|où|quand|livr|suivi|dónde|cuándo|lleg|entreg|seguimiento',
);
const asks = /\?|¿/;

const has = (pattern: RegExp, text: string): boolean => text.search(pattern) >= 0;

/** Whether money is asked for, leaving out "I do not want a refund". */
export const asksForMoney = (text: string): boolean =>
  [...text.matchAll(refundWords)].some(
    ({ index }) => !negation.test(text.slice(Math.max(0, index - 60), index)),
  );

const wantsOtherAddress = (text: string): boolean =>
  has(redirect, text) ||
  text.split(/[.!?\n]\s/).some((part) => has(address, part) && has(move, part));

/** What a text is about, by its words, in English, German, French or Spanish. */
export const categoryOf = (text: string, namesAnOrder: boolean): Category => {
  const spamWords = new Set([...text.matchAll(spam)].map(([found]) => found.toLowerCase())).size;
  if (spamWords > 1 || (spamWords === 1 && !namesAnOrder)) return 'spam';
  if (asksForMoney(text)) return 'refund';
  if (wantsOtherAddress(text)) return 'address-change';
  if (has(wrongItem, text)) return 'wrong-item';
  if (has(complaint, text)) return 'complaint';
  return asks.test(text) ? 'question' : 'other';
};

const pressing = words(
  'urgent|immediately|asap|right now|today|lawyer|police|dringend|sofort',
  "heute|anwalt|urgemment|immédiat|aujourd['’]hui|avocat|urge|inmediat|hoy|abogad",
);

export const urgencyOf = (text: string, category: Category): 'low' | 'normal' | 'high' =>
  category === 'spam' ? 'low' : has(pressing, text) ? 'high' : 'normal';
