import { shared, streams, type Persistent, type Streams } from '../generated.js';
import { tombstoneType, type RecordedEvent } from '../log/recorded.js';
import { placed, positionTo, streamTo, uuidTo } from './identity.js';

/** The revision that a tombstone bears, whatever stood before it. */
const endRevision = '9223372036854775807';

const ticksPerMs = 10_000n;

/** An event, or the event that a link leads to with the link itself. */
export interface Resolved {
  readonly event: RecordedEvent | undefined;
  readonly link?: RecordedEvent;
}

type Recorded =
  Streams.ReadResp.ReadEvent.RecordedEvent | Persistent.ReadResp.ReadEvent.RecordedEvent;

/** Both services say a recorded event alike. */
export const recordedAs = <Message extends Recorded>(
  message: Message,
  event: RecordedEvent,
  structuredIds: boolean,
): Message => {
  message.setId(uuidTo(event.id, structuredIds));
  message.setStreamIdentifier(streamTo(event.stream));
  message.setStreamRevision(event.type === tombstoneType ? endRevision : String(event.revision));
  message.setData(event.data).setCustomMetadata(event.metadata);
  const said = message.getMetadataMap();
  said.set('type', event.type);
  said.set('content-type', event.json ? 'application/json' : 'application/octet-stream');
  said.set('created', String(BigInt(event.createdMs) * ticksPerMs));
  return placed(message, event.seq);
};

export const eventMessage = (
  { event, link }: Resolved,
  structuredIds: boolean,
): Streams.ReadResp => {
  const message = new streams.ReadResp.ReadEvent();
  const told = (one: RecordedEvent) =>
    recordedAs(new streams.ReadResp.ReadEvent.RecordedEvent(), one, structuredIds);
  if (event) message.setEvent(told(event));
  if (link) message.setLink(told(link));
  const at = link ?? event;
  if (at) message.setCommitPosition(positionTo(at.seq));
  else message.setNoPosition(new shared.Empty());
  return new streams.ReadResp().setEvent(message);
};

export const confirmation = (id: string): Streams.ReadResp =>
  new streams.ReadResp().setConfirmation(
    new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id),
  );

export const checkpoint = (seq: number): Streams.ReadResp =>
  new streams.ReadResp().setCheckpoint(placed(new streams.ReadResp.Checkpoint(), seq));

export const caughtUp = (): Streams.ReadResp =>
  new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());

export const fellBehind = (): Streams.ReadResp =>
  new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind());

export const streamNotFound = (stream: string): Streams.ReadResp =>
  new streams.ReadResp().setStreamNotFound(
    new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamTo(stream)),
  );
