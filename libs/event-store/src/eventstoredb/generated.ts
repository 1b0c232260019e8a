import { createRequire } from 'node:module';
import type * as Shared from '@eventstore/db-client/generated/shared_pb.js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import type { StreamsClient as StreamsStub } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type * as EmptyOf from 'google-protobuf/google/protobuf/empty_pb.js';

// The protocol's definitions ship inside the client, which is pinned exactly. Only this file knows
// where; CommonJS without visible names, hence `require`.
const clientRequire = createRequire(
  createRequire(import.meta.url).resolve('@eventstore/db-client/package.json'),
);

export const streams = clientRequire('./generated/streams_pb.js') as typeof Streams;
export const shared = clientRequire('./generated/shared_pb.js') as typeof Shared;
export const { Empty } = clientRequire(
  'google-protobuf/google/protobuf/empty_pb.js',
) as typeof EmptyOf;
export const { StreamsClient } = clientRequire('./generated/streams_grpc_pb.js') as {
  StreamsClient: typeof StreamsStub;
};

export type { Shared, Streams, StreamsStub };
