import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProduct, Ticket } from '../journeys/running-product.js';

/** Words that stand for a person, in every place where people write; to be found nowhere in clear. */
export const personalWords = {
  name: 'Wilhelmina Canarybird',
  address: 'wilhelmina.canarybird@example.test',
  subject: 'quokkas in the subject',
  body: 'axolotls in the body',
  comment: 'wombats in the comment',
  rationale: 'okapis in the rationale',
  reply: 'narwhals in the reply',
  evidence: 'pangolins in the evidence',
} as const;

const { name, address, subject, body, comment, rationale, reply, evidence } = personalWords;
const orders = {
  expired: 'A-9101',
  closed: 'A-9102',
  rejected: 'A-9103',
  changed: 'A-9104',
  uncertain: 'A-9105',
  resolved: 'A-9106',
  contested: 'A-9107',
  assisted: 'A-9108',
  waiting: 'A-9109',
} as const;

const ticket = (order: string, wish: string): Ticket => ({
  subject: `Order ${order}, ${subject}`,
  body: `${wish} Yours, ${name} (${address}), with ${body}.`,
  order,
  customer: { id: order.slice(-4), name, email: address },
});
const refund = (order: string) =>
  ticket(order, `The parcel of order ${order} arrived damaged, please refund 5.00 EUR.`);
const wrongItem = (order: string) =>
  ticket(order, `You sent me the wrong item in order ${order}. Please send me the right one.`);
const odd = (order: string) => ({
  ...ticket(order, 'Could you tell me which school your founders went to?'),
  subject: `A question about your founders, ${subject}`,
});

/**
 * Cases that end in every way there is, and some that still wait: whatever can be in a store is in
 * it afterwards.
 */
export const liveThroughAVariedDay = async (at: RunningProduct): Promise<void> => {
  const expired = await at.open('day-expired', refund(orders.expired));
  await at.pending(expired);
  at.clock.advance(48 * 3_600_000);
  await at.until(expired, 'expired');
  await Promise.all([
    closed(at),
    rejected(at),
    changed(at),
    declined(at),
    assisted(at),
    uncertain(at),
    resolved(at),
    contested(at),
    malformed(at),
    at.open('day-waiting', refund(orders.waiting)).then(at.pending),
  ]);
};

const decide = async (at: RunningProduct, caseId: string, as: string, decision: object) => {
  const { proposalId, etag } = await at.pending(caseId);
  const answer = await at.decide(as, proposalId, etag, decision);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return proposalId;
};
const approve = { decision: 'approve', comment };

const closed = async (at: RunningProduct) => {
  const caseId = await at.open('day-closed', refund(orders.closed));
  await decide(at, caseId, 'ana', approve);
  await at.until(caseId, 'closed');
};

const rejected = async (at: RunningProduct) => {
  const caseId = await at.open('day-rejected', refund(orders.rejected));
  await decide(at, caseId, 'ben', { decision: 'reject', reasonCode: 'policy-violation', comment });
  await at.until(caseId, 'rejected');
};

const changed = async (at: RunningProduct) => {
  const caseId = await at.open('day-changed', refund(orders.changed));
  const wish = { decision: 'request-changes', reasonCode: 'wrong-amount' };
  const first = await decide(at, caseId, 'ana', { ...wish, comment: `4.00 EUR only, ${comment}` });
  while ((await at.case(caseId)).proposals.at(-1) === first) await sleep(15);
  await decide(at, caseId, 'ben', approve);
  await at.until(caseId, 'closed');
};

const askedForHelp = async (at: RunningProduct, caseId: string): Promise<string> => {
  await at.until(caseId, 'assisted');
  for (;;) {
    const { body } = await at.ask('lena', 'GET', `/v1/assistance?caseId=${caseId}`);
    if (body.items.length > 0) return `/v1/assistance/${body.items[0].requestId}`;
    await sleep(15);
  }
};

const declined = async (at: RunningProduct) => {
  const caseId = await at.open('day-declined', odd(orders.assisted));
  const url = await askedForHelp(at, caseId);
  await at.ask('lena', 'POST', `${url}/decline`, { reasonCode: 'other', comment });
  await at.until(caseId, 'rejected');
};

const assisted = async (at: RunningProduct) => {
  const caseId = await at.open('day-assisted', odd(orders.assisted));
  const url = await askedForHelp(at, caseId);
  await at.ask('lena', 'POST', `${url}/proposal`, {
    tool: 'crm.resolve-ticket@1',
    rationale,
    arguments: {
      order: orders.assisted,
      customer: orders.assisted.slice(-4),
      reply: { subject: 'Our founders', text: `Dear ${name}, with ${reply}.` },
      change: { kind: 'none' },
    },
  });
  await decide(at, caseId, 'ana', approve);
  await at.until(caseId, 'closed');
};

/** The target takes no keys, and its answer is lost. */
const uncertain = async (at: RunningProduct, order: string = orders.uncertain) => {
  const caseId = await at.open(`day-uncertain-${order}`, wrongItem(order));
  const { proposalId } = await at.pending(caseId);
  await fetch(`${at.product.addresses.crm}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode: 'effect-then-reset', path: `/legacy/orders/${order}` }),
  });
  await decide(at, caseId, 'ana', approve);
  await at.uncertain(caseId, proposalId);
  return { caseId, proposalId };
};

const resolved = async (at: RunningProduct) => {
  const { caseId, proposalId } = await uncertain(at, orders.resolved);
  const url = `/v1/approvals/${proposalId}/resolution`;
  const { status } = await at.ask('ben', 'PUT', url, { outcome: 'done', evidence });
  if (status !== 200) throw new Error(`the resolution was answered ${status}`);
  await at.until(caseId, 'closed');
};

/** Two cases about one order: the second approval meets an order that has moved on. */
const contested = async (at: RunningProduct) => {
  const first = await at.open('day-first', refund(orders.contested));
  const second = await at.open('day-second', refund(orders.contested));
  await Promise.all([at.pending(first), at.pending(second)]);
  await decide(at, first, 'ana', approve);
  await at.until(first, 'closed');
  const refused = await decide(at, second, 'ben', approve);
  while ((await at.case(second)).proposals.at(-1) === refused) await sleep(15);
  await at.pending(second);
};

/** Not only values speak of people: whoever sends a field of their own names it as they like. */
const malformed = async (at: RunningProduct) => {
  const event = { ...refund(orders.waiting), body: { [address]: body }, [address]: name };
  const { status } = await at.submit('day-malformed', event as unknown as Ticket);
  if (status !== 422) throw new Error(`a malformed event was answered ${status}`);
};
