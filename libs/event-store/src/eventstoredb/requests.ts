import type { EventRow } from '../embedded/rows.js';
import type { ExpectedRevision, Position } from '../port.js';
import { Empty, shared, streams, type Shared, type Streams } from './generated.js';
import { logPositionOf } from './positions.js';

const { ReadReq, BatchAppendReq } = streams;

/** One append, whole in one message; only the correlation id differs from try to try. */
export const appendRequest = (
  stream: string,
  expected: ExpectedRevision,
  rows: readonly EventRow[],
): Streams.BatchAppendReq => {
  const options = new BatchAppendReq.Options();
  options.setStreamIdentifier(identifierOf(stream));
  // No deadline for the server: it is an instant of the client's wall clock, and clocks differ.
  if (expected === 'no-stream') options.setNoStream(new Empty());
  else options.setStreamPosition(String(expected));
  const request = new BatchAppendReq();
  request.setOptions(options);
  request.setProposedMessagesList(rows.map(proposed));
  request.setIsFinal(true);
  return request;
};

export const correlated = (id: string): Shared.UUID => new shared.UUID().setString(id);

const proposed = ({
  id,
  type,
  data,
  metadata,
}: EventRow): Streams.BatchAppendReq.ProposedMessage => {
  const message = new BatchAppendReq.ProposedMessage();
  message.setId(correlated(id));
  message.getMetadataMap().set('type', type).set('content-type', 'application/json');
  message.setData(Buffer.from(data, 'utf8'));
  message.setCustomMetadata(Buffer.from(metadata, 'utf8'));
  return message;
};

export interface StreamRead {
  /** First revision; the end that the direction begins at when absent. */
  readonly from?: number | undefined;
  readonly backwards: boolean;
  readonly limit: number;
}

export const readRequest = (stream: string, { from, backwards, limit }: StreamRead) => {
  const of = new ReadReq.Options.StreamOptions();
  of.setStreamIdentifier(identifierOf(stream));
  if (from !== undefined) of.setRevision(String(from));
  else if (backwards) of.setEnd(new Empty());
  else of.setStart(new Empty());
  const options = new ReadReq.Options().setStream(of).setCount(String(limit));
  return requestOf(options.setReadDirection(backwards ? 1 : 0).setNoFilter(new Empty()));
};

/** The last event of all. */
export const headRequest = () => {
  const all = new ReadReq.Options.AllOptions().setEnd(new Empty());
  const options = new ReadReq.Options().setAll(all).setCount('1');
  return requestOf(options.setReadDirection(1).setNoFilter(new Empty()));
};

/** Events that the server looks at in one go while it searches for those that match. */
const searchWindow = 500;
/** A subscriber to whom nothing matches hears how far it is after so many search windows. */
const checkpointWindows = 2;
/** Streams of others, but never the system's. */
const everyStream = '^[^$]';

/** @param prefixes distinct; the empty one alone means all streams but the system's */
export const subscribeRequest = (prefixes: readonly string[], after: Position | undefined) => {
  const all = new ReadReq.Options.AllOptions();
  if (after === undefined) all.setStart(new Empty());
  else {
    const { commit, prepare } = logPositionOf(after);
    const position = new ReadReq.Options.Position();
    all.setPosition(position.setCommitPosition(`${commit}`).setPreparePosition(`${prepare}`));
  }
  const names = new ReadReq.Options.FilterOptions.Expression();
  if (prefixes.includes('')) names.setRegex(everyStream);
  else names.setPrefixList([...prefixes]);
  const filter = new ReadReq.Options.FilterOptions().setStreamIdentifier(names);
  filter.setMax(searchWindow).setCheckpointintervalmultiplier(checkpointWindows);
  const options = new ReadReq.Options().setAll(all).setFilter(filter);
  return requestOf(options.setSubscription(new ReadReq.Options.SubscriptionOptions()));
};

const requestOf = (options: Streams.ReadReq.Options): Streams.ReadReq => {
  const uuids = new ReadReq.Options.UUIDOption().setString(new Empty());
  return new ReadReq().setOptions(options.setUuidOption(uuids).setResolveLinks(false));
};

const identifierOf = (stream: string): Shared.StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8'));
