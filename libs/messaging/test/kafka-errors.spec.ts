import { describe, expect, it } from '@jest/globals';
import { asBusError, failureOf, passes, reasonOf } from '../src/kafka/errors.js';
import { isInfrastructure, isPermanent } from '../src/failures.js';
import { RecordTooLarge } from '../src/port.js';

/** An error as kafkajs 2.2.4 throws it. */
const kafkaError = (name: string, more: object = {}) =>
  Object.assign(new Error('said so'), { name, ...more });
const protocol = (type: string, retriable = false) =>
  kafkaError('KafkaJSProtocolError', { type, retriable });
const wrapped = (cause: unknown, name = 'KafkaJSNonRetriableError') =>
  kafkaError(name, { retriable: false, cause });

describe('a failure of Kafka is known by its cause, however it is wrapped', () => {
  it.each([
    ['a commit in a rebalance', wrapped(protocol('REBALANCE_IN_PROGRESS')), 'rebalancing'],
    ['a commit of an old generation', wrapped(protocol('ILLEGAL_GENERATION')), 'not-a-member'],
    ['an evicted member', wrapped(wrapped(protocol('UNKNOWN_MEMBER_ID'))), 'not-a-member'],
    ['another coordinator', wrapped(protocol('NOT_COORDINATOR_FOR_GROUP')), 'rebalancing'],
    [
      'a broker that is down, called final by the client',
      wrapped(kafkaError('KafkaJSConnectionError', { code: 'ECONNREFUSED' })),
      'not-sent',
    ],
    [
      'an answer that did not come',
      wrapped(kafkaError('KafkaJSRequestTimeoutError'), 'KafkaJSNumberOfRetriesExceeded'),
      'outcome-unknown',
    ],
    ['a broken connection', kafkaError('KafkaJSConnectionClosedError'), 'outcome-unknown'],
    ['a new leader', protocol('NOT_LEADER_FOR_PARTITION', true), 'not-sent'],
    ['a topic that is not there', protocol('UNKNOWN_TOPIC_OR_PARTITION', true), 'not-sent'],
    ['a record that is too large', wrapped(protocol('MESSAGE_TOO_LARGE')), 'too-large'],
    [
      'several at once',
      kafkaError('KafkaJSAggregateError', { errors: [protocol('NOT_CONTROLLER', true)] }),
      'not-sent',
    ],
    ['a missing right', wrapped(protocol('GROUP_AUTHORIZATION_FAILED')), 'refused'],
    ['an error of ours', new TypeError('not a string'), undefined],
    ['no error at all', 'oops', undefined],
  ])('%s', (_name, error, failure) => {
    expect(failureOf(error)).toBe(failure);
    expect(passes(error)).toBe(!['too-large', 'refused', undefined].includes(failure));
  });

  it('is infrastructure to a lane, and an error of ours is not', () => {
    const away = asBusError(wrapped(protocol('ILLEGAL_GENERATION')), 'offsets not committed');
    expect(isInfrastructure(away)).toBe(true);
    expect((away as Error).message).toBe('offsets not committed: ILLEGAL_GENERATION: said so');
    const ours = new RecordTooLarge('t: 9 bytes');
    expect(asBusError(ours, 'x')).toBe(ours);
    expect(isPermanent(ours)).toBe(true);
    expect(reasonOf('oops')).toBe('oops');
  });

  it('ends with causes that go round in a circle', () => {
    const circle = kafkaError('KafkaJSError');
    Object.assign(circle, { cause: circle });
    expect(failureOf(circle)).toBe('refused');
  });
});
