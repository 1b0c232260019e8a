import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { derFromRaw, rawFromDer } from '../src/es256-bytes.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const asJws = { dsaEncoding: 'ieee-p1363' } as const;
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
/** As many zeros before them as small numbers have, and highest bits set and not. */
const halves = fc
  .tuple(fc.nat(32), bytes(32))
  .map(([zeros, half]) => Buffer.concat([Buffer.alloc(zeros), half.subarray(zeros)]));
const raws = fc.tuple(halves, halves).map((both) => Buffer.concat(both));

describe('the two forms of an ES256 signature', () => {
  it('are those that Node makes and takes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        const raw = rawFromDer(sign('sha256', data, privateKey));
        expect(verify('sha256', data, { key: publicKey, ...asJws }, raw)).toBe(true);
        const der = derFromRaw(sign('sha256', data, { key: privateKey, ...asJws }));
        expect(verify('sha256', data, publicKey, der!)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('say the same, whatever the numbers are', () => {
    fc.assert(
      fc.property(raws, (raw) => {
        const der = derFromRaw(raw)!;
        expect(rawFromDer(der)).toEqual(raw);
        const [r, s] = integersIn(der);
        expect(r).toBe(BigInt(`0x${raw.toString('hex', 0, 32)}`));
        expect(s).toBe(BigInt(`0x${raw.toString('hex', 32)}`));
      }),
      { numRuns: 2_000 },
    );
  });

  it('are accepted or refused as Node does, also when they are changed', () => {
    const data = Buffer.from('a');
    const good = sign('sha256', data, { key: privateKey, ...asJws });
    const changed = fc.oneof(
      raws,
      fc
        .tuple(fc.nat(63), fc.nat(255))
        .map(([at, byte]) => good.map((b, n) => (n === at ? byte : b))),
      fc.uint8Array({ maxLength: 80 }),
    );
    fc.assert(
      fc.property(changed, (array) => {
        const raw = Buffer.from(array);
        const der = derFromRaw(raw);
        const holds = der !== undefined && verify('sha256', data, publicKey, der);
        expect(holds).toBe(verify('sha256', data, { key: publicKey, ...asJws }, raw));
      }),
      { numRuns: 500, examples: [[good], [Buffer.alloc(64)], [good.subarray(1)]] },
    );
  });

  it('are 64 bytes and the shortest DER, and nothing else', () => {
    const der = sign('sha256', Buffer.from('a'), privateKey);
    const [r, s] = [der.subarray(2, 4 + der[3]!), der.subarray(4 + der[3]!)];
    const sequence = (...parts: Uint8Array[]) => {
      const content = Buffer.concat(parts);
      return Buffer.concat([Buffer.of(0x30, content.length), content]);
    };
    expect(sequence(r, s)).toEqual(der);
    const longer = (integer: Buffer) =>
      Buffer.concat([Buffer.of(2, integer[1]! + 1, 0), integer.subarray(2)]);
    const others = [
      Buffer.alloc(0),
      der.subarray(0, -1),
      Buffer.concat([der, Buffer.of(0)]),
      sequence(longer(r), s),
      sequence(r, longer(s)),
      sequence(r),
      sequence(r, s, s),
      Buffer.concat([Buffer.of(0x30, 0x81), der.subarray(1)]),
      Buffer.concat([Buffer.of(0x31), der.subarray(1)]),
    ];
    for (const other of others) expect(() => rawFromDer(other)).toThrow(TypeError);
    for (const length of [0, 63, 65]) expect(derFromRaw(Buffer.alloc(length))).toBeUndefined();
  });
});

/** The two integers of a sequence, read as X.690 says. */
const integersIn = (der: Buffer): bigint[] => {
  expect([der[0], der[1], der[2]]).toEqual([0x30, der.length - 2, 0x02]);
  const s = 4 + der[3]!;
  expect([der[s], der[s + 1]]).toEqual([0x02, der.length - s - 2]);
  return [der.subarray(4, s), der.subarray(s + 2)].map((integer) => {
    // The first nine bits are neither all zero nor the first one: minimal, and not negative.
    expect(integer[0]).toBeLessThan(0x80);
    if (integer.length > 1 && integer[0] === 0) expect(integer[1]).toBeGreaterThanOrEqual(0x80);
    return BigInt(`0x${integer.toString('hex')}`);
  });
};
