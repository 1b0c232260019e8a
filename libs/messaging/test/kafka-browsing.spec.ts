import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { everyMessage } from '../src/kafka/browsing.js';

const at = (offset: number) =>
  ({
    offset: String(offset),
    key: null,
    value: null,
    timestamp: '0',
    attributes: 0,
  }) as KafkaMessage;
const offsetsOf = async (messages: AsyncIterable<KafkaMessage>) => {
  const offsets: number[] = [];
  for await (const { offset } of messages) offsets.push(Number(offset));
  return offsets;
};

describe('browsing a partition', () => {
  it('goes on when a broker that limits its clients answers with nothing for a while', async () => {
    let asked = 0;
    const fetched = async (next: number) =>
      (asked += 1) % 3 === 0 ? [at(next), at(next + 1)] : [];
    expect(await offsetsOf(everyMessage(fetched, { begin: 4, end: 9 }))).toEqual([4, 5, 6, 7, 8]);
  });

  it('fails rather than end before the last one: a replay would leave letters behind', async () => {
    const fetched = async (next: number) => (next < 6 ? [at(next)] : []);
    const read = offsetsOf(everyMessage(fetched, { begin: 4, end: 9 }));
    await expect(read).rejects.toMatchObject({ name: 'BusUnavailable' });
  });
});
