import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnMessage } from '@countersign/messaging';
import type { Performing } from './perform.js';
import {
  takeExecuteAction,
  takeResolveExecution,
  type ExecuteMessage,
  type ResolveMessage,
} from './take-commands.js';
import type { Workers } from './workers.js';

export const executorParts = Symbol('executor parts');
export interface ExecutorParts {
  readonly performing: Performing;
  readonly workers: Workers;
}

/** What the orchestrator orders. The call itself is made after the handler has returned. */
@Controller()
export class ExecutorInbox {
  constructor(@Inject(executorParts) private readonly parts: ExecutorParts) {}

  @OnMessage('ExecuteAction')
  async execute(@Payload() message: ExecuteMessage): Promise<void> {
    await takeExecuteAction(this.parts.performing, this.parts.workers, message);
  }

  @OnMessage('ResolveExecution')
  async resolve(@Payload() message: ResolveMessage): Promise<void> {
    await takeResolveExecution(this.parts.performing, message);
  }
}
