import type { EventRow } from '../embedded/rows.js';
import type { ExpectedRevision, Position } from '../port.js';
import { generated, type Shared, type Streams } from './generated.js';
import { logPositionOf } from './positions.js';

/** One append, whole in one message; from try to try only the correlation id differs. */
export type AppendRequest = (correlationId: string) => Streams.BatchAppendReq;

export const appendRequest = (
  stream: string,
  expected: ExpectedRevision,
  rows: readonly EventRow[],
): AppendRequest => {
  const { BatchAppendReq } = generated().streams;
  const options = new BatchAppendReq.Options();
  options.setStreamIdentifier(identifierOf(stream));
  // No deadline for the server: it is an instant of the client's wall clock, and clocks differ.
  if (expected === 'no-stream') options.setNoStream(nothing());
  else options.setStreamPosition(String(expected));
  const messages = rows.map(proposed);
  return (id) => {
    const request = new BatchAppendReq().setCorrelationId(uuid(id)).setOptions(options);
    return request.setProposedMessagesList(messages).setIsFinal(true);
  };
};

const uuid = (id: string): Shared.UUID => {
  const { UUID } = generated().shared;
  return new UUID().setString(id);
};

const proposed = (row: EventRow): Streams.BatchAppendReq.ProposedMessage => {
  const { BatchAppendReq } = generated().streams;
  const message = new BatchAppendReq.ProposedMessage().setId(uuid(row.id));
  message.getMetadataMap().set('type', row.type).set('content-type', 'application/json');
  message.setData(Buffer.from(row.data, 'utf8'));
  return message.setCustomMetadata(Buffer.from(row.metadata, 'utf8'));
};

export interface StreamRead {
  /** First revision; the end that the direction begins at when absent. */
  readonly from?: number | undefined;
  readonly backwards: boolean;
  readonly limit: number;
}

export const readRequest = (stream: string, { from, backwards, limit }: StreamRead) => {
  const { Options } = generated().streams.ReadReq;
  const of = new Options.StreamOptions().setStreamIdentifier(identifierOf(stream));
  if (from !== undefined) of.setRevision(String(from));
  else if (backwards) of.setEnd(nothing());
  else of.setStart(nothing());
  const options = new Options().setStream(of).setCount(String(limit)).setNoFilter(nothing());
  return requestOf(options.setReadDirection(backwards ? 1 : 0));
};

/** The last event of all. */
export const headRequest = () => {
  const { Options } = generated().streams.ReadReq;
  const all = new Options.AllOptions().setEnd(nothing());
  const options = new Options().setAll(all).setCount('1').setNoFilter(nothing());
  return requestOf(options.setReadDirection(1));
};

/** Events that the server looks at in one go while it searches for those that match. */
const searchWindow = 500;
/** A subscriber to whom nothing matches hears how far it is after so many search windows. */
const checkpointWindows = 2;
/** Streams of others, but never the system's. */
const everyStream = '^[^$]';

/** @param prefixes distinct; the empty one alone means all streams but the system's */
export const subscribeRequest = (prefixes: readonly string[], after: Position | undefined) => {
  const { Options } = generated().streams.ReadReq;
  const all = new Options.AllOptions();
  if (after === undefined) all.setStart(nothing());
  else {
    const { commit, prepare } = logPositionOf(after);
    const position = new Options.Position().setCommitPosition(String(commit));
    all.setPosition(position.setPreparePosition(String(prepare)));
  }
  const names = new Options.FilterOptions.Expression();
  if (prefixes.includes('')) names.setRegex(everyStream);
  else names.setPrefixList([...prefixes]);
  const filter = new Options.FilterOptions().setStreamIdentifier(names).setMax(searchWindow);
  filter.setCheckpointintervalmultiplier(checkpointWindows);
  const options = new Options().setAll(all).setFilter(filter);
  return requestOf(options.setSubscription(new Options.SubscriptionOptions()));
};

const requestOf = (options: Streams.ReadReq.Options): Streams.ReadReq => {
  const { ReadReq } = generated().streams;
  const uuids = new ReadReq.Options.UUIDOption().setString(nothing());
  return new ReadReq().setOptions(options.setUuidOption(uuids).setResolveLinks(false));
};

const identifierOf = (stream: string): Shared.StreamIdentifier => {
  const { StreamIdentifier } = generated().shared;
  return new StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8'));
};

const nothing = () => {
  const { Empty } = generated();
  return new Empty();
};
