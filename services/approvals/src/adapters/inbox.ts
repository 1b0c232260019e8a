import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type Message, type orchestratorSays } from '@countersign/contracts';
import { inputOf } from '@countersign/event-store';
import { OnMessage } from '@countersign/messaging';
import { mustBeAuthentic } from './authentic-proposal.js';
import { approvalsParts, type ApprovalsParts } from './parts.js';
import { tellApproval, tellAssistance } from './tell.js';

type From<Data> = Message<string, Data>;

/** What the orchestrator asks of people. */
@Controller()
export class ApprovalsInbox {
  constructor(@Inject(approvalsParts) private readonly parts: ApprovalsParts) {}

  @OnMessage('RequestApproval')
  async requestApproval(
    @Payload() message: Message<'RequestApproval', orchestratorSays.RequestApproval>,
  ): Promise<void> {
    mustBeAuthentic(message, this.parts.trustedKeys);
    const { id: requestId, data, caseId } = message;
    const { proposalId, digest } = data.proposal;
    const body = { type: 'RequestApproval', requestId, data } as const;
    const handled = await tellApproval(this.parts, proposalId, inputOf(message, body));
    if (handled.kind === 'recorded') this.parts.onPending?.({ proposalId, digest, caseId });
  }

  @OnMessage('ExpireApproval')
  async expireApproval(@Payload() message: From<orchestratorSays.ExpireApproval>): Promise<void> {
    const body = { type: 'ExpireApproval', data: message.data } as const;
    await tellApproval(this.parts, message.data.proposalId, inputOf(message, body));
  }

  @OnMessage('RequestResolution')
  async requestResolution(
    @Payload() message: From<orchestratorSays.RequestResolution>,
  ): Promise<void> {
    const body = { type: 'RequestResolution', requestId: message.id, data: message.data } as const;
    await tellApproval(this.parts, message.data.proposalId, inputOf(message, body));
  }

  @OnMessage('RequestAssistance')
  async requestAssistance(
    @Payload() message: From<orchestratorSays.RequestAssistance>,
  ): Promise<void> {
    const { id: requestId, caseId, data } = message;
    const body = { type: 'RequestAssistance', requestId, caseId, data } as const;
    await tellAssistance(this.parts, requestId, inputOf(message, body));
  }

  @OnMessage('ExpireAssistance')
  async expireAssistance(
    @Payload() message: From<orchestratorSays.ExpireAssistance>,
  ): Promise<void> {
    const body = { type: 'ExpireAssistance', data: message.data } as const;
    await tellAssistance(this.parts, message.data.requestId, inputOf(message, body));
  }
}
