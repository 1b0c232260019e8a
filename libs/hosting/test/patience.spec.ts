import { describe, expect, it } from '@jest/globals';
import { StoreUnavailable, WrongExpectedRevision, type EventStore } from '@countersign/event-store';
import { BusUnavailable, type Bus } from '@countersign/messaging';
import { silentLog } from '@countersign/telemetry';
import { patientBus, patientStore } from '../src/patience.js';

/** Fails so often before it answers. */
const failing = <Answer>(times: number, error: Error, answer: Answer) => {
  const asked: unknown[][] = [];
  return {
    asked,
    ask: async (...given: unknown[]): Promise<Answer> => {
      asked.push(given);
      if (asked.length <= times) throw error;
      return answer;
    },
  };
};
const storeWith = (parts: object) => parts as unknown as EventStore;
const patience = (over = false) => {
  const stop = new AbortController();
  return { over, stopped: stop.signal, stop: () => stop.abort(), log: silentLog };
};
const event = { id: 'e', type: 'T', data: {}, metadata: {} };

describe('a service that starts while its store is away', () => {
  it('reads and appends when it is back, the same append as before', async () => {
    const appended = failing(2, new StoreUnavailable('away'), { revision: 0, position: '1' });
    const read = failing(1, new StoreUnavailable('away'), []);
    const store = patientStore(storeWith({ append: appended.ask, read: read.ask }), patience());
    expect(await store.read('case-1')).toEqual([]);
    expect(await store.append('case-1', 'no-stream', [event])).toMatchObject({ revision: 0 });
    expect(appended.asked).toEqual(Array(3).fill(['case-1', 'no-stream', [event]]));
  });

  it('waits for nothing else: another writer is an answer', async () => {
    const conflict = new WrongExpectedRevision('case-1', 'no-stream', 0);
    const { ask, asked } = failing(1, conflict, undefined);
    const store = patientStore(storeWith({ append: ask }), patience());
    await expect(store.append('case-1', 'no-stream', [event])).rejects.toBe(conflict);
    expect(asked).toHaveLength(1);
  });

  it('no longer waits when it is stopped, nor once it has started', async () => {
    const away = new StoreUnavailable('away');
    const waiting = patience();
    const one = patientStore(storeWith({ read: failing(99, away, []).ask }), waiting);
    const reading = one.read('case-1');
    waiting.stop();
    await expect(reading).rejects.toThrow(/abort/);
    const other = patientStore(storeWith({ read: failing(99, away, []).ask }), patience(true));
    await expect(other.read('case-1')).rejects.toBe(away);
  });

  it('joins its group when the bus is back', async () => {
    const consumer = { close: async () => undefined };
    const { ask } = failing(2, new BusUnavailable('away'), consumer);
    const bus = patientBus({ consume: ask } as unknown as Bus, patience());
    const asked = { group: 'intake', topics: [], deliver: async () => undefined };
    expect(await bus.consume(asked)).toBe(consumer);
  });
});
