import type { Position, StoredEvent } from '../port.js';
import type { Connection } from './connection.js';
import type { Streams, StreamsClient } from './generated.js';
import { comparePositions } from './positions.js';
import { checkpointOf, storedEventOf } from './stored-event.js';

/** What waits in memory for a slow subscriber before the store is made to wait. */
const waitingEventsMax = 1_000;
const waitingBytesMax = 8 * 1_024 * 1_024;
/** Data of one batch, unless a single event is larger. */
const batchBytesMax = 4 * 1_024 * 1_024;

type Item =
  | { readonly event: StoredEvent; readonly bytes: number }
  | { readonly reached: Position }
  | { readonly state: 'live' | 'behind' };

/** What could be taken at once. */
export interface Taken {
  readonly events: readonly StoredEvent[];
  /** Up to here nothing that matches is left out; unchanged when nothing is known. */
  readonly reached: Position | undefined;
  /** Said by the store after these events. */
  readonly state: 'live' | 'behind' | undefined;
}

/** One call that follows the store, from its confirmation to its end. */
export interface SubscriptionCall {
  readonly confirmed: boolean;
  readonly waiting: boolean;
  readonly broken: { readonly by: unknown } | undefined;
  /** Events at hand that stand after `reached`: what is sent twice is taken once. */
  take(max: number, reached: Position | undefined): Taken;
  end(): void;
}

/** @param stirred called when anything about the call has changed */
export const subscriptionCall = (
  connection: Connection,
  request: Streams.ReadReq,
  confirmMs: number,
  stirred: () => void,
): SubscriptionCall => {
  const items: Item[] = [];
  let bytes = 0;
  let confirmed = false;
  let ended = false;
  let broken: { readonly by: unknown } | undefined;
  let call: ReturnType<StreamsClient['read']> | undefined;
  const breaks = (error: unknown) => {
    clearTimeout(unconfirmed);
    broken ??= { by: error };
    call?.cancel();
    if (!ended) stirred();
  };
  const unconfirmed = setTimeout(
    () => breaks(new Error(`a subscription was not confirmed within ${confirmMs} ms`)),
    confirmMs,
  );
  const came = (response: Streams.ReadResp) => {
    if (response.hasConfirmation()) {
      confirmed = true;
      clearTimeout(unconfirmed);
    }
    const item = itemOf(response);
    if (item) items.push(item);
    if (item && 'event' in item) bytes += item.bytes;
    if (items.length >= waitingEventsMax || bytes >= waitingBytesMax) call?.pause();
    stirred();
  };
  connection
    .run(
      'subscribe',
      ({ stub, metadata, options }) =>
        new Promise<never>((_, reject) => {
          if (ended) return reject(new Error('ended before it began'));
          call = stub.read(request, metadata, options);
          // Without a listener for errors the process would end with the first.
          call.on('error', reject);
          call.on('end', () => reject(new Error('the event store ended the subscription')));
          call.on('data', came);
        }),
    )
    .catch(breaks);
  return {
    get confirmed() {
      return confirmed;
    },
    get waiting() {
      return items.length > 0;
    },
    get broken() {
      return broken;
    },
    take: (max, after) => {
      const taken = takeFrom(items, max, after);
      bytes -= taken.bytes;
      if (items.length < waitingEventsMax / 2 && bytes < waitingBytesMax / 2) call?.resume();
      return taken;
    },
    end: () => {
      ended = true;
      clearTimeout(unconfirmed);
      call?.cancel();
    },
  };
};

const itemOf = (response: Streams.ReadResp): Item | undefined => {
  const read = response.getEvent();
  if (read) {
    const event = storedEventOf(read);
    const recorded = read.getEvent();
    return event && { event, bytes: recorded?.getData_asU8().length ?? 0 };
  }
  const checkpoint = response.getCheckpoint();
  if (checkpoint) return { reached: checkpointOf(checkpoint) };
  if (response.hasCaughtUp()) return { state: 'live' };
  return response.hasFellBehind() ? { state: 'behind' } : undefined;
};

/** In the order in which the store said it, up to a batch or to a change of state. */
const takeFrom = (
  items: Item[],
  max: number,
  after: Position | undefined,
): Taken & { readonly bytes: number } => {
  const events: StoredEvent[] = [];
  let reached = after;
  let bytes = 0;
  let count = 0;
  let state: Taken['state'];
  const isNew = (position: Position) =>
    reached === undefined || comparePositions(position, reached) > 0;
  for (const item of items) {
    if (state || events.length >= max || bytes >= batchBytesMax) break;
    count += 1;
    if ('state' in item) state = item.state;
    else if ('reached' in item) {
      if (isNew(item.reached)) reached = item.reached;
    } else {
      bytes += item.bytes;
      if (!isNew(item.event.position)) continue;
      events.push(item.event);
      reached = item.event.position;
    }
  }
  items.splice(0, count);
  return { events, reached, state, bytes };
};
