import type { Address, Order } from './catalogue.js';

export interface Reply {
  readonly subject: string;
  readonly text: string;
}

export type Change =
  | { readonly kind: 'refund'; readonly amountCents: number; readonly currency: string }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'replacement'; readonly sku: string }
  | { readonly kind: 'none' };

/** A reply to the customer and a change of the order: both happen, or neither. */
export interface Resolution {
  readonly customer: string;
  readonly reply: Reply;
  readonly change: Change;
}

/** Why a call has no effect. `conflict`: the order's state forbids it; else it never can. */
export interface Refusal {
  readonly status: number;
  readonly outcome: 'refused' | 'conflict';
  readonly detail: string;
}

const refused = (status: number, detail: string): Refusal => ({
  status,
  outcome: 'refused',
  detail,
});
const conflict = (detail: string): Refusal => ({ status: 409, outcome: 'conflict', detail });
export const isRefusal = (value: object): value is Refusal => 'outcome' in value;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const hasOnly = (value: Json, ...names: string[]) =>
  Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
const isText = (value: unknown, lengthMax: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= lengthMax;

/** @returns what is wrong with the shape, or nothing */
const problemOfReply = (reply: unknown): string | undefined => {
  const ok =
    isObject(reply) &&
    hasOnly(reply, 'subject', 'text') &&
    isText(reply.subject, 200) &&
    isText(reply.text, 4_000);
  return ok ? undefined : 'reply must be {subject, text}, both filled';
};

const isAddress = (value: unknown): boolean =>
  isObject(value) &&
  hasOnly(value, 'street', 'city', 'postalCode', 'country') &&
  isText(value.street, 200) &&
  isText(value.city, 100) &&
  isText(value.postalCode, 20) &&
  typeof value.country === 'string' &&
  /^[A-Z]{2}$/.test(value.country);

const isSku = (value: unknown): boolean =>
  typeof value === 'string' && /^[A-Z]{4}-(S|M|L|XL)$/.test(value);

const problemOfChange = (change: unknown): string | undefined => {
  if (!isObject(change)) return 'change must be an object with a kind';
  switch (change.kind) {
    case 'refund':
      return hasOnly(change, 'kind', 'amountCents', 'currency') &&
        Number.isSafeInteger(change.amountCents) &&
        (change.amountCents as number) > 0
        ? undefined
        : 'a refund needs amountCents above 0 and a currency';
    case 'address':
      return hasOnly(change, 'kind', 'address') && isAddress(change.address)
        ? undefined
        : 'an address needs street, city, postalCode and a two-letter country';
    case 'replacement':
      return hasOnly(change, 'kind', 'sku') && isSku(change.sku)
        ? undefined
        : 'a replacement needs a sku such as LAMP-M';
    case 'none':
      return hasOnly(change, 'kind') ? undefined : 'no change takes nothing but its kind';
    default:
      return 'change.kind must be refund, address, replacement or none';
  }
};

/** The body of `POST /orders/{id}/resolutions`, checked. */
export const resolutionFrom = (body: unknown): Resolution | Refusal => {
  if (!isObject(body) || !hasOnly(body, 'customer', 'reply', 'change')) {
    return refused(422, 'the body must be {customer, reply, change}');
  }
  const problem = problemOfReply(body.reply) ?? problemOfChange(body.change);
  return problem ? refused(422, problem) : (body as unknown as Resolution);
};

/** The body of the old `POST /legacy/orders/{id}/replacements`, as a resolution. */
export const legacyReplacementFrom = (body: unknown): Resolution | Refusal => {
  if (!isObject(body) || !hasOnly(body, 'customer', 'reply', 'sku')) {
    return refused(422, 'the body must be {customer, reply, sku}');
  }
  const { customer, reply, sku } = body;
  return resolutionFrom({ customer, reply, change: { kind: 'replacement', sku } });
};

/** The order after a resolution, or why it cannot be. */
export const resolve = (order: Order, { customer, change }: Resolution): Order | Refusal => {
  if (customer !== order.customer) return refused(422, 'the order belongs to another customer');
  const changed = changeOf(order, change);
  return isRefusal(changed) ? changed : { ...order, ...changed, revision: order.revision + 1 };
};

const changeOf = (order: Order, change: Change): Partial<Order> | Refusal => {
  switch (change.kind) {
    case 'refund': {
      if (change.currency !== order.currency) return refused(422, 'the order was paid in EUR');
      const refundedCents = order.refundedCents + change.amountCents;
      if (change.amountCents > order.priceCents) return refused(422, 'more than was paid');
      if (refundedCents > order.priceCents) return conflict('more than is left to refund');
      return { refundedCents };
    }
    case 'address':
      if (order.status === 'delivered') return conflict('the order is delivered already');
      return { deliveryAddress: change.address };
    case 'replacement':
      return { replacementSku: change.sku };
    case 'none':
      return {};
  }
};
