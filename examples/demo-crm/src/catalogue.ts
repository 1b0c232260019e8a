export interface Address {
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

export type OrderStatus = 'processing' | 'packed' | 'shipped' | 'delivered';

export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly item: string;
  readonly sku: string;
  readonly priceCents: number;
  readonly currency: 'EUR';
  readonly status: OrderStatus;
  readonly deliveryAddress: Address;
  readonly refundedCents: number;
  /** What was sent instead, when something was. */
  readonly replacementSku: string | null;
  /** Grows by one with every change; the ETag is this number in quotes. */
  readonly revision: number;
}

export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly language: string;
}

const items = [
  ['Desk lamp', 'LAMP'],
  ['Espresso cups, set of 4', 'CUPS'],
  ['Rain jacket', 'JACK'],
  ['Wireless headphones', 'HEAD'],
  ['Running shoes', 'SHOE'],
  ['Cast-iron pan', 'PANC'],
  ['Wool blanket', 'WOOL'],
  ['Board game', 'GAME'],
] as const;
const sizes = ['S', 'M', 'L', 'XL'] as const;
const statuses: readonly OrderStatus[] = ['processing', 'packed', 'shipped', 'delivered'];
const places = [
  ['Mill Lane', 'Dublin', 'D02 X285', 'IE'],
  ['Rue des Lilas', 'Lyon', '69003', 'FR'],
  ['Gartenstraße', 'Berlin', '10115', 'DE'],
  ['Calle Mayor', 'Madrid', '28013', 'ES'],
  ['Oudegracht', 'Utrecht', '3511 AB', 'NL'],
] as const;
const givenNames = ['Ada', 'Bilal', 'Chiara', 'Dmitri', 'Elif', 'Femi', 'Greta', 'Hana'];
const familyNames = ['Novak', 'Okafor', 'Petit', 'Romero', 'Schmidt', 'Tanaka', 'Weiss', 'Young'];
const languages = ['en', 'de', 'fr', 'es'];

/** Every order and customer exists by formula: no seed data, no limit, the same on every machine. */
const numberFrom = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
};

const pick = <T>(from: readonly T[], number: number): T => from[number % from.length]!;

export const orderId = /^A-\d{4,12}$/;
export const customerId = /^\d{4}$/;

/** The customer of an order: the last four digits of its number. */
export const customerOf = (id: string): string => id.slice(-4);

/**
 * An order as it was sold, before any change. Prices are 49.99 to 248.99 EUR. Only the last six digits
 * count: the same number with more digits before it is another order for the same article, so that
 * a demonstration can be repeated with orders of its own.
 */
export const orderAsSold = (id: string): Order => {
  const number = numberFrom(id.slice(2).slice(-6));
  const [item, code] = pick(items, number);
  const [street, city, postalCode, country] = pick(places, number >>> 7);
  return {
    id,
    customer: customerOf(id),
    item,
    sku: `${code}-${pick(sizes, number >>> 5)}`,
    priceCents: 4_999 + (number % 200) * 100,
    currency: 'EUR',
    status: pick(statuses, number >>> 9),
    deliveryAddress: {
      street: `${1 + ((number >>> 11) % 120)} ${street}`,
      city,
      postalCode,
      country,
    },
    refundedCents: 0,
    replacementSku: null,
    revision: 1,
  };
};

export const customerById = (id: string): Customer => {
  const number = numberFrom(`customer ${id}`);
  const given = pick(givenNames, number);
  const family = pick(familyNames, number >>> 5);
  return {
    id,
    name: `${given} ${family}`,
    email: `${given}.${family}.${id}@customers.example`.toLowerCase(),
    language: pick(languages, number >>> 9),
  };
};

/** The orders a customer is listed with; any longer number that ends in the id is theirs as well. */
export const ordersOf = (customer: string): readonly string[] =>
  ['', '1', '2', '3'].map((before) => `A-${before}${customer}`);
