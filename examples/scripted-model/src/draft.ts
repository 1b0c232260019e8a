import { abstain } from './abstain.js';
import { call, type ChatRequest, type Said } from './chat.js';
import { answerTo, type StepData } from './data-block.js';
import { adjust } from './feedback.js';
import { propose } from './propose.js';
import type { Reading } from './reading.js';
import { lookUp, type Order } from './shop.js';

/** One move: look the order up, then propose or abstain. */
export const draft = (request: ChatRequest, data: StepData, read: Reading): Said => {
  const adjusted = adjust(read, data.feedback);
  const { reading } = adjusted;
  if (!adjusted.understood) {
    return abstain(
      'unknown-request',
      'The rules cannot follow what was said about the last proposal.',
    );
  }
  if (reading.category === 'other' || reading.category === 'spam') {
    return reading.suspicious
      ? abstain('suspicious-content', 'Beside text that speaks to a machine there is no request.')
      : abstain('unknown-request', 'The rules do not know what the customer wants.');
  }
  const [order, ...others] = reading.orders;
  if (order === undefined) return abstain('missing-information', 'No order number is given.');
  if (others.length > 0) {
    return abstain('missing-information', 'Several orders are named; which one is meant?');
  }
  if (!offers(request, lookUp)) return abstain('unknown-request', 'Orders cannot be looked up.');
  const found = answerTo(request.messages, lookUp, (args) => args.order === order);
  if (!found) return call(lookUp, { order }, 'Looking up the order.');
  if (found.status !== 200) {
    return found.status === 404
      ? abstain('not-found', `There is no order ${order}.`)
      : abstain('missing-information', `Order ${order} could not be looked up.`);
  }
  const known = found.body as Order;
  if (known.customer !== reading.customer) {
    return abstain('not-found', `Order ${order} does not belong to the customer who writes.`);
  }
  return propose(adjusted, known, (name) => offers(request, name));
};

const offers = ({ tools }: ChatRequest, name: string): boolean =>
  (tools ?? []).some((tool) => tool.function.name === name);
