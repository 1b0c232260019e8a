import { describe, expect, it } from '@jest/globals';
import { approvalsSays, proposalIdOf } from '@countersign/contracts';
import { fold, stamp, type Told } from '@countersign/decider';
import { digestOf, proposalDigest, signProposal, verifyProposal } from '@countersign/trust';
import { assistance } from '../src/domain/assistance.js';
import type { AssistanceFact, AssistanceInput, Propose } from '../src/domain/assistance-facts.js';
import {
  ana,
  approvalsSigner,
  asked,
  ben,
  caseId,
  content,
  deepFreeze,
  hex,
  otto,
  requestId,
  told,
  trustedKeys,
  unsigned,
} from './people-and-proposals.js';

const process = assistance((proposal) => signProposal(proposal, approvalsSigner));
const { tool } = unsigned();
const context = { input: { text: 'Wo ist meine Lampe?' }, results: {} };
const { step, visit, workflow, queue, need, expiresAt } = asked();
const request: AssistanceInput = {
  type: 'RequestAssistance',
  requestId,
  caseId,
  data: {
    step,
    visit,
    workflow,
    queue,
    need,
    reason: 'abstained: unknown-request',
    tools: [tool],
    context,
    requester: 'mara@example.org',
    expiresAt,
    supersedes: '12121212-1212-5212-8212-121212121212',
  },
};
const proposes = (changed: Partial<Propose> = {}): Propose => ({
  type: 'Propose',
  tool,
  arguments: content.arguments,
  rationale: 'She wants to know where it is.',
  witness: content.witness,
  target: content.target,
  salt: hex(32, '7'),
  caller: ana,
  ...changed,
});
const declines = (changed: object = {}): AssistanceInput => ({
  type: 'Decline',
  reasonCode: 'customer-withdrew',
  comment: 'She called.',
  caller: ana,
  ...changed,
});
const expiry: AssistanceInput = {
  type: 'ExpireAssistance',
  data: { requestId, firedAt: expiresAt },
};

const after = (...inputs: (AssistanceInput | Told<AssistanceInput>)[]) => {
  let events = [] as ReturnType<typeof stamp<AssistanceFact>>;
  let decision: ReturnType<typeof process.decide> = { ignored: 'nothing was said' };
  for (const input of inputs) {
    const heard = 'body' in input ? input : told(input);
    decision = process.decide(
      deepFreeze(heard),
      deepFreeze(fold<AssistanceFact, any>(process, events)),
    );
    if ('facts' in decision) {
      events = [...events, ...stamp(heard, decision.facts, events.length - 1)];
    }
  }
  return { events, decision, types: events.map(({ type }) => type) };
};
const ending = (...inputs: Parameters<typeof after>) => {
  const { decision } = after(...inputs);
  return 'refused' in decision ? decision.refused : decision;
};

describe('a proposal by a person', () => {
  const recorded = after(request, proposes()).events.at(-1)!;
  const {
    proposal,
    content: proposed,
    by,
  } = recorded.data as Extract<AssistanceFact, { type: 'AssistanceProposed' }>['data'];

  it('is signed by approvals for the person, who is its author', () => {
    expect(proposal.author).toEqual({ type: 'human', id: 'ana' });
    expect(by).toEqual({ sub: 'ana', role: 'supervisor' });
    expect(verifyProposal(proposal, trustedKeys)).toBe(true);
    expect(verifyProposal({ ...proposal, author: { type: 'human', id: 'ben' } }, trustedKeys)).toBe(
      false,
    );
  });
  it('I4 carries a digest over exactly what would run, salted', () => {
    expect(proposal.proposalId).toBe(proposalIdOf(requestId));
    expect(proposal.digest).toBe(proposalDigest({ ...proposal, ...proposed }));
    expect(proposed).toMatchObject({ salt: hex(32, '7'), witness: content.witness });
  });
  it('names what it rests on, and what it replaces', () => {
    expect(proposal.evidence).toEqual([
      { kind: 'intake', ref: `intake-${caseId}`, digest: digestOf(context.input) },
      { kind: 'person', ref: 'ana', digest: digestOf('She wants to know where it is.') },
      { kind: 'tool', ref: '/orders/A-1001', digest: digestOf(content.target) },
    ]);
    expect(proposal.supersedes).toBe('12121212-1212-5212-8212-121212121212');
  });
  it('is answered as before when the same person sends the same body, whatever the salt', () => {
    expect(ending(request, proposes(), proposes({ salt: hex(32, '8'), witness: null }))).toEqual({
      ignored: 'proposed before',
    });
  });
  it('I13 loses to the first answer', () => {
    const lost = { code: 'already-answered', answer: { kind: 'proposed', by } };
    expect(ending(request, proposes(), proposes({ caller: ben }))).toMatchObject(lost);
    expect(ending(request, proposes(), proposes({ rationale: 'Other.' }))).toMatchObject(lost);
    expect(ending(request, proposes(), declines())).toMatchObject(lost);
    expect(ending(request, declines(), proposes())).toMatchObject({ code: 'already-answered' });
  });
  it('uses only a tool that was offered, in that very version and digest', () => {
    const refused = { code: 'tool-not-offered', tools: [tool] };
    expect(ending(request, proposes({ tool: { ...tool, version: 2 } }))).toEqual(refused);
    expect(ending(request, proposes({ tool: { ...tool, digest: hex(64, '0') } }))).toEqual(refused);
  });
  it('is refused without the role, at the deadline, without a request, and after an erasure', () => {
    expect(ending(request, proposes({ caller: otto }))).toMatchObject({ code: 'wrong-role' });
    expect(ending(request, told(proposes(), expiresAt))).toMatchObject({ code: 'expired-pending' });
    expect(ending(proposes())).toEqual({ code: 'unknown-request' });
    const { context: _, ...erased } = request.data;
    const gone = { ...request, data: erased } as AssistanceInput;
    expect(ending(gone, proposes())).toEqual({ code: 'content-erased' });
  });
});

describe('declining', () => {
  it('records the reason', () => {
    expect(after(request, declines()).events.at(-1)).toMatchObject({
      type: 'AssistanceDeclined',
      data: { requestId, reasonCode: 'customer-withdrew', comment: 'She called.' },
    });
  });
  it('is answered as before when repeated, and loses to another answer', () => {
    expect(ending(request, declines(), declines())).toEqual({ ignored: 'declined before' });
    expect(ending(request, declines(), declines({ reasonCode: 'other' }))).toMatchObject({
      code: 'already-answered',
    });
    expect(ending(request, declines(), declines({ caller: ben }))).toMatchObject({
      code: 'already-answered',
    });
  });
});

describe('expiring', () => {
  it('ends an open request and moves nothing else', () => {
    expect(after(request, expiry).types).toEqual(['AssistanceRequested', 'AssistanceExpired']);
    expect(ending(request, declines(), expiry)).toHaveProperty('ignored');
    expect(ending(expiry)).toHaveProperty('ignored');
    expect(ending(request, request)).toEqual({ ignored: 'already asked' });
  });
});

describe('the orchestrator hears of every answer once, in the words of the contract', () => {
  it.each([
    ['AssistanceProposed', proposes()],
    ['AssistanceDeclined', declines()],
    ['AssistanceExpired', expiry],
  ] as [keyof typeof approvalsSays, AssistanceInput][])('%s', (type, input) => {
    const effects = after(request, input).events.flatMap((event) => process.react(event));
    expect(effects).toHaveLength(1);
    expect(effects[0]).toMatchObject({ name: type, topic: 'approvals.answers.v1', type });
    expect(approvalsSays[type].data.parse(effects[0]!.data)).toMatchObject({ answers: requestId });
  });
});
