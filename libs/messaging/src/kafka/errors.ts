import { BusUnavailable } from '../port.js';

/** What a failed request means, found by its cause: the client's own wrapping hides it. */
export type KafkaFailure =
  /** Kafka never took it. */
  | 'not-sent'
  /** It may have been taken. */
  | 'outcome-unknown'
  | 'too-large'
  /** The group has gone on without this member. */
  | 'not-a-member'
  /** A rebalance goes on: in a moment one is a member again. */
  | 'rebalancing'
  /** Nothing that waiting could mend. */
  | 'refused';

interface Link {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly retriable?: unknown;
  readonly cause?: unknown;
  readonly originalError?: unknown;
  readonly errors?: readonly unknown[];
}

/** The client nests at most four deep. */
const depthMax = 8;

const linksOf = (error: unknown): readonly Link[] => {
  const links: Link[] = [];
  let next = error;
  while (typeof next === 'object' && next !== null && links.length < depthMax) {
    const link = next as Link;
    links.push(link);
    next = link.cause ?? link.originalError ?? link.errors?.[0];
  }
  return links;
};

const byType: Readonly<Record<string, KafkaFailure>> = {
  MESSAGE_TOO_LARGE: 'too-large',
  RECORD_LIST_TOO_LARGE: 'too-large',
  ILLEGAL_GENERATION: 'not-a-member',
  UNKNOWN_MEMBER_ID: 'not-a-member',
  FENCED_INSTANCE_ID: 'not-a-member',
  REBALANCE_IN_PROGRESS: 'rebalancing',
  NOT_COORDINATOR_FOR_GROUP: 'rebalancing',
  REQUEST_TIMED_OUT: 'outcome-unknown',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'outcome-unknown',
  UNKNOWN: 'outcome-unknown',
  NETWORK_EXCEPTION: 'outcome-unknown',
  // A topic that is about to be made; until then its records wait.
  UNKNOWN_TOPIC_OR_PARTITION: 'not-sent',
};
const byName: Readonly<Record<string, KafkaFailure>> = {
  KafkaJSRequestTimeoutError: 'outcome-unknown',
  KafkaJSConnectionClosedError: 'outcome-unknown',
  KafkaJSConnectionError: 'not-sent',
  KafkaJSBrokerNotFound: 'not-sent',
  KafkaJSNoBrokerAvailableError: 'not-sent',
  KafkaJSMetadataNotLoaded: 'not-sent',
  KafkaJSTopicMetadataNotLoaded: 'not-sent',
  KafkaJSGroupCoordinatorNotFound: 'not-sent',
  KafkaJSStaleTopicMetadataAssignment: 'not-sent',
  KafkaJSLockTimeout: 'not-sent',
};
const byCode: Readonly<Record<string, KafkaFailure>> = {
  ECONNREFUSED: 'not-sent',
  ECONNRESET: 'outcome-unknown',
  EPIPE: 'outcome-unknown',
  ETIMEDOUT: 'outcome-unknown',
};

const failureIn = ({ type, name, code, retriable }: Link): KafkaFailure | undefined =>
  byType[String(type)] ??
  byCode[String(code)] ??
  byName[String(name)] ??
  (typeof type === 'string' && retriable === true ? 'not-sent' : undefined);

/** Undefined for what is no failure of Kafka at all. */
export const failureOf = (error: unknown): KafkaFailure | undefined => {
  const links = linksOf(error);
  for (const link of links) {
    const failure = failureIn(link);
    if (failure) return failure;
  }
  const ofKafka = links.some(({ name }) => String(name).startsWith('KafkaJS'));
  return ofKafka ? 'refused' : undefined;
};

/** Whether waiting mends it. */
export const passes = (error: unknown): boolean => {
  const failure = failureOf(error);
  return failure !== undefined && failure !== 'refused' && failure !== 'too-large';
};

/** What lies at the bottom, in one line. */
export const reasonOf = (error: unknown): string => {
  const last = linksOf(error).at(-1) as { type?: string; message?: string } | undefined;
  if (!last) return String(error);
  return [last.type, last.message].filter((part) => part !== undefined).join(': ');
};

/** A failure of Kafka as the port says it; everything else as it is. */
export const asBusError = (error: unknown, what: string): unknown =>
  failureOf(error) === undefined
    ? error
    : new BusUnavailable(`${what}: ${reasonOf(error)}`, { cause: error });
