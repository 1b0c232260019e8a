import kafkajs, { type Producer } from 'kafkajs';
import type { OutgoingRecord } from '../port.js';
import { machineWaits, pause } from '../waits.js';
import { kafkaClient, requestTimeoutMs, type KafkaAddress } from './client.js';
import { failureOf, reasonOf } from './errors.js';
import { toMessage } from './records.js';
import type { Standing } from './standing.js';

/** How the publisher is called when it is what waits. */
export const publisherPart = 'publisher';

/** The client keeps its own time limits; this one holds when it does not. */
const deadlineMs = 2 * requestTimeoutMs + 2_000;
/** For its followers, before a broker says that it cannot tell. */
const brokerWaitsMs = 4_000;
const connectAgainMs = 500;

/** Sends one request at a time, each once. */
export interface ProducerLink {
  /** Makes a connection of its own: one that there is may be broken. Nothing may be on its way. */
  connectUntilDone(stop: AbortSignal): Promise<void>;
  send(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** One producer at a time; one that hangs is thrown away with whatever it has not sent. */
export const producerLink = (address: KafkaAddress, standing: Standing): ProducerLink => {
  let producer: Producer | undefined;
  let connecting: Promise<Producer> | undefined;

  const drop = (dropped: Producer | undefined) => {
    if (producer === dropped) producer = undefined;
    void dropped?.disconnect().catch(() => undefined);
  };
  const connect = async () => {
    const fresh = kafkaClient(address).producer({
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      maxInFlightRequests: 1,
      idempotent: false,
    });
    try {
      await fresh.connect();
      return (producer = fresh);
    } catch (error) {
      drop(fresh);
      throw error;
    } finally {
      connecting = undefined;
    }
  };
  const connected = async () => producer ?? (await (connecting ??= connect()));
  const trouble = (error: unknown) => {
    if (failureOf(error) !== 'too-large') standing.waiting(publisherPart, reasonOf(error));
    return error;
  };
  const send = async (records: readonly OutgoingRecord[]) => {
    const using = await connected();
    const byTopic = Map.groupBy(records, ({ topic }) => topic);
    const topicMessages = [...byTopic].map(([topic, some]) => ({
      topic,
      messages: some.map(toMessage),
    }));
    try {
      await withinDeadline(using.sendBatch({ acks: -1, timeout: brokerWaitsMs, topicMessages }));
    } catch (error) {
      if (failureOf(error) === 'outcome-unknown') drop(using);
      throw error;
    }
  };
  return {
    connectUntilDone: async (stop) => {
      drop(producer);
      while (!stop.aborted) {
        try {
          await connected();
          return standing.well(publisherPart);
        } catch (error) {
          trouble(error);
          await pause(connectAgainMs, machineWaits, stop).catch(() => undefined);
        }
      }
    },
    send: (records) =>
      send(records).catch((error: unknown) => {
        throw trouble(error);
      }),
    close: async () => {
      await connecting?.catch(() => undefined);
      await producer?.disconnect().catch(() => undefined);
    },
  };
};

const withinDeadline = async (sending: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NoAnswer()), deadlineMs);
  });
  try {
    await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
    sending.catch(() => undefined);
  }
};

class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly code = 'ETIMEDOUT';
  constructor() {
    super(`no answer within ${deadlineMs / 1000} s`);
  }
}
