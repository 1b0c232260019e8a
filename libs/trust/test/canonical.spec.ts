import { describe, expect, it } from '@jest/globals';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonical, digestOf, proposalDigest } from '../src/index.js';

const json = () => fc.jsonValue({ maxDepth: 5, noUnicodeString: false });

describe('the canonical form (RFC 8785)', () => {
  it('is what an independent implementation writes', () => {
    fc.assert(
      fc.property(json(), (value) => {
        expect(canonical(value)).toBe(canonicalize(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the same whatever the order of properties, before and after a round trip', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json(), { maxKeys: 40 }), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonical(reversed)).toBe(canonical(value));
        expect(canonical(JSON.parse(JSON.stringify(value)))).toBe(canonical(value));
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('has every name in its place, also numbers and those that objects keep for themselves', () => {
    const special = ['0', '00', '10', '9', '4294967295', '-1', '1a', '!', '_', '__proto__', ''];
    const reserved = ['toJSON', 'constructor', 'length', 'hasOwnProperty', '__defineGetter__'];
    const name = fc.oneof(fc.constantFrom(...special, ...reserved), fc.string({ maxLength: 2 }));
    const { object } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, fc.constantFrom(1, null, 'a'), tie('object')),
      object: fc.dictionary(name, tie('value'), { maxKeys: 30 }),
    }));
    const written = (value: unknown): string => {
      if (typeof value !== 'object' || value === null) return JSON.stringify(value);
      const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${written(item)}`).join()}}`;
    };
    fc.assert(
      fc.property(object, (value) => {
        expect(canonical(value)).toBe(written(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is of well-formed text alone, whatever stands around a lone surrogate', () => {
    const part = fc.constantFrom('\\', 'u', 'd8', 'ud800', '\ud83d', '\ude00', '\ud83d\ude00', '"');
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (name, value) => {
        const form = () => canonical([{ [name]: value }]);
        if (name.isWellFormed() && value.isWellFormed()) {
          expect(form()).toBe(`[{${JSON.stringify(name)}:${JSON.stringify(value)}}]`);
        } else expect(form).toThrow(TypeError);
      }),
      { numRuns: 5_000 },
    );
  });

  it('goes down 500 levels and no further', () => {
    const nested = (levels: number, name: string) => {
      let value: unknown = 1;
      for (let n = 0; n < levels; n += 1) value = n % 2 === 0 ? { [name]: value } : [value];
      return value;
    };
    for (const name of ['a', '1']) {
      expect(canonical(nested(500, name))).toHaveLength(250 * 6 + 250 * 2 + 1);
      expect(() => canonical(nested(501, name))).toThrow('levels deep');
    }
  });

  it('sorts by UTF-16 code units (RFC 8785, 3.2.3)', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const value = Object.fromEntries(names.map((name) => [name, name.length]));
    expect(Object.keys(JSON.parse(canonical(value)) as object)).toHaveLength(7);
    expect(canonical(value)).toBe(
      '{"\\r":1,"1":1,"\u0080":1,"\u00f6":1,"\u20ac":1,"\ud83d\ude00":2,"\ufb33":1}',
    );
  });

  it.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [1e21, '1e+21'],
    [333333333.33333329, '333333333.3333333'],
    [1e-27, '1e-27'],
  ])('writes %d as %s (RFC 8785, appendix B)', (number, text) => {
    expect(canonical(number)).toBe(text);
  });

  it('leaves out properties without a value, as JSON does', () => {
    expect(canonical({ b: 1, a: undefined })).toBe('{"b":1}');
  });

  it('takes what clones and parsers make', () => {
    expect(canonical(structuredClone({ b: [1], a: null }))).toBe('{"a":null,"b":[1]}');
    expect(canonical(Object.assign(Object.create(null) as object, { a: 1 }))).toBe('{"a":1}');
    expect(canonical(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['undefined in an array', [undefined]],
    ['a hole in an array', Array(1)],
    ['NaN', { a: NaN }],
    ['infinity', -Infinity],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a lone surrogate', 'a\ud800b'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['bytes', Buffer.from('a')],
    ['a cycle', cycle],
  ])('refuses %s', (_, value) => {
    expect(() => canonical(value)).toThrow(TypeError);
  });
});

describe('I4 the digest of a proposal', () => {
  const proposal = {
    proposalId: '6b1f9c3e-0000-4000-8000-000000000001',
    caseId: '6b1f9c3e-0000-4000-8000-000000000002',
    tool: { name: 'crm.reply', version: 1 },
    arguments: { amount: 180, text: 'Grüße' },
    witness: { resource: '/customers/8812', etag: '"17"' },
    salt: '00112233445566778899aabbccddeeff',
  };

  it('is SHA-256 over exactly these six, as anyone can recompute it', () => {
    expect(proposalDigest(proposal)).toBe(digestOf({ ...proposal, tool: 'crm.reply@1' }));
    expect(proposalDigest({ ...proposal, rationale: 'x' } as never)).toBe(proposalDigest(proposal));
    expect(digestOf({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  it('changes with each of them', () => {
    const others = [
      { ...proposal, proposalId: proposal.caseId },
      { ...proposal, caseId: proposal.proposalId },
      { ...proposal, tool: { name: 'crm.reply', version: 2 } },
      { ...proposal, arguments: { ...proposal.arguments, amount: 181 } },
      { ...proposal, witness: null },
      { ...proposal, salt: 'f'.repeat(32) },
    ];
    const digests = [proposal, ...others].map(proposalDigest);
    expect(new Set(digests).size).toBe(7);
  });

  it('tells any two argument objects apart that differ as JSON', () => {
    const object = fc.dictionary(fc.string(), json());
    fc.assert(
      fc.property(object, object, (a, b) => {
        const same = canonicalize(a) === canonicalize(b);
        const digest = (value: object) => proposalDigest({ ...proposal, arguments: { ...value } });
        expect(digest(a) === digest(b)).toBe(same);
      }),
    );
  });
});
