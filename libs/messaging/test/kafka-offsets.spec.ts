import { describe, expect, it } from '@jest/globals';
import type { EachBatchPayload, Offsets } from 'kafkajs';
import { offsetRequests } from '../src/kafka/offset-requests.js';

/** The part of the client through which offsets are committed; each request waits for its end. */
const client = () => {
  const asked: string[] = [];
  const ends: ((error?: object) => void)[] = [];
  const commitOffsetsIfNecessary = ({ topics }: Offsets) => {
    const all = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => `${topic}/${partition}=${offset}`),
    );
    asked.push(all.join(' '));
    return new Promise<void>((resolve, reject) =>
      ends.push((error) => (error ? reject(error) : resolve())),
    );
  };
  const payload = { commitOffsetsIfNecessary, heartbeat: async () => undefined };
  return { asked, ends, payload: payload as unknown as EachBatchPayload };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
const answered = (type: string) =>
  Object.assign(new Error(type), { name: 'KafkaJSNonRetriableError', cause: { type } });

describe('offsets of one member', () => {
  it('travel together, one request at a time', async () => {
    const { asked, ends, payload } = client();
    const requests = offsetRequests(() => undefined);
    requests.through(payload);
    const first = requests.commit('t', 0, 5);
    await turn();
    const later = [
      requests.commit('t', 0, 7),
      requests.commit('t', 1, 3),
      requests.commit('u', 0, 1),
    ];
    await turn();
    expect(asked).toEqual(['t/0=5']);
    ends[0]!();
    await first;
    await turn();
    expect(asked).toEqual(['t/0=5', 't/0=7 t/1=3 u/0=1']);
    ends[1]!();
    await Promise.all(later);
  });

  it('are committed again after a rebalance, and given up when the group has gone on', async () => {
    const { ends, payload } = client();
    let evictions = 0;
    const requests = offsetRequests(() => (evictions += 1));
    requests.through(payload);
    const ending = async (type: string) => {
      const committing = requests.commit('t', 0, 5);
      await turn();
      ends.pop()!(answered(type));
      return committing;
    };
    await expect(ending('REBALANCE_IN_PROGRESS')).rejects.toMatchObject({ name: 'BusUnavailable' });
    expect(evictions).toBe(0);
    await expect(ending('ILLEGAL_GENERATION')).rejects.toMatchObject({ name: 'PartitionRevoked' });
    expect(evictions).toBe(1);
  });

  it('are not sent in the name of the next assignment', async () => {
    const { asked, ends, payload } = client();
    const requests = offsetRequests(() => undefined);
    requests.through(payload);
    const first = requests.commit('t', 0, 5);
    await turn();
    const waiting = requests.commit('t', 0, 7);
    requests.end();
    ends[0]!();
    await first;
    await expect(waiting).rejects.toMatchObject({ name: 'PartitionRevoked' });
    expect(asked).toEqual(['t/0=5']);
  });
});
