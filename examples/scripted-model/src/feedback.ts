import { addressIn } from './address.js';
import type { StepData } from './data-block.js';
import { refundWords } from './intent.js';
import { sumAskedFor } from './money.js';
import { orderNumbersIn, skuIn } from './order-number.js';
import type { Reading } from './reading.js';

/** What is different on a second visit, or that the rules cannot tell. */
export interface Adjusted {
  readonly reading: Reading;
  /** The reply begins with an apology. */
  readonly regretful: boolean;
  /** Only the reply remains. */
  readonly changeNothing: boolean;
  readonly understood: boolean;
}

const nothingElse =
  /\b(?:no refund|do not refund|don['’]t refund|only (?:a )?reply|change nothing|no change)\b/iu;
const kinder = /\b(?:polite|friendl|apolog|sorry|kind|warm|tone|sympath)/iu;

/**
 * The reading as a supervisor wants it: the comment's amount, address, order or article takes the
 * place of the ticket's. Feedback from the target alone, e.g. that it has moved on, changes nothing:
 * looking again is the answer to it.
 */
export const adjust = (reading: Reading, feedback: StepData['feedback']): Adjusted => {
  const asIs = { reading, regretful: false, changeNothing: false, understood: true };
  if (feedback?.kind !== 'changes-requested') return asIs;
  const comment = feedback.comment ?? '';
  const sum = sumAskedFor(comment, refundWords);
  const address = addressIn(comment);
  const sku = skuIn(comment);
  const orders = orderNumbersIn(comment);
  const changeNothing = nothingElse.test(comment);
  const regretful = feedback.reason === 'wrong-tone' || kinder.test(comment);
  const told = [sum, address, sku, orders[0]].some((value) => value !== undefined);
  return {
    reading: {
      ...reading,
      ...(sum !== undefined && { sum, category: 'refund' as const }),
      ...(address && { address, category: 'address-change' as const }),
      ...(sku !== undefined && { sku, category: 'wrong-item' as const }),
      ...(orders.length > 0 && { orders }),
    },
    regretful,
    changeNothing,
    understood: sum !== 'ambiguous' && (told || changeNothing || regretful),
  };
};
