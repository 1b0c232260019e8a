import { randomUUID } from 'node:crypto';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  GossipService,
  PersistentSubscriptionsService,
  ServerFeaturesService,
  shared,
  StreamsService,
  type Features,
  type Gossip,
  type Shared,
} from './generated.js';
import { appendCall } from './protocol/append.js';
import { batchAppendCall } from './protocol/batch-append.js';
import { readBatchAppend } from './protocol/batch-deadline.js';
import { deleteCall, tombstoneCall } from './protocol/ending.js';
import { groupCalls } from './protocol/group-calls.js';
import { groupReadCall } from './protocol/group-read.js';
import { clusterOfOne } from './protocol/gossip.js';
import { readCall } from './protocol/read.js';
import { supportedMethods } from './protocol/server-features.js';
import type { Serving } from './protocol/serving.js';

/** As on a real server: the 101st call on a connection waits in silence. */
const concurrentStreamsMax = 100;
/** Larger than any append that is accepted, so that one too large can be refused in words. */
const messageMaxBytes = 17 * 1_024 * 1_024;

/** @param address what the server tells clients of itself */
export const grpcServer = (
  serving: Serving,
  address: () => { host: string; port: number },
): Server => {
  const server = new Server({
    'grpc.max_concurrent_streams': concurrentStreamsMax,
    'grpc.max_receive_message_length': messageMaxBytes,
    'grpc.max_send_message_length': messageMaxBytes,
  });
  const batchAppend = { ...StreamsService.batchAppend, requestDeserialize: readBatchAppend };
  const streamsService = { ...StreamsService, batchAppend };
  server.addService(streamsService, {
    read: readCall(serving),
    append: appendCall(serving),
    batchAppend: batchAppendCall(serving),
    delete: deleteCall(serving),
    tombstone: tombstoneCall(serving),
  });
  const restartSubsystem = (
    _call: unknown,
    answer: (error: null, response: Shared.Empty) => void,
  ) => answer(null, new shared.Empty());
  server.addService(
    { ...PersistentSubscriptionsService },
    {
      ...groupCalls(serving),
      read: groupReadCall(serving),
      restartSubsystem,
    },
  );
  const instanceId = randomUUID();
  server.addService(
    { ...GossipService },
    {
      read: (_call: unknown, answer: (error: null, response: Gossip.ClusterInfo) => void) =>
        answer(null, clusterOfOne(instanceId, address().host, address().port)),
    },
  );
  const supported = supportedMethods([
    { ...StreamsService },
    { ...PersistentSubscriptionsService },
    { ...GossipService },
    { ...ServerFeaturesService },
  ]);
  server.addService(
    { ...ServerFeaturesService },
    {
      getSupportedMethods: (
        _call: unknown,
        answer: (error: null, response: Features.SupportedMethods) => void,
      ) => answer(null, supported),
    },
  );
  return server;
};

/** @returns the port. @throws Error when it cannot be had */
export const listen = (
  server: Server,
  host: string,
  port: number,
  credentials: ServerCredentials,
): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
