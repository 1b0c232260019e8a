import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnMessage } from '@countersign/messaging';
import {
  takeExecuteAction,
  takeResolveExecution,
  type ExecuteMessage,
  type ResolveMessage,
  type Taking,
} from './take-commands.js';

export const executorParts = Symbol('executor parts');

/** What the orchestrator orders. The call itself is made after the handler has returned. */
@Controller()
export class ExecutorInbox {
  constructor(@Inject(executorParts) private readonly parts: Taking) {}

  @OnMessage('ExecuteAction')
  async execute(@Payload() message: ExecuteMessage): Promise<void> {
    await takeExecuteAction(this.parts, message);
  }

  @OnMessage('ResolveExecution')
  async resolve(@Payload() message: ResolveMessage): Promise<void> {
    await takeResolveExecution(this.parts, message);
  }
}
