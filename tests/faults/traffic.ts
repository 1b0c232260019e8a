import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** What stands in the topics of a data folder, running or not. */
export interface Traffic {
  /** Topics of which a group has not committed everything. */
  readonly unread: readonly string[];
  /** Records in all topics together. */
  readonly count: number;
}

const span = 2 ** 40;
const behind = `
  select name from bus_topics
  join bus_offsets on bus_offsets.topic = bus_topics.name
  where committed < (select max(id) % ${span} from bus_records where id / ${span} = bus_topics.id)`;

export const trafficIn = (data: string): Traffic => {
  const path = join(data, 'store.sqlite');
  const db = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
  try {
    const unread = db.prepare(behind).all() as { name: string }[];
    const records = db.prepare('select count(*) as count from bus_records').get();
    const { count } = records as { count: number };
    return { unread: unread.map(({ name }) => name), count };
  } finally {
    db.close();
  }
};

const quietMs = 150;
const patienceMs = 10_000;

/**
 * Waits until nothing is under way any more.
 * @param messages at least so many have been published by then
 */
export const untilQuiet = async (data: string, messages = 0): Promise<void> => {
  const startedAt = performance.now();
  let quietSince = startedAt;
  let before = -1;
  while (performance.now() - quietSince < quietMs) {
    const { unread, count } = trafficIn(data);
    if (unread.length > 0 || count < messages || count !== before) quietSince = performance.now();
    before = count;
    if (performance.now() - startedAt > patienceMs) {
      throw new Error(`not quiet: ${count} of ${messages} messages, unread in ${unread.join()}`);
    }
    await sleep(20);
  }
};
