import { createRequire } from 'node:module';
import type * as Client from '@eventstore/db-client';
import type * as Shared from '@eventstore/db-client/generated/shared_pb.js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type * as EmptyOf from 'google-protobuf/google/protobuf/empty_pb.js';

/** The client, and the definitions of the protocol that ship inside it. */
export interface Generated {
  readonly EventStoreDBClient: typeof Client.EventStoreDBClient;
  readonly StreamsClient: typeof StreamsClient;
  readonly streams: typeof Streams;
  readonly shared: typeof Shared;
  readonly Empty: typeof EmptyOf.Empty;
}

let loaded: Generated | undefined;

/**
 * Loaded when first asked for: whoever keeps events in a file pays nothing for it. The client is pinned
 * exactly, and only this file knows where things lie; CommonJS without visible names, hence `require`.
 */
export const generated = (): Generated => (loaded ??= load());

const load = (): Generated => {
  const client = createRequire(
    createRequire(import.meta.url).resolve('@eventstore/db-client/package.json'),
  );
  const { EventStoreDBClient } = client('./dist/index.js') as typeof Client;
  const { Empty } = client('google-protobuf/google/protobuf/empty_pb.js') as typeof EmptyOf;
  const stubs = client('./generated/streams_grpc_pb.js') as Pick<Generated, 'StreamsClient'>;
  return {
    EventStoreDBClient,
    StreamsClient: stubs.StreamsClient,
    streams: client('./generated/streams_pb.js') as typeof Streams,
    shared: client('./generated/shared_pb.js') as typeof Shared,
    Empty,
  };
};

export type { Shared, Streams, StreamsClient };
