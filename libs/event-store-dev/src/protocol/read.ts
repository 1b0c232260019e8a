import { streams, shared, type Streams } from '../generated.js';
import type { Direction } from '../log/reader.js';
import { invalidArgument, streamDeleted } from './errors.js';
import { filterFrom } from './filter.js';
import { placed, seqBefore, streamFrom } from './identity.js';
import { resolving } from './links.js';
import { eventMessage, streamNotFound } from './recorded-message.js';
import { endWith, sending, type ReadCall, type Send } from './sending.js';
import type { Serving } from './serving.js';
import { subscribe } from './subscribe.js';

/** Reads and subscriptions are one method; its options tell which. */
export const readCall =
  (serving: Serving) =>
  (call: ReadCall): void => {
    const { send, closing } = sending(call);
    const options = call.request.getOptions();
    const leave = options?.hasSubscription()
      ? serving.faults.subscribed((error) => endWith(call, error))
      : () => {};
    answer(serving, call, send, closing)
      .then(
        () => call.end(),
        (error: unknown) => {
          if (!closing.aborted) endWith(call, error);
        },
      )
      .finally(leave);
  };

const answer = async (
  serving: Serving,
  call: ReadCall,
  send: Send,
  closing: AbortSignal,
): Promise<void> => {
  const user = serving.access.userOf(call.metadata);
  const options = call.request.getOptions();
  if (!options) throw invalidArgument('a read needs options');
  const stream = options.getStream();
  serving.access.check(user, stream ? streamFrom(stream.getStreamIdentifier()) : '$all');
  await serving.faults.atCall();
  if (options.hasSubscription()) return subscribe(serving, options, send, closing);
  const reading: Reading = {
    serving,
    options,
    send,
    closing,
    direction: options.getReadDirection() === 0 ? 'forwards' : 'backwards',
    count: Number(options.getCount()),
    structuredIds: !options.getUuidOption()?.hasString(),
    tellsEnds: (options.getControlOption()?.getCompatibility() ?? 0) > 0,
  };
  return options.hasStream() ? readStream(reading) : readAll(reading);
};

interface Reading {
  readonly serving: Serving;
  readonly options: Streams.ReadReq.Options;
  readonly send: Send;
  readonly closing: AbortSignal;
  readonly direction: Direction;
  readonly count: number;
  readonly structuredIds: boolean;
  readonly tellsEnds: boolean;
}

const pageMax = 500;

const readStream = async (reading: Reading): Promise<void> => {
  const { serving, options, send, closing, direction, count } = reading;
  const { read } = serving.log;
  const where = options.getStream()!;
  const stream = streamFrom(where.getStreamIdentifier());
  const state = read.state(stream, Date.now());
  if (state.kind === 'tombstoned') throw streamDeleted(stream);
  if (state.kind === 'not-found') return void (await send(streamNotFound(stream)));
  const { first, last, notBeforeMs } = state;
  const asked = where.hasRevision() ? Number(where.getRevision()) : where.hasStart() ? 0 : last;
  const resolve = resolving(read, options.getResolveLinks());
  let next = direction === 'forwards' ? Math.max(asked, first) : Math.min(asked, last);
  let sent = 0;
  while (sent < count && !closing.aborted) {
    const page = read.stream(stream, direction, next, Math.min(pageMax, count - sent));
    for (const event of page) {
      if (event.revision < first || event.createdMs < notBeforeMs) continue;
      await send(eventMessage(resolve(event), reading.structuredIds));
      sent += 1;
    }
    const end = page.at(-1);
    if (!end || (direction === 'backwards' && end.revision <= first)) break;
    next = end.revision + (direction === 'forwards' ? 1 : -1);
  }
  if (!reading.tellsEnds) return;
  if (sent === 0 && direction === 'forwards' && asked < first) {
    await send(new streams.ReadResp().setFirstStreamPosition(String(first)));
  }
  await send(new streams.ReadResp().setLastStreamPosition(String(last)));
};

const readAll = async (reading: Reading): Promise<void> => {
  const { serving, options, send, closing, direction, count } = reading;
  const { read } = serving.log;
  const resolve = resolving(read, options.getResolveLinks());
  const filter = filterFrom(options.getFilter());
  let sent = 0;
  for (const page of allPages(reading)) {
    for (const event of page) {
      if (filter && !filter.matches(event)) continue;
      await send(eventMessage(resolve(event), reading.structuredIds));
      sent += 1;
      if (sent >= count) return;
    }
    if (closing.aborted) return;
    await new Promise(setImmediate);
  }
  if (!reading.tellsEnds || direction !== 'forwards') return;
  const end = placed(new shared.AllStreamPosition(), read.head());
  await send(new streams.ReadResp().setLastAllStreamPosition(end));
};

/** Forwards from a position, inclusive; backwards before it. */
function* allPages({ serving, options, direction, count }: Reading) {
  const { read } = serving.log;
  const where = options.getAll() ?? new streams.ReadReq.Options.AllOptions();
  const position = where.getPosition()?.getCommitPosition();
  const head = read.head();
  const limit = options.hasFilter() ? pageMax : Math.min(pageMax, count);
  if (limit < 1) return;
  if (direction === 'forwards') {
    let after = where.hasEnd() ? head : position === undefined ? 0 : seqBefore(position, head);
    for (;;) {
      const page = read.all(after, limit);
      yield page.events;
      if (page.end) return;
      after = page.seq;
    }
  }
  let before = head + 1;
  if (position !== undefined) before = seqBefore(position, head) + 1;
  else if (where.hasStart()) before = 0;
  for (;;) {
    const events = read.allBefore(before, limit);
    const last = events.at(-1);
    if (!last) return;
    yield events;
    before = last.seq;
  }
}
