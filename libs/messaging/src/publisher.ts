import type { Message } from '@countersign/contracts';
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
}

export const publisher = (bus: Bus, codec: Codec): Publisher => ({
  publish: async (messages) => {
    const records = messages.map(({ topic, message }) => codec.encode(topic, message));
    await bus.publish(await Promise.all(records));
  },
});
