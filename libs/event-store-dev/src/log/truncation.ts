import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { prepareLast, proposed, type Write } from './put.js';
import { metadataType, metastreamOf } from './recorded.js';
import { parsed } from './stream-rules.js';
import type { WriteAnswer } from './writes.js';

/** The protocol's mark for a deleted stream, which JavaScript cannot say as a number. */
const everything = '9223372036854775807';

/** Notes in a stream's metadata from where on it is read, and keeps the rest of what stands there. */
export const prepareTruncation = (db: DatabaseSync, write: Write) => {
  const last = prepareLast(db);
  const newest = db.prepare(`
    select data from bodies where seq = (
      select seq from events where stream = (select id from streams where name = ?)
      order by revision desc limit 1)`);
  return (stream: string, before: number | 'all', createdMs: number): WriteAnswer => {
    const metastream = metastreamOf(stream);
    const found = newest.get(metastream) as { data: Uint8Array } | undefined;
    const { $tb: _, ...kept } = found ? parsed(found.data) : {};
    const entries = Object.entries(kept).map(
      ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
    );
    entries.push(`"$tb":${before === 'all' ? everything : before}`);
    const event = proposed(metadataType, randomUUID(), `{${entries.join(',')}}`);
    return write({ stream: metastream, events: [event], createdMs }, last(metastream));
  };
};
