import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { quietQueues } from '../src/kafka/quiet-queues.js';

/** The queue of one connection, as kafkajs has it; it leaves the answers to whoever reads them. */
interface Queue {
  push(request: object): void;
  fulfillRequest(answer: object): void;
  maybeThrottle(ms: number): void;
}
const load = createRequire(import.meta.url);
const RequestQueue = load('kafkajs/src/network/requestQueue/index.js') as new (
  options: object,
) => Queue;

const silent = { debug: () => undefined, warn: () => undefined };
const sent: number[] = [];
const queue = () =>
  new RequestQueue({
    ...{ maxInFlightRequests: 1, requestTimeout: 5_000, enforceRequestTimeout: false },
    ...{ clientId: 'test', broker: 'nowhere', logger: silent },
  });
const request = (correlationId: number) => ({
  entry: { correlationId, resolve: () => undefined, reject: () => undefined },
  expectResponse: true,
  sendRequest: () => void sent.push(correlationId),
});
const answer = (correlationId: number) => ({ correlationId, payload: Buffer.alloc(0), size: 0 });

afterEach(() => {
  sent.length = 0;
  jest.useRealTimers();
});

describe('the queue of a connection to Kafka', () => {
  quietQueues();

  it('leaves no timer behind when everything was answered', () => {
    jest.useFakeTimers();
    const one = queue();
    one.push(request(1));
    one.fulfillRequest(answer(1));
    expect(sent).toEqual([1]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends what waited for room as soon as there is some', () => {
    const one = queue();
    one.push(request(1));
    one.push(request(2));
    expect(sent).toEqual([1]);
    one.fulfillRequest(answer(1));
    expect(sent).toEqual([1, 2]);
  });

  it('sends what waited for the end of a throttling when that is over', () => {
    jest.useFakeTimers();
    const one = queue();
    one.maybeThrottle(300);
    one.push(request(1));
    jest.advanceTimersByTime(299);
    expect(sent).toEqual([]);
    jest.advanceTimersByTime(10);
    expect(sent).toEqual([1]);
    one.fulfillRequest(answer(1));
    expect(jest.getTimerCount()).toBe(0);
  });
});
