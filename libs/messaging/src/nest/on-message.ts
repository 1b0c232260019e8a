import { EventPattern } from '@nestjs/microservices';

/**
 * Handles one type of message, by its name in libs/contracts: `@OnMessage('RunAgentStep')`. The
 * method takes `@Payload() message` and `@Ctx() context`; its offset passes when it has resolved.
 */
export const OnMessage = (type: string): MethodDecorator => EventPattern<string>(type);
