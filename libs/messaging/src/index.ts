export * from './port.js';
export { busWriter } from './embedded/bus-writer.js';
export { embeddedBus, type EmbeddedBusOptions } from './embedded/embedded-bus.js';
export { boundBus, TopicNotPermitted } from './bound-bus.js';
export { envelope } from './cloud-event.js';
export { messageCodec, type Codec } from './codec.js';
export { placeNameOf, type DeadLetter } from './dead-letters.js';
export * from './dead-letter-desk.js';
export {
  causeOf,
  isInfrastructure,
  isPermanent,
  Unacceptable,
  type About,
  type Cause,
} from './failures.js';
export type { Fence } from './fences.js';
export * from './refused-letters.js';
export { runInLanes, type Lanes, type LanesOptions, type LanesState } from './lanes.js';
export { publisher, type Addressed, type Publisher } from './publisher.js';
export type { Attempt, Handle } from './take-record.js';
export { machineWaits, type Waits } from './waits.js';
export * from './nest/bus-strategy.js';
export { connectBus } from './nest/connect-bus.js';
export { KeepCause } from './nest/keep-cause.js';
export { MessageContext } from './nest/message-context.js';
export { OnMessage } from './nest/on-message.js';
export { kafkaBus, type KafkaBus, type KafkaBusOptions } from './kafka/kafka-bus.js';
export type { KafkaState } from './kafka/standing.js';
