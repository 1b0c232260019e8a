import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { features, type Features } from '../generated.js';

/**
 * The server version whose protocol is spoken; clients turn features on by it. It is not a version
 * of this server, and says nothing about who made it.
 */
const protocolVersion = '24.2.0';

/** What a method can do beyond its name, by the names that clients look for. */
const featuresOf: Readonly<Record<string, readonly string[]>> = {
  '/event_store.client.streams.Streams/Read': ['position', 'events'],
  '/event_store.client.streams.Streams/BatchAppend': ['deadline_duration'],
};

const groupService = '.PersistentSubscriptions';
/** What groups may follow. */
const ofGroups = ['stream', 'all'];

/** Lists the methods that are there, so that clients leave alone what is not. */
export const supportedMethods = (
  services: readonly ServiceDefinition<UntypedServiceImplementation>[],
): Features.SupportedMethods => {
  const methods = services
    .flatMap((service) => Object.values(service))
    .map(({ path }) => {
      const [, service, method] = path.split('/') as [string, string, string];
      const more = service.endsWith(groupService) ? ofGroups : (featuresOf[path] ?? []);
      return new features.SupportedMethod()
        .setServiceName(service.toLowerCase())
        .setMethodName(method.toLowerCase())
        .setFeaturesList([...more]);
    });
  return new features.SupportedMethods()
    .setEventStoreServerVersion(protocolVersion)
    .setMethodsList(methods);
};
