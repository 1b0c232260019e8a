import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { loadTools, toolFrom, type Tool, type ToolManifest } from '@countersign/tools';
import {
  decisionContext,
  proposalContext,
  proposalIdOf,
  type DecisionRecord,
  type Message,
  type Proposal,
  type ProposalContent,
} from '@countersign/contracts';
import type { Recorded } from '@countersign/decider';
import {
  proposalDigest,
  signDecision,
  signerFrom,
  signProposal,
  trustedKeysFrom,
} from '@countersign/trust';
import type { ApprovalFact, ExecutionCommand } from '../src/domain/authority.js';
import type { ExecuteMessage, ResolveMessage } from '../src/adapters/take-commands.js';

/** Keys of the services that sign, made for one test file. */
const keyOf = (service: string, contexts: readonly string[]) => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = `${service}-${randomUUID()}`;
  const publicJwk = pair.publicKey.export({ format: 'jwk' }) as JsonWebKey;
  return {
    signer: signerFrom(pair.privateKey, kid),
    trusted: { ...publicJwk, kid, service, contexts },
  };
};
export const agentKey = keyOf('agent', [proposalContext]);
export const approvalsKey = keyOf('approvals', [proposalContext, decisionContext]);
export const strangerKey = keyOf('approvals', [proposalContext, decisionContext]);
export const trustedKeys = trustedKeysFrom({
  keys: [agentKey.trusted, approvalsKey.trusted] as never,
});

const shipped = loadTools('config/tools');
const named = (name: string): Tool => shipped.find(({ tool }) => tool === name)!;
const changed = (tool: Tool, change: Partial<ToolManifest>): Tool =>
  toolFrom({ ...tool.document, ...change });

/** One tool of each idempotency class, on the demo CRM. */
export const tools = {
  native: named('crm.resolve-ticket'),
  readback: changed(named('crm.resolve-ticket'), {
    tool: 'crm.resolve-ticket-readback',
    idempotency: 'readback',
    readback: { path: '/resolutions/{idempotencyKey}', found: 200, credential: 'crm-read' },
  }),
  none: named('crm.legacy-replacement'),
};
export type ToolClass = keyof typeof tools;

const reply = { subject: 'Your order', text: 'A personal word to Mara Muster.' };
export const argumentsFor = (tool: Tool, order: string): Record<string, unknown> => {
  const head = { order, customer: order.slice(-4), reply };
  return tool.tool === tools.none.tool
    ? { ...head, sku: 'LAMP-M' }
    : { ...head, change: { kind: 'refund', amountCents: 100, currency: 'EUR' } };
};

export const hex = (digit: string, length: number) => digit.repeat(length);
export const start = '2026-01-05T09:00:00.000Z';

/** What may differ from an ordinary approval. */
export interface Change {
  readonly arguments?: Record<string, unknown>;
  readonly witness?: ProposalContent['witness'];
  readonly proposal?: Partial<Proposal>;
  readonly record?: Partial<DecisionRecord>;
  readonly signer?: typeof approvalsKey.signer;
}

/** One approval: the events of its stream, and the command that follows from them. */
export interface Approved {
  readonly proposalId: string;
  readonly caseId: string;
  readonly digest: string;
  readonly proposal: Proposal;
  readonly content: ProposalContent;
  readonly record: DecisionRecord;
  readonly facts: readonly ApprovalFact[];
  readonly command: ExecutionCommand;
}

/** A released proposal in every detail, signed by those who may. */
export const approve = (
  tool: Tool,
  { order = 'A-20931', etag = '"1"' }: { order?: string; etag?: string } = {},
  change: Change = {},
): Approved => {
  const requestId = randomUUID();
  const caseId = randomUUID();
  const proposalId = proposalIdOf(requestId);
  const content: ProposalContent = {
    arguments: change.arguments ?? argumentsFor(tool, order),
    witness: change.witness === undefined ? { resource: `/orders/${order}`, etag } : change.witness,
    salt: hex('5', 32),
    rationale: 'The customer asks for it.',
    target: { id: order },
  };
  const head = { proposalId, caseId, tool: tool.reference, requestId, ...change.proposal };
  const proposal = signProposal(
    {
      digest: proposalDigest({ ...content, ...head }),
      author: { type: 'agent', id: 'agent' },
      createdAt: start,
      evidence: [{ kind: 'intake', ref: 'ticket', digest: hex('e', 64) }],
      flags: ['amount-high'],
      ...head,
    },
    agentKey.signer,
  );
  const { digest } = proposal;
  const workflow = { name: 'support-ticket', version: 1, digest: hex('f', 64) };
  const approver = { sub: 'ana', role: 'supervisor' } as const;
  const record: DecisionRecord = {
    proposalId,
    caseId,
    digest,
    tool: tool.reference,
    workflow,
    policy: null,
    stage: 'human-approval',
    authority: 'human-approval',
    caseRevision: 7,
    evidence: [hex('e', 64)],
    flagsShown: ['amount-high'],
    approver,
    nonce: hex('a', 32),
    decidedAt: start,
    expiresAt: '2026-01-07T09:00:00.000Z',
    executableUntil: '2026-01-06T09:00:00.000Z',
    ...change.record,
  };
  const signature = signDecision(record, change.signer ?? approvalsKey.signer);
  const approvalId = randomUUID();
  const requested = {
    requestId: approvalId,
    step: 'approve',
    visit: 1,
    workflow,
    queue: { name: 'support-supervisors', owner: 'head-of-support' },
    need: { any: 1 as const, of: ['supervisor' as const] },
    proposal,
    content,
    input: { text: 'Please.' },
    expiresAt: '2026-01-07T09:00:00.000Z',
    executableForMs: 86_400_000,
    caseRevision: 7,
  };
  return {
    ...{ proposalId, caseId, digest, proposal, content, record },
    facts: [
      { type: 'ApprovalRequested', data: requested },
      {
        type: 'ApprovalDecided',
        data: { decision: 'approve', by: approver, digest, record, signature },
      },
      {
        type: 'ApprovalReleased',
        data: { requestId: approvalId, proposalId, digest, by: approver },
      },
    ],
    command: { caseId, proposalId, digest, releaseRevision: 2 },
  };
};

/** The facts as a reader of the stream sees them. */
export const asHistory = (facts: readonly ApprovalFact[]): readonly Recorded<ApprovalFact>[] =>
  facts.map(
    (fact, revision) =>
      ({
        ...fact,
        revision,
        id: randomUUID(),
        recordedAt: start,
        actor: { type: 'service', id: 'approvals' },
        opens: [],
        settles: [],
      }) as unknown as Recorded<ApprovalFact>,
  );

const envelope = (caseId: string): Omit<Message, 'type' | 'data'> => ({
  id: randomUUID(),
  schemaVersion: 1,
  caseId,
  occurredAt: start,
  actor: { type: 'service', id: 'orchestrator' },
  correlationId: caseId,
  causationId: randomUUID(),
  subjects: ['customer:0931'],
  source: { stream: `case-${caseId}`, revision: 9, hash: hex('b', 64) },
});

export const executeMessage = (
  { caseId, ...command }: ExecutionCommand,
  id: string = randomUUID(),
): ExecuteMessage => ({
  ...envelope(caseId),
  id,
  type: 'ExecuteAction',
  data: { step: 'write', visit: 1, ...command },
});

export const resolveMessage = (
  { caseId, proposalId }: ExecutionCommand,
  outcome: 'done' | 'not-done',
  by = 'rob',
): ResolveMessage => ({
  ...envelope(caseId),
  type: 'ResolveExecution',
  data: { proposalId, outcome, by },
});
