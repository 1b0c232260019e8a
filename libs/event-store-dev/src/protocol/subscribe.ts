import { randomUUID } from 'node:crypto';
import type { Streams } from '../generated.js';
import type { LogReader } from '../log/reader.js';
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
import { ofAll, ofStream, type Source } from './source.js';

/** Confirmation, history, caught up, live; after falling behind, history and caught up again. */
export const subscribe = async (
  { log, faults }: Serving,
  options: Streams.ReadReq.Options,
  send: Send,
  closing: AbortSignal,
): Promise<void> => {
  const structuredIds = !options.getUuidOption()?.hasString();
  const resolve = resolving(log.read, options.getResolveLinks());
  const { from, wants, checkpointDue } = sourceOf(log.read, options);
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

const sourceOf = (read: LogReader, options: Streams.ReadReq.Options): Source => {
  const ofOne = options.getStream();
  if (ofOne) {
    const stream = streamFrom(ofOne.getStreamIdentifier());
    if (ofOne.hasEnd()) return ofStream(read, stream, 'end');
    return ofStream(read, stream, ofOne.hasRevision() ? Number(ofOne.getRevision()) : -1);
  }
  const where = options.getAll();
  const position = where?.getPosition()?.getCommitPosition();
  const head = read.head();
  const after = where?.hasEnd() ? head : position === undefined ? 0 : seqAt(position, head);
  return ofAll(read, after, filterFrom(options.getFilter()));
};
