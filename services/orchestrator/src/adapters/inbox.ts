import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { streams, topics, type intakeSays, type Message } from '@countersign/contracts';
import { handle, inputOf, type Handled, type Journal } from '@countersign/event-store';
import { MessageContext, OnMessage, Unacceptable } from '@countersign/messaging';
import { casePersonal, type CaseFact } from '../domain/facts.js';
import { speakerOf, type CaseInput, type HeardInput } from '../domain/inputs.js';
import type { CaseState } from '../domain/state.js';
import type { CaseProcesses } from './case-processes.js';

export const caseParts = Symbol('case parts');
export interface CaseParts {
  readonly journal: Journal;
  readonly processes: CaseProcesses;
}

/** Tells a case what another service said, or what has come due; the stream decides. */
export const tellCase = (
  { journal, processes }: CaseParts,
  input: Parameters<typeof handle<CaseInput, CaseFact, CaseState>>[3],
): Promise<Handled<CaseFact, CaseState, never>> =>
  handle<CaseInput, CaseFact, CaseState>(
    journal,
    streams.case(input.caseId),
    casePersonal as Record<string, readonly string[]>,
    input,
    (history) => processes.of(history),
    { fromMemory: true },
  );

/** What the other services answer. Each comes by its own topic, which only that service may fill. */
@Controller()
export class CaseInbox {
  constructor(@Inject(caseParts) private readonly parts: CaseParts) {}

  @OnMessage('CaseReceived')
  async open(
    @Payload() message: Message<'CaseReceived', intakeSays.CaseReceived>,
    @Ctx() context: MessageContext,
  ): Promise<void> {
    mustSpeakFor(message.type, context);
    const process = this.parts.processes.forEventType(message.data.eventType);
    if (!process) {
      const { eventType } = message.data;
      throw new Unacceptable('no-handler', `no workflow accepts ${eventType}`);
    }
    await handle<CaseInput, CaseFact, CaseState>(
      this.parts.journal,
      streams.case(message.caseId),
      casePersonal as Record<string, readonly string[]>,
      heard(message),
      process,
    );
  }

  @OnMessage(
    'AgentStepDone',
    'ProposalSubmitted',
    'AgentAbstained',
    'ApprovalReleased',
    'ApprovalRejected',
    'ApprovalChangesRequested',
    'ApprovalExpired',
    'AssistanceProposed',
    'AssistanceDeclined',
    'AssistanceExpired',
    'ExecutionSucceeded',
    'ExecutionRefused',
    'ExecutionFailed',
    'ExecutionUncertain',
    'OutcomeResolved',
  )
  async hear(
    @Payload() message: Message<HeardInput['type']>,
    @Ctx() context: MessageContext,
  ): Promise<void> {
    mustSpeakFor(message.type, context);
    await tellCase(this.parts, heard(message));
  }
}

/** The agent cannot release an approval: what comes by another's topic is nobody's answer (I17). */
const mustSpeakFor = (type: HeardInput['type'], context: MessageContext): void => {
  const { topic } = context.record;
  if (topic === topics.answers(speakerOf[type])) return;
  throw new Unacceptable('wrong-speaker', `${type} came by ${topic}`);
};

const heard = (message: Message) =>
  inputOf(message, {
    type: message.type,
    data: message.data,
    peer: message.source,
  } as unknown as CaseInput);
