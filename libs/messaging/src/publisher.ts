import type { Message } from '@countersign/contracts';
import type { Enclosure } from '@countersign/group-commit';
import type { Codec } from './codec.js';
import type { Bus } from './port.js';

/** A message and the topic that it goes to. */
export interface Addressed {
  readonly topic: string;
  readonly message: Message;
}

/** Sends messages. Trying again belongs to its caller, which knows what must not be overtaken. */
export interface Publisher {
  /**
   * Resolves when all of them are durable; messages of a case keep their order.
   * @throws BusUnavailable outcome unknown: publish the same again
   * @throws Unacceptable a message that cannot be spoken; nothing was published
   */
  publish(messages: readonly Addressed[]): Promise<void>;
  /** Encloses them with an append, where the bus can; see `Bus.enclose`. */
  readonly enclose?: (messages: readonly Addressed[], published: () => void) => Promise<Enclosure>;
}

export const publisher = (bus: Bus, codec: Codec): Publisher => {
  const encode = (messages: readonly Addressed[]) =>
    Promise.all(messages.map(({ topic, message }) => codec.encode(topic, message)));
  return {
    publish: async (messages) => bus.publish(await encode(messages)),
    ...(bus.enclose && {
      enclose: async (messages, published) => bus.enclose!(await encode(messages), published),
    }),
  };
};
