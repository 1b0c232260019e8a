import { createHash } from 'node:crypto';
import { caseIdOf, proposalIdOf, type Actor, type Proposal } from '@countersign/contracts';
import type { Told } from '@countersign/decider';
import { v5 } from 'uuid';
import type { CaseInput, HeardInput, InputOf } from '../../src/domain/inputs.js';

/** When everything in these tests happens, unless a test says otherwise. */
export const now = '2026-01-05T09:00:00.000Z';

export const idOf = (name: string): string => v5(name, 'f0f8c3a0-3c2b-5c6e-9f1d-0d9c5f6b7a11');
export const sha256Of = (name: string): string => createHash('sha256').update(name).digest('hex');

export const source = 'https://shop.example/tickets';
export const caseId = caseIdOf(source, 't-1');

const speakers: Readonly<Record<string, Actor>> = {
  CaseReceived: { type: 'upstream', id: source },
  Agent: { type: 'agent', id: 'ticket-drafter' },
  Proposal: { type: 'agent', id: 'ticket-drafter' },
  Approval: { type: 'human', id: 'ana' },
  Assistance: { type: 'human', id: 'leo' },
  Outcome: { type: 'human', id: 'ben' },
  Execution: { type: 'service', id: 'executor' },
  Alarm: { type: 'rule', id: 'alarm-keeper' },
};

/** An input as its sender would send it. */
export const tell = (body: CaseInput, id: string, recordedAt = now): Told<CaseInput> => ({
  id,
  actor: Object.entries(speakers).find(([start]) => body.type.startsWith(start))![1],
  occurredAt: recordedAt,
  recordedAt,
  body,
});

export const said = <Type extends HeardInput['type']>(
  type: Type,
  data: InputOf<Type>['data'],
): InputOf<Type> =>
  ({
    type,
    data,
    peer: { stream: `of-${type}`, revision: 3, hash: sha256Of(type) },
  }) as InputOf<Type>;

export const received = (
  eventType = 'support.ticket.created.v1',
  input: Record<string, unknown> = { subject: 'Broken lamp', body: 'Please refund A-1001.' },
) => said('CaseReceived', { source, sourceId: 't-1', eventType, requester: 'kim', input });

export const alarmDue = (alarmId: string, firedAt = now): InputOf<'AlarmDue'> => ({
  type: 'AlarmDue',
  data: { alarmId, firedAt },
});

/** The proposal that an agent, or a person, makes for a request. */
export const proposalFor = (
  requestId: string,
  differing: Partial<Proposal> = {},
): Pick<InputOf<'ProposalSubmitted'>['data'], 'proposal' | 'content'> => ({
  proposal: {
    proposalId: proposalIdOf(requestId),
    caseId,
    requestId,
    tool: { name: 'crm.resolve-ticket', version: 1, digest: sha256Of('crm.resolve-ticket') },
    digest: sha256Of(proposalIdOf(requestId)),
    author: { type: 'agent', id: 'ticket-drafter' },
    createdAt: now,
    evidence: [{ kind: 'intake', ref: `intake-${caseId}`, digest: sha256Of('intake') }],
    flags: [],
    model: { id: 'scripted', promptSha256: sha256Of('prompt'), toolset: ['crm.get-order@1'] },
    signature: { kid: 'agent-1', alg: 'ES256', value: 'A'.repeat(86) },
    ...differing,
  },
  content: {
    arguments: { order: 'A-1001', change: { kind: 'refund', amountCents: 1900 } },
    witness: { resource: '/orders/A-1001', etag: '"7"' },
    salt: '0123456789abcdef0123456789abcdef',
    rationale: 'The order was paid and the lamp is broken.',
    target: { status: 'delivered' },
  },
});
