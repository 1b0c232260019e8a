import { EventPattern } from '@nestjs/microservices';

/**
 * Handles messages by their types in libs/contracts: `@OnMessage('RunAgentStep')`. The method takes
 * `@Payload() message` and `@Ctx() context`; the offset passes when it has resolved.
 */
export const OnMessage = (...types: readonly [string, ...string[]]): MethodDecorator =>
  EventPattern<string[]>([...types]);
