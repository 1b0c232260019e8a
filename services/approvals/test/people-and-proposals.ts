import { generateKeyPairSync } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import {
  decisionContext,
  proposalContext,
  type orchestratorSays,
  type ProposalContent,
  type UnsignedProposal,
} from '@countersign/contracts';
import type { Recorded, Told } from '@countersign/decider';
import { stamp, type Fact } from '@countersign/decider';
import { proposalDigest, signerFrom, signProposal, trustedKeysFrom } from '@countersign/trust';
import type { Decide } from '../src/domain/approval-facts.js';
import type { Caller } from '../src/domain/people.js';

/** Keys of the services that sign, made for one test file. */
const keyOf = (service: string) => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = `${service}-test`;
  const publicJwk = pair.publicKey.export({ format: 'jwk' }) as JsonWebKey;
  return {
    signer: signerFrom(pair.privateKey.export({ format: 'jwk' }), kid),
    trusted: {
      ...publicJwk,
      kid,
      service,
      contexts: service === 'agent' ? [proposalContext] : [proposalContext, decisionContext],
    },
  };
};
const agent = keyOf('agent');
const approvals = keyOf('approvals');
const stranger = keyOf('agent');
export const agentSigner = agent.signer;
export const approvalsSigner = approvals.signer;
export const strangerSigner = stranger.signer;
export const trustedKeys = trustedKeysFrom({ keys: [agent.trusted, approvals.trusted] as never });

export const proposalId = '2a0f6a7e-8a4b-5c1d-9e2f-3b4c5d6e7f80';
export const caseId = '11111111-2222-5333-8444-555555555555';
export const requestId = '99999999-8888-5777-8666-555555555555';
export const hex = (length: number, digit = 'a') => digit.repeat(length);

export const content: ProposalContent = {
  arguments: { order: 'A-1001', customer: '8812', reply: { subject: 'Your order', text: 'Done.' } },
  witness: { resource: '/orders/A-1001', etag: '"7"' },
  salt: hex(32, '5'),
  rationale: 'The customer asks for a refund.',
  target: { id: 'A-1001', customer: '8812' },
};
const tool = { name: 'crm.resolve-ticket', version: 1, digest: hex(64, 'c') };

export const unsigned = (changed: Partial<UnsignedProposal> = {}): UnsignedProposal => {
  const head = { proposalId, caseId, tool, ...changed };
  const author = { type: 'agent' as const, id: 'agent' };
  return {
    requestId: 'aaaaaaaa-bbbb-5ccc-8ddd-eeeeeeeeeeee',
    digest: proposalDigest({ ...head, ...content }),
    author,
    createdAt: '2026-01-05T09:00:00.000Z',
    evidence: [{ kind: 'intake', ref: 'ticket', digest: hex(64, 'e') }],
    flags: ['amount-high'],
    ...head,
  };
};

export const asked = (
  changed: Partial<orchestratorSays.RequestApproval> = {},
): orchestratorSays.RequestApproval => ({
  step: 'approve',
  visit: 1,
  workflow: { name: 'support-ticket', version: 1, digest: hex(64, 'd') },
  queue: { name: 'support-supervisors', owner: 'head-of-support' },
  need: { any: 1, of: ['supervisor', 'l2'] },
  proposal: signProposal(unsigned(), agentSigner),
  content,
  input: { text: 'Please refund my order.' },
  requester: 'mara@example.org',
  expiresAt: '2026-01-07T09:00:00.000Z',
  executableForMs: 86_400_000,
  caseRevision: 7,
  ...changed,
});
export const digest = unsigned().digest;

export const ana: Caller = { sub: 'ana', email: 'ana@example.org', roles: ['supervisor'] };
export const ben: Caller = { sub: 'ben', roles: ['l2'] };
export const mara: Caller = { sub: 'mara', email: 'Mara@Example.org', roles: ['supervisor'] };
export const otto: Caller = { sub: 'otto', roles: ['auditor'] };

export const says = (caller: Caller, changed: Partial<Decide> = {}): Decide => ({
  type: 'Decide',
  decision: 'approve',
  digest,
  caller,
  nonce: hex(32, 'b'),
  stage: 'human-approval',
  ...changed,
});

let counted = 0;
/** An input as it is told: its id and instant do not matter unless given. */
export const told = <Body>(body: Body, recordedAt = '2026-01-05T10:00:00.000Z'): Told<Body> => ({
  id: `00000000-0000-5000-8000-${String((counted += 1)).padStart(12, '0')}`,
  actor: { type: 'service', id: 'orchestrator' },
  occurredAt: recordedAt,
  recordedAt,
  body,
});

/** Facts as they stand in a stream, one append each. */
export const history = <F extends Fact>(
  ...appends: readonly { facts: readonly F[]; at?: string }[]
): readonly Recorded<F>[] => {
  const events: Recorded<F>[] = [];
  for (const { facts, at } of appends) {
    events.push(...stamp(told({}, at), facts, events.length - 1));
  }
  return events;
};

export const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
};
