import { randomUUID } from 'node:crypto';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { persistent, shared, type Persistent } from '../generated.js';
import type { Consumer, Item } from '../persistent/consumers.js';
import type { Group, NackAction } from '../persistent/group.js';
import { invalidArgument } from './errors.js';
import { sourceFrom } from './group-calls.js';
import { positionTo, uuidFrom } from './identity.js';
import { recordedAs } from './recorded-message.js';
import { endWith } from './sending.js';
import type { Serving } from './serving.js';

type Call = ServerDuplexStream<Persistent.ReadReq, Persistent.ReadResp>;

/** By their numbers in the protocol; an unknown one is a retry, as on a real server. */
const actions: readonly NackAction[] = ['retry', 'park', 'retry', 'skip', 'stop'];

/** One consumer of a group: options first, then acknowledgements as events come. */
export const groupReadCall =
  (serving: Serving) =>
  (call: Call): void => {
    let joined: { group: Group; consumer: Consumer } | undefined;
    const leave = () => {
      joined?.group.leave(joined.consumer);
      joined = undefined;
    };
    const take = async (request: Persistent.ReadReq): Promise<void> => {
      if (joined) return answered(joined, request);
      joined = await join(serving, call, request);
      if (call.cancelled || call.writableEnded) leave();
    };
    // One request after the other: acknowledgements wait until the consumer has joined.
    let turn = Promise.resolve();
    call.on('data', (request: Persistent.ReadReq) => {
      turn = turn.then(() => take(request)).catch((error: unknown) => endWith(call, error));
    });
    call.on('end', () => call.end());
    for (const ending of ['end', 'cancelled', 'error', 'close']) call.on(ending, leave);
  };

const join = async (serving: Serving, call: Call, request: Persistent.ReadReq) => {
  const user = serving.access.userOf(call.metadata);
  const options = request.getOptions();
  if (!options) throw invalidArgument('a consumer begins with its options');
  const source = sourceFrom(options);
  serving.access.check(user, source);
  await serving.faults.atCall();
  const { group } = serving.groups.find(source, options.getGroupName());
  const structuredIds = !options.getUuidOption()?.hasString();
  const consumer: Consumer = {
    name: String(call.metadata.get('connection-name')[0] ?? ''),
    from: call.getPeer(),
    slots: Math.max(1, options.getBufferSize()),
    inFlight: new Set(),
    delivered: 0,
    send: (item) => void call.write(messageOf(item, structuredIds)),
    drop: (error) => endWith(call, error),
  };
  const confirmation = new persistent.ReadResp.SubscriptionConfirmation();
  confirmation.setSubscriptionId(randomUUID());
  const confirmed = new persistent.ReadResp().setSubscriptionConfirmation(confirmation);
  group.join(consumer, () => void call.write(confirmed));
  return { group, consumer };
};

const answered = (
  { group, consumer }: { group: Group; consumer: Consumer },
  request: Persistent.ReadReq,
): void => {
  const ack = request.getAck();
  const nack = request.getNack();
  if (ack) group.ack(consumer, ack.getIdsList().map(uuidFrom));
  if (!nack) return;
  const action = actions[nack.getAction()] ?? 'retry';
  group.nack(consumer, nack.getIdsList().map(uuidFrom), action, nack.getReason());
};

const messageOf = ({ resolved, retries }: Item, structuredIds: boolean): Persistent.ReadResp => {
  const { event, link } = resolved;
  const message = new persistent.ReadResp.ReadEvent();
  const { RecordedEvent } = persistent.ReadResp.ReadEvent;
  if (event) message.setEvent(recordedAs(new RecordedEvent(), event, structuredIds));
  if (link) message.setLink(recordedAs(new RecordedEvent(), link, structuredIds));
  const at = link ?? event;
  if (at) message.setCommitPosition(positionTo(at.seq));
  else message.setNoPosition(new shared.Empty());
  return new persistent.ReadResp().setEvent(message.setRetryCount(retries));
};
