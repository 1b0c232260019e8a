import { addressIn, type Address } from './address.js';
import type { StepData } from './data-block.js';
import { withoutInstructions } from './hidden-instructions.js';
import { categories, categoryOf, refundWords, urgencyOf, type Category } from './intent.js';
import { languageOf, type Language } from './language.js';
import { sumAskedFor, type Money } from './money.js';
import { orderNumbersIn, skuIn } from './order-number.js';

/** What the rules found in a ticket. */
export interface Reading {
  readonly category: Category;
  readonly urgency: 'low' | 'normal' | 'high';
  readonly language: Language;
  /** Every order it names; only one is taken for the order it is about. */
  readonly orders: readonly string[];
  readonly sum: Money | 'ambiguous' | undefined;
  readonly address: Address | undefined;
  readonly sku: string | undefined;
  readonly customer: string | undefined;
  readonly customerName: string | undefined;
  readonly subject: string;
  readonly text: string;
  /** It contains text that speaks to a machine; that part was not read. */
  readonly suspicious: boolean;
}

/** Characters of a ticket that are read: patterns take time that grows with the text. */
const textMaxLength = 6_000;

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a classifying step has found before, whatever it is called. */
const earlierIn = ({ results }: StepData): Readonly<Record<string, unknown>> =>
  Object.values(results).findLast(({ category }) => typeof category === 'string') ?? {};

/** The order that the help desk or an earlier step has named, else those in the text. */
const ordersIn = (data: StepData, text: string): readonly string[] => {
  const known = data.ticket.order ?? earlierIn(data).order;
  return typeof known === 'string' ? [known] : orderNumbersIn(text);
};

/** Reads a ticket by rules alone. `everything`: also what speaks to a machine. */
export const readTicket = (data: StepData, everything = false): Reading => {
  const { ticket } = data;
  const subject = textIn(ticket.subject);
  const whole = `${subject}\n\n${textIn(ticket.body)}`.slice(0, textMaxLength);
  const honest = withoutInstructions(whole);
  const text = everything ? whole : honest.text;
  const orders = ordersIn(data, text);
  const earlier = categories.find((category) => category === earlierIn(data).category);
  const category = earlier ?? categoryOf(text, orders.length > 0);
  const customer = (ticket.customer ?? {}) as Record<string, unknown>;
  return {
    category,
    urgency: urgencyOf(text, category),
    language: languageOf(text),
    orders,
    sum: sumAskedFor(text, refundWords),
    // The costliest thing to look for, and only one kind of ticket needs it.
    address: category === 'address-change' ? addressIn(text) : undefined,
    sku: skuIn(text),
    customer: typeof customer.id === 'string' ? customer.id : undefined,
    customerName: typeof customer.name === 'string' ? customer.name : undefined,
    subject,
    text,
    suspicious: honest.found,
  };
};
