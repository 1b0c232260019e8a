import { randomUUID } from 'node:crypto';
import type { EventLog } from '../log/event-log.js';
import { proposed } from '../log/put.js';
import { metadataType, metastreamOf } from '../log/recorded.js';
import { resolving } from '../protocol/links.js';
import type { Resolved } from '../protocol/recorded-message.js';

/** Where the real server keeps what belongs to a group, so that tools find it. */
export const streamOf = (source: string, group: string, what: 'parked' | 'checkpoint'): string =>
  `$persistentsubscription-${source}::${group}-${what}`;

/** Events that nobody could handle, kept as links. */
export const parkedEvents = (log: EventLog, source: string, group: string) => {
  const stream = streamOf(source, group, 'parked');
  const visible = () => {
    const { kind, first, last } = log.read.state(stream, Date.now());
    return kind === 'found' ? { first, last } : { first: 0, last: -1 };
  };
  return {
    get count(): number {
      const { first, last } = visible();
      return Math.max(0, last - first + 1);
    },
    park: async ({ event, link }: Resolved, reason: string): Promise<void> => {
      // Parked again after a replay: the new link leads to the event, not to the old link.
      const target = (event ?? link)!;
      const leads = proposed('$>', randomUUID(), `${target.revision}@${target.stream}`);
      const metadata = Buffer.from(JSON.stringify({ added: new Date().toISOString(), reason }));
      await log.append(stream, 'any', [{ ...leads, json: false, metadata }]);
    },
    /** Gives back the oldest, at most so many, which are then parked no longer. */
    take: async (max: number): Promise<Resolved[]> => {
      const { first, last } = visible();
      const until = Math.min(last, first + max - 1);
      if (until < first) return [];
      const events = log.read.stream(stream, 'forwards', first, until - first + 1);
      const truncated = JSON.stringify({ $tb: until + 1 });
      await log.append(metastreamOf(stream), 'any', [
        proposed(metadataType, randomUUID(), truncated),
      ]);
      return events.map(resolving(log.read, true));
    },
  };
};
