import { randomUUID } from 'node:crypto';
import type { Page } from '@countersign/event-store';
import type { Streams } from '../generated.js';
import type { FollowFrom } from '../log/event-log.js';
import { tombstoneType, type RecordedEvent } from '../log/recorded.js';
import { streamDeleted } from './errors.js';
import { filterFrom } from './filter.js';
import { seqAt, streamFrom } from './identity.js';
import { resolving } from './links.js';
import {
  caughtUp,
  checkpoint,
  confirmation,
  eventMessage,
  fellBehind,
} from './recorded-message.js';
import type { Send } from './sending.js';
import type { Serving } from './serving.js';

/** Confirmation, history, caught up, live; after falling behind, history and caught up again. */
export const subscribe = async (
  { log, faults }: Serving,
  options: Streams.ReadReq.Options,
  send: Send,
  closing: AbortSignal,
): Promise<void> => {
  const structuredIds = !options.getUuidOption()?.hasString();
  const resolve = resolving(log.read, options.getResolveLinks());
  const { from, wants, checkpointDue } = options.hasStream()
    ? ofStream(log.read, options.getStream()!)
    : ofAll(log.read, options);
  let live = false;
  await send(confirmation(randomUUID()));
  for await (const page of log.follow(from, closing)) {
    if (live && !page.live) await send(fellBehind());
    for (const event of page.events) {
      if (wants(event)) {
        const message = eventMessage(resolve(event), structuredIds);
        for (let times = faults.deliveries(); times > 0; times -= 1) await send(message);
      }
      if (checkpointDue(event)) await send(checkpoint(event.seq));
    }
    if (page.live && !live) await send(caughtUp());
    live = page.live;
  }
};

interface Source {
  readonly from: FollowFrom;
  readonly wants: (event: RecordedEvent) => boolean;
  /** Told of every event that was looked at, in order. */
  readonly checkpointDue: (event: RecordedEvent) => boolean;
}

type Read = Serving['log']['read'];

const ofAll = (read: Read, options: Streams.ReadReq.Options): Source => {
  const where = options.getAll();
  const position = where?.getPosition()?.getCommitPosition();
  const after = where?.hasEnd() ? read.head() : position === undefined ? 0 : seqAt(position);
  const from = { after: Math.min(after, read.head()), page: read.all, wanted: () => true };
  const filter = filterFrom(options);
  if (!filter) return { from, wants: () => true, checkpointDue: () => false };
  let searched = 0;
  const checkpointDue = () => {
    searched = (searched + 1) % filter.checkpointEvery;
    return searched === 0;
  };
  return { from, wants: filter.matches, checkpointDue };
};

/** One stream: pages by revision, so that nothing else is read. */
const ofStream = (read: Read, where: Streams.ReadReq.Options.StreamOptions): Source => {
  const stream = streamFrom(where.getStreamIdentifier());
  const state = read.state(stream, Date.now());
  if (state.kind === 'tombstoned') throw streamDeleted(stream);
  const asked = where.hasRevision()
    ? Number(where.getRevision())
    : where.hasEnd()
      ? state.last
      : -1;
  let next = asked + 1;
  const page = (after: number, limit: number): Page<RecordedEvent> => {
    const head = read.head();
    const events = read.stream(stream, 'forwards', next, limit);
    next = (events.at(-1)?.revision ?? next - 1) + 1;
    const end = events.length === 0;
    return { events, seq: end ? Math.max(head, after) : events.at(-1)!.seq, end };
  };
  const { first, notBeforeMs } = state;
  const wants = (event: RecordedEvent): boolean => {
    if (event.type === tombstoneType) throw streamDeleted(stream);
    // Live events are taken from memory: they come after those that a page has read.
    next = event.revision + 1;
    return event.revision > asked && event.revision >= first && event.createdMs >= notBeforeMs;
  };
  const from = { after: 0, page, wanted: (name: string) => name === stream };
  return { from, wants, checkpointDue: () => false };
};
