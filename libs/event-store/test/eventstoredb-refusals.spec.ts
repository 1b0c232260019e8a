import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@countersign/time';
import { attempts, usualWaits } from '../src/eventstoredb/attempts.js';
import { finalError, StreamDeleted } from '../src/eventstoredb/faults.js';
import { StoreUnavailable, TooLarge, WrongExpectedRevision } from '../src/port.js';

const withException = (code: number, exception: string) =>
  Object.assign(new Error('refused'), {
    code,
    details: 'refused',
    metadata: { get: (key: string) => (key === 'exception' ? [exception] : []) },
  });
const withCode = (code: number, details = 'said the server') =>
  Object.assign(new Error(details), { code, details });
const withType = (type: string) => Object.assign(new Error('said the client'), { type });

describe('an error of the client or of gRPC', () => {
  it.each([
    ['unavailable', withCode(14)],
    ['deadline exceeded', withCode(4)],
    ['cancelled', withCode(1)],
    ['unknown', withCode(2)],
    ['internal', withCode(13)],
    ['aborted: the server timed out', withCode(10)],
    ['another leader', withException(5, 'not-leader')],
    ['unavailable, by the client', withType('unavailable')],
    ['deadline exceeded, by the client', withType('deadline-exceeded')],
    ['a channel that was shut down', new Error('Channel has been shut down')],
    ['a refused connection', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
    ['something that is no error', 'what'],
  ])('leaves the outcome unknown: %s', (_, error) => {
    expect(finalError('case-1', error)).toBeUndefined();
  });

  it.each([
    ['a deleted stream', withException(9, 'stream-deleted'), StreamDeleted],
    ['a deleted stream, by the client', withType('stream-deleted'), StreamDeleted],
    ['too much', withException(3, 'maximum-append-size-exceeded'), TooLarge],
    ['too much for gRPC', withCode(8, 'Received message larger than max (5 vs. 4)'), TooLarge],
    ['no access', withException(7, 'access-denied'), StoreUnavailable],
    ['no access, by code', withCode(16), StoreUnavailable],
    ['a server without the call', withCode(12), StoreUnavailable],
    ['an argument', withCode(3), TypeError],
    ['an argument, by the client', withType('invalid-argument'), TypeError],
  ])('is an answer: %s', (_, error, expected) => {
    expect(finalError('case-1', error)).toBeInstanceOf(expected);
  });

  it('that is ours stays as it is', () => {
    const ours = [
      new WrongExpectedRevision('case-1', 0, 1),
      new TooLarge('much'),
      new StoreUnavailable('away'),
      new StreamDeleted('case-1'),
    ];
    for (const error of ours) expect(finalError('case-1', error)).toBe(error);
  });
});

describe('a store that answers', () => {
  it.each([
    ['a deleted stream', withException(9, 'stream-deleted'), 'heard'],
    ['too much', withException(3, 'maximum-append-size-exceeded'), 'heard'],
    ['no access', withException(7, 'access-denied'), 'unheard'],
    ['a server without the call', withCode(12), 'unheard'],
  ])('counts as one that can be used only if it can: %s', async (_, error, expected) => {
    const told: string[] = [];
    const telling = { heard: () => told.push('heard'), unheard: () => told.push('unheard') };
    const { untilKnown } = attempts(
      usualWaits,
      systemClock(),
      new AbortController().signal,
      telling,
    );
    await expect(untilKnown('case-1', () => Promise.reject(error))).rejects.toThrow();
    expect(told).toEqual([expected]);
  });
});
