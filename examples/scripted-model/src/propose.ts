import { abstain } from './abstain.js';
import { call, type Said } from './chat.js';
import type { Adjusted } from './feedback.js';
import { statusWords } from './intent.js';
import { moneyText } from './money.js';
import type { Reading } from './reading.js';
import { replyWith, type Message } from './replies.js';
import { replaceByOldInterface, resolve, type Order } from './shop.js';

type Change = { readonly kind: string } & Readonly<Record<string, unknown>>;
/** A change with the reply that tells of it, and why; or a reason to leave it to a person. */
type Plan = { readonly change: Change; readonly message: Message; readonly why: string } | Said;
const isPlan = (plan: Plan): plan is Exclude<Plan, Said> => 'change' in plan;

/** The call that writes, with the reply in the customer's language; or an abstention. */
export const propose = (
  { reading, regretful, changeNothing }: Adjusted,
  order: Order,
  offered: (name: string) => boolean,
): Said => {
  const plan = changeNothing ? apologise() : planFor(reading, order);
  if (!isPlan(plan)) return plan;
  const reply = replyWith(plan.message, order.id, {
    language: reading.language,
    name: reading.customerName,
    regretful: regretful || (reading.category === 'complaint' && plan.change.kind !== 'none'),
  });
  const told = { order: order.id, customer: order.customer, reply };
  const why = `Scripted model (rules, no language model): ${plan.why}${warning(reading)}`;
  if (plan.change.kind === 'replacement' && offered(replaceByOldInterface)) {
    return call(replaceByOldInterface, { ...told, sku: plan.change.sku }, why);
  }
  return offered(resolve)
    ? call(resolve, { ...told, change: plan.change }, why)
    : abstain('unknown-request', 'There is no tool for this change.');
};

const warning = ({ suspicious }: Reading): string =>
  suspicious ? ' The ticket also contains text that speaks to a machine; it was not followed.' : '';

const planFor = (reading: Reading, order: Order): Plan => {
  switch (reading.category) {
    case 'refund':
      return refund(reading, order);
    case 'address-change':
      return redirect(reading, order);
    case 'wrong-item':
      return replace(reading, order);
    case 'question':
      return answer(reading, order);
    default:
      return apologise();
  }
};

const refund = ({ sum }: Reading, order: Order): Plan => {
  if (sum === 'ambiguous') {
    return abstain('missing-information', 'Several amounts are named; which one is asked for?');
  }
  if (sum && sum.currency !== order.currency) {
    const both = `The amount is in ${sum.currency}, the order in ${order.currency}.`;
    return abstain('missing-information', both);
  }
  const left = order.priceCents - order.refundedCents;
  const cents = sum?.cents ?? left;
  const paid = `${moneyText(order.priceCents, 'en')} was paid for order ${order.id} and ${moneyText(order.refundedCents, 'en')} refunded`;
  if (cents < 1 || cents > left) {
    const asked = `A refund of ${moneyText(cents, 'en')} is not possible: ${paid}.`;
    return abstain('missing-information', asked);
  }
  return {
    change: { kind: 'refund', amountCents: cents, currency: order.currency },
    message: { kind: 'refund', cents },
    why: `${sum ? 'the amount is the one asked for' : 'no amount is named, so it is all that is left'}; ${paid}.`,
  };
};

const redirect = ({ address }: Reading, order: Order): Plan => {
  if (order.status === 'delivered') {
    return {
      change: { kind: 'none' },
      message: { kind: 'delivered' },
      why: `order ${order.id} is delivered, so its address can no longer be changed.`,
    };
  }
  if (!address) return abstain('missing-information', 'No complete new address was found.');
  const whole = { ...address, country: address.country ?? order.deliveryAddress.country };
  const { street, postalCode, city, country } = whole;
  return {
    change: { kind: 'address', address: whole },
    message: { kind: 'address', address: `${street}, ${postalCode} ${city}, ${country}` },
    why: `the ticket gives another address; order ${order.id} is ${order.status}.${address.country ? '' : ' It names no country, so the one before stays.'}`,
  };
};

const replace = ({ sku: asked }: Reading, order: Order): Plan => {
  const sent = asked ?? order.sku;
  return {
    change: { kind: 'replacement', sku: sent },
    message: { kind: 'replacement', item: order.item, sku: sent },
    why: `something else than ${order.item} (${order.sku}) arrived for order ${order.id}.`,
  };
};

const answer = ({ text }: Reading, order: Order): Plan =>
  text.search(statusWords) < 0
    ? abstain('unknown-request', 'The rules can only answer where an order is.')
    : {
        change: { kind: 'none' },
        message: { kind: 'status', status: order.status },
        why: `the customer asks after order ${order.id}, which is ${order.status}.`,
      };

const apologise = (): Plan => ({
  change: { kind: 'none' },
  message: { kind: 'sorry' },
  why: 'nothing definite is asked for, so the reply asks what would help.',
});
