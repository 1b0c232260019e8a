import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnMessage } from '@countersign/messaging';
import type { RunSteps, StepMessage } from './run-steps.js';

export const runStepsToken = Symbol('run steps');

/** What the orchestrator asks of the agent. */
@Controller()
export class AgentInbox {
  constructor(@Inject(runStepsToken) private readonly steps: RunSteps) {}

  @OnMessage('RunAgentStep')
  async runAgentStep(@Payload() message: StepMessage): Promise<void> {
    await this.steps.take(message);
  }
}
