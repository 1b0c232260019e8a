import type { Log } from '@countersign/telemetry';
import { generated, type StreamsClient } from './generated.js';

type CallArguments = Parameters<StreamsClient['batchAppend']>;
type Metadata = Exclude<CallArguments[0], Partial<CallArguments[1]> | undefined>;
type CallOptions = NonNullable<CallArguments[1]>;

/** One call on the store: its stub, and what every call is sent with. */
export interface Call {
  readonly stub: StreamsClient;
  readonly metadata: Metadata;
  readonly options: CallOptions;
}

/** One HTTP/2 connection to the leader, made when first used and again when it breaks. */
export interface Connection {
  /**
   * Runs one call until its promise settles. A rejection by an unreachable or former leader makes
   * the next call connect anew.
   */
  run<Answer>(name: string, call: (call: Call) => Promise<Answer>): Promise<Answer>;
  close(): void;
}

/** The parts of the client that its public functions are made of; pinned with the version. */
interface ClientInside {
  execute<Answer>(
    stub: typeof StreamsClient,
    name: string,
    action: (stub: StreamsClient) => Promise<Answer>,
  ): Promise<Answer>;
  callArguments(
    options: { requiresLeader: boolean },
    callOptions: { deadline: number },
  ): [Metadata, CallOptions];
  handleError(stub: StreamsClient, error: Error): Promise<void>;
  getChannel(): Promise<{ close(): void }>;
}

/** The client warns on the console below this. */
const keepAliveMinMs = 10_000;
const connectionsMax = 10_000;
let connections = 0;

/**
 * Channels with equal options share one connection, and its back-off, behind the client's back: so
 * each gets a keep-alive of its own.
 */
const ownConnection = (url: string): string => {
  connections = (connections + 1) % connectionsMax;
  const join = url.includes('?') ? '&' : '?';
  return `${url}${join}keepAliveInterval=${keepAliveMinMs + connections}`;
};

/** @throws TypeError what was given is no connection string */
export const connect = (url: string, log: Log): Connection => {
  const client = clientOf(url);
  // Called by the client without waiting: what it throws would end the process.
  const { handleError } = client;
  client.handleError = (stub, error) =>
    handleError(stub, error).catch((cause: unknown) =>
      log.warn('the event store could not be found again yet', { cause: String(cause) }),
    );
  let used = false;
  return {
    run: (name, call) => {
      used = true;
      // Deadlines are the caller's, on monotonic time; the client's would follow the wall clock.
      const [metadata, options] = client.callArguments(
        { requiresLeader: true },
        { deadline: Infinity },
      );
      return client.execute(generated().StreamsClient, name, (stub) =>
        call({ stub, metadata, options }),
      );
    },
    close: () => {
      if (!used) return;
      client.getChannel().then(
        (channel) => channel.close(),
        () => undefined,
      );
    },
  };
};

const clientOf = (url: string): ClientInside => {
  try {
    return generated().EventStoreDBClient.connectionString(
      ownConnection(url),
    ) as unknown as ClientInside;
  } catch {
    // What the client says repeats the string, password included.
    throw new TypeError(
      `${url.replace(/\/\/.*@/, '//…@')} is no connection string like esdb://host:2113?tls=false`,
    );
  }
};
