import { describe, expect, it } from '@jest/globals';
import { messageTypes } from '@countersign/contracts';
import { casePersonal } from '../../src/domain/facts.js';
import { supportTicket } from './definitions-walked.js';
import { stories } from './stories.js';

/** Words that only people's own texts in these stories contain. */
const personal = /Kim|kim|Broken lamp|A-1001|Please refund/;

const cases = Object.values(stories).map((tell) => tell(supportTicket));

describe('what a case stores and says of people', () => {
  it('stands in the fields that are sealed, and in no others', () => {
    const clear = cases.flatMap(({ events }) =>
      events.map(({ type, data }) => {
        const sealed = casePersonal[type] ?? [];
        const open = Object.entries(data).filter(([name]) => !sealed.includes(name));
        return { type, text: JSON.stringify(open) };
      }),
    );
    expect(clear.filter(({ text }) => personal.test(text))).toEqual([]);
  });

  it('is really there, so that the test above means something', () => {
    const facts = cases.flatMap(({ events }) => events);
    const types = new Set(
      facts.filter(({ data }) => personal.test(JSON.stringify(data))).map(({ type }) => type),
    );
    expect(Object.keys(casePersonal).filter((type) => !types.has(type as never))).toEqual([]);
  });

  it('goes out sealed too', () => {
    const clear = cases.flatMap(({ process, events }) =>
      events.flatMap(process.react).map(({ type, data }) => {
        const sealed = messageTypes.get(type)!.personal;
        const open = Object.entries(data as object).filter(([name]) => !sealed.includes(name));
        return { type, text: JSON.stringify(open) };
      }),
    );
    expect(clear.filter(({ text }) => personal.test(text))).toEqual([]);
  });
});
