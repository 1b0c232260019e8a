import { say, type ChatRequest, type Said } from './chat.js';
import type { Reading } from './reading.js';

const summaries: Record<Reading['category'], string> = {
  refund: 'The customer asks for money back.',
  'address-change': 'The customer wants the order delivered to another address.',
  'wrong-item': 'The customer received something else than was ordered.',
  complaint: 'The customer is unhappy and asks for nothing in particular.',
  question: 'The customer asks a question.',
  spam: 'Advertising, not a customer.',
  other: 'The rules do not know what this is about.',
};

/** A classification, limited to the fields that the asked-for schema knows. */
export const classify = (request: ChatRequest, reading: Reading): Said => {
  const [order, ...others] = reading.orders;
  const found = {
    category: reading.category,
    language: reading.language,
    ...(order !== undefined && others.length === 0 && { order }),
    urgency: reading.urgency,
    summary: `${summaries[reading.category]} (scripted model)`,
  };
  const known = request.response_format?.json_schema?.schema?.properties ?? found;
  const asked = Object.entries(found).filter(([field]) => Object.hasOwn(known, field));
  return say(JSON.stringify(Object.fromEntries(asked)));
};
