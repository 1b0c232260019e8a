import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changes, redact } from '../src/index.js';
import { refund, tool } from './shipped-tools.js';

const resolve = tool('crm.resolve-ticket@1');
const target = {
  id: 'A-20931',
  customer: '0931',
  refundedCents: 1_000,
  replacementSku: null,
  deliveryAddress: { street: '12 Old Rd', city: 'Lyon', postalCode: '69003', country: 'FR' },
};

describe('what a call will change', () => {
  it('is told from the target as it is to what will be written', () => {
    expect(changes(resolve, refund, target)).toEqual([
      { field: 'Order', from: 'A-20931', to: 'A-20931' },
      { field: 'Customer', from: '0931', to: '0931' },
      { field: 'Change', from: null, to: 'refund' },
      { field: 'Refunded', from: '10.00 EUR', to: '49.90 EUR' },
      { field: 'Subject of the reply', from: null, to: 'Your refund' },
      { field: 'Reply', from: null, to: 'We pay back 49.90 EUR.' },
    ]);
  });

  it('shows an address whole', () => {
    const address = { street: '4 New St', city: 'Cork', postalCode: 'T12', country: 'IE' };
    const shown = changes(resolve, { ...refund, change: { kind: 'address', address } }, target);
    expect(shown).toContainEqual({
      field: 'Delivery address',
      from: '12 Old Rd, Lyon, 69003, FR',
      to: '4 New St, Cork, T12, IE',
    });
  });

  it('works without a target', () => {
    expect(changes(resolve, refund, null)[3]).toEqual({
      field: 'Refunded',
      from: null,
      to: '49.90 EUR',
    });
  });

  it('leaves no argument out, whatever the manifest forgets to name (I4)', () => {
    expect(changes({ shows: [] }, { a: { b: 1 }, c: [true, 'x'], d: {} }, null)).toEqual([
      { field: '/a/b', from: null, to: '1' },
      { field: '/c/0', from: null, to: 'true' },
      { field: '/c/1', from: null, to: 'x' },
      { field: '/d', from: null, to: '{}' },
    ]);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (args) => {
        const shown = changes(resolve, args, null).map(({ to }) => to);
        for (const value of Object.values(args)) {
          if (typeof value === 'string') expect(shown).toContain(value);
        }
      }),
    );
  });
});

describe('C9: arguments in a log line', () => {
  it('keep references and money, and name the class of all else', () => {
    expect(redact(resolve, refund)).toEqual({
      order: 'A-20931',
      customer: '[identity]',
      reply: { subject: '[message]', text: '[message]' },
      change: { kind: 'refund', amountCents: 4_990, currency: 'EUR' },
    });
  });

  it('show nothing that has no class', () => {
    expect(redact(resolve, { surprise: 'canary', change: { note: ['canary'] } })).toEqual({
      surprise: '[unclassified]',
      change: { note: ['[address]'] },
    });
    expect(redact(resolve, { more: { canary: 'canary' } })).toEqual({
      more: { '[unclassified]': '[unclassified]' },
    });
    expect(redact(resolve, 'canary')).toBe('[unclassified]');
  });
});
