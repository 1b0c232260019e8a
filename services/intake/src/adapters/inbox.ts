import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { streams, type Message, type orchestratorSays } from '@countersign/contracts';
import { handle, inputOf } from '@countersign/event-store';
import { OnMessage } from '@countersign/messaging';
import { intakePersonal, type IntakeInput } from '../domain/intake.js';
import { intakeProcess } from './accept.js';
import { intakeParts, type IntakeParts } from './http.js';

/** What the orchestrator asks of intake. */
@Controller()
export class IntakeInbox {
  constructor(@Inject(intakeParts) private readonly parts: IntakeParts) {}

  @OnMessage('RecordOutcome')
  async recordOutcome(
    @Payload() message: Message<'RecordOutcome', orchestratorSays.RecordOutcome>,
  ): Promise<void> {
    await handle(
      this.parts.journal,
      streams.intake(message.caseId),
      intakePersonal,
      inputOf<IntakeInput>(message, { type: 'RecordOutcome', data: message.data }),
      intakeProcess,
      { fromMemory: true },
    );
  }
}
