import type { Log } from '@countersign/telemetry';
import kafkajs, { type Kafka, type LogEntry, type RetryOptions } from 'kafkajs';
import { quietQueues } from './quiet-queues.js';

/** Where Kafka is, and as whom to speak to it. */
export interface KafkaAddress {
  /** `host:port` each; some of the cluster's brokers, the others are learned from them. */
  readonly brokers: readonly string[];
  /** Shown in the broker's log and in its quotas. */
  readonly clientId: string;
  readonly log: Log;
}

/** The longest answer is that of a broker which waits for its followers; then it is an outage. */
export const requestTimeoutMs = 5_000;
const connectionTimeoutMs = 1_000;

/** The client's own tries, each option named: its defaults differ by environment. */
export const triesOf = (retries: number): RetryOptions => ({
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  factor: 0.2,
  multiplier: 2,
  retries,
});

/** One client; members of groups take one each, for it mixes up the offsets of its members. */
export const kafkaClient = (
  { brokers, clientId, log }: KafkaAddress,
  retry: RetryOptions = triesOf(0),
): Kafka => {
  quietQueues();
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => (entry) => writeTo(log, entry),
  });
};

/** Answers that belong to every rebalance, restart and outage; `kafkaBus` logs what they lead to. */
const expected =
  /rebalanc|without match|re-join|member|generation|coordinator|leader|ECONN|EPIPE|[Cc]onnection|timed? ?out|heartbeat|disconnect|Broker|metadata|Pausing|Resuming|joined|Starting|Stopped|not running|Restarting|Crash/;

const writeTo = (log: Log, { namespace, level, log: said }: LogEntry) => {
  const about = said as { message: string; error?: unknown; groupId?: string; broker?: string };
  const { message, groupId, broker } = about;
  const error = about.error === undefined ? undefined : String(about.error);
  const fields = { namespace, groupId, broker, error };
  if (level > kafkajs.logLevel.WARN || expected.test(`${message} ${error}`)) {
    return log.debug(message, fields);
  }
  return log.warn(message, fields);
};
