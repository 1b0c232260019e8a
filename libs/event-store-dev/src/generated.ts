import { createRequire } from 'node:module';
import type * as Gossip from '@eventstore/db-client/generated/gossip_pb.js';
import type { IGossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type * as Persistent from '@eventstore/db-client/generated/persistent_pb.js';
import type { IPersistentSubscriptionsService } from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import type * as Features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { IServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type * as Shared from '@eventstore/db-client/generated/shared_pb.js';
import type * as RpcStatus from '@eventstore/db-client/generated/status_pb.js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import type { IStreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type * as Protobuf from 'google-protobuf';
import type * as AnyOf from 'google-protobuf/google/protobuf/any_pb.js';
import type * as EmptyOf from 'google-protobuf/google/protobuf/empty_pb.js';

// The protocol's definitions ship inside the client, which is pinned exactly. Only this file knows
// where; CommonJS without visible names, hence `require`.
const clientRequire = createRequire(
  createRequire(import.meta.url).resolve('@eventstore/db-client/package.json'),
);

const load = <Module>(name: string): Module => {
  try {
    return clientRequire(name) as Module;
  } catch (cause) {
    throw new Error(
      `${name} is missing: the development event store needs the definitions inside ` +
        '@eventstore/db-client 6.2.1; install that exact version',
      { cause },
    );
  }
};

export const streams = load<typeof Streams>('./generated/streams_pb.js');
export const shared = load<typeof Shared>('./generated/shared_pb.js');
export const features = load<typeof Features>('./generated/serverfeatures_pb.js');
export const persistent = load<typeof Persistent>('./generated/persistent_pb.js');
export const gossip = load<typeof Gossip>('./generated/gossip_pb.js');
export const rpcStatus = load<typeof RpcStatus>('./generated/status_pb.js');
export const { BinaryReader } = load<typeof Protobuf>('google-protobuf');
export const { Any } = load<typeof AnyOf>('google-protobuf/google/protobuf/any_pb.js');
export const { Empty } = load<typeof EmptyOf>('google-protobuf/google/protobuf/empty_pb.js');

export const { StreamsService } = load<{ StreamsService: IStreamsService }>(
  './generated/streams_grpc_pb.js',
);
export const { ServerFeaturesService } = load<{ ServerFeaturesService: IServerFeaturesService }>(
  './generated/serverfeatures_grpc_pb.js',
);
export const { GossipService } = load<{ GossipService: IGossipService }>(
  './generated/gossip_grpc_pb.js',
);

export const { PersistentSubscriptionsService } = load<{
  PersistentSubscriptionsService: IPersistentSubscriptionsService;
}>('./generated/persistent_grpc_pb.js');

export type { Features, Gossip, Persistent, RpcStatus, Shared, Streams };
