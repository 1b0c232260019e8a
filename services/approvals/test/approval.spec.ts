import { describe, expect, it } from '@jest/globals';
import { approvalsSays, decisionRecord } from '@countersign/contracts';
import { fold, stamp, type Told } from '@countersign/decider';
import { signDecision, verifyDecision } from '@countersign/trust';
import { approval } from '../src/domain/approval.js';
import type { ApprovalFact, ApprovalInput } from '../src/domain/approval-facts.js';
import {
  ana,
  approvalsSigner,
  asked,
  ben,
  content,
  deepFreeze,
  digest,
  mara,
  otto,
  proposalId,
  requestId,
  says,
  told,
  trustedKeys,
  unsigned,
} from './people-and-proposals.js';

const process = approval((record) => signDecision(record, approvalsSigner));
const request: ApprovalInput = { type: 'RequestApproval', requestId, data: asked() };
const expiry = (firedAt = '2026-01-07T09:00:00.000Z'): ApprovalInput => ({
  type: 'ExpireApproval',
  data: { proposalId, requestId, firedAt },
});
const resolutionId = '77777777-8888-5777-8666-555555555555';
const uncertainty: ApprovalInput = {
  type: 'RequestResolution',
  requestId: resolutionId,
  data: { proposalId, reason: 'no answer', since: '2026-01-05T11:00:00.000Z' },
};
const found = (caller = ben, outcome: 'done' | 'not-done' = 'done'): ApprovalInput => ({
  type: 'Resolve',
  outcome,
  evidence: 'Looked at the ledger.',
  caller,
});

/** The facts after these inputs, and what the last of them came to. */
const after = (...inputs: (ApprovalInput | Told<ApprovalInput>)[]) => {
  let events = [] as ReturnType<typeof stamp<ApprovalFact>>;
  let decision: ReturnType<typeof process.decide> = { ignored: 'nothing was said' };
  for (const input of inputs) {
    const heard = 'body' in input ? input : told(input);
    const state = deepFreeze(fold<ApprovalFact, any>(process, events));
    decision = process.decide(deepFreeze(heard), state);
    if (!('facts' in decision)) continue;
    events = [...events, ...stamp(heard, decision.facts, events.length - 1)];
  }
  return { events, decision, types: events.map(({ type }) => type) };
};
const late = '2026-01-07T09:00:00.000Z';
const ending = (...inputs: Parameters<typeof after>) => {
  const { decision } = after(...inputs);
  return 'refused' in decision ? decision.refused : decision;
};

describe('a request for approval', () => {
  it('is recorded with everything that was asked', () => {
    const { events } = after(request);
    expect(events.map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'ApprovalRequested', data: { ...asked(), proposal: expect.anything(), requestId } },
    ]);
  });
  it('moves nothing when it comes again, or under another id', () => {
    expect(after(request, request).types).toEqual(['ApprovalRequested']);
    expect(ending(request, { ...request, requestId: resolutionId } as ApprovalInput)).toEqual({
      ignored: 'already asked about',
    });
  });
});

describe('approving', () => {
  it('records the countersigned decision and its release in one append', () => {
    const { events, types } = after(request, says(ana, { comment: 'fine' }));
    expect(types).toEqual(['ApprovalRequested', 'ApprovalDecided', 'ApprovalReleased']);
    const decided = events[1]!.data as Extract<ApprovalFact, { type: 'ApprovalDecided' }>['data'];
    expect(decided).toMatchObject({
      decision: 'approve',
      by: { sub: 'ana', role: 'supervisor' },
      digest,
      comment: 'fine',
    });
    expect(decisionRecord.parse(decided.record)).toEqual({
      proposalId,
      caseId: unsigned().caseId,
      digest,
      tool: unsigned().tool,
      workflow: asked().workflow,
      policy: null,
      stage: 'human-approval',
      authority: 'human-approval',
      caseRevision: 7,
      evidence: [unsigned().evidence[0]!.digest],
      flagsShown: ['amount-high'],
      approver: { sub: 'ana', role: 'supervisor' },
      nonce: 'b'.repeat(32),
      decidedAt: '2026-01-05T10:00:00.000Z',
      expiresAt: '2026-01-07T09:00:00.000Z',
      executableUntil: '2026-01-06T10:00:00.000Z',
    });
    expect(verifyDecision(decided.record!, decided.signature!, trustedKeys)).toBe(true);
  });
  it('names the role that qualified, not the first role of the token', () => {
    const { events } = after(request, says({ sub: 'eve', roles: ['auditor', 'l2'] }));
    expect(events[1]!.data).toMatchObject({ by: { sub: 'eve', role: 'l2' } });
  });
  it('is refused to who has none of the roles needed', () => {
    expect(ending(request, says(otto))).toEqual({ code: 'wrong-role', need: ['supervisor', 'l2'] });
  });
  it('I2 is refused to who made the request, by subject or by e-mail in any case', () => {
    expect(ending(request, says(mara))).toEqual({ code: 'own-request' });
    const bySub = { ...request, data: asked({ requester: 'ana' }) } as ApprovalInput;
    expect(ending(bySub, says(ana))).toEqual({ code: 'own-request' });
  });
  it('I2 is refused to who wrote the proposal', () => {
    const author = { type: 'human' as const, id: 'ana' };
    const proposal = { ...asked().proposal, author };
    const own = { ...request, data: asked({ proposal }) } as ApprovalInput;
    expect(ending(own, says(ana))).toEqual({ code: 'own-proposal' });
    expect(after(own, says(ben)).types).toContain('ApprovalReleased');
  });
  it('I4 is refused for another digest than the one that stands', () => {
    expect(ending(request, says(ana, { digest: '0'.repeat(64) }))).toEqual({
      code: 'stale-digest',
      digest,
    });
  });
  it('C15 is refused while the stage of the tool forbids it; a rejection is not', () => {
    expect(ending(request, says(ana, { stage: 'read-only' }))).toEqual({
      code: 'stage-forbids',
      tool: 'crm.resolve-ticket@1',
      stage: 'read-only',
    });
    const no = says(ana, { decision: 'reject', reasonCode: 'other', stage: 'read-only' });
    expect(after(request, no).types).toContain('ApprovalRejected');
  });
  it('is refused at and after the deadline, even before it was asked to expire', () => {
    expect(ending(request, told(says(ana), late))).toEqual({
      code: 'expired-pending',
      expiresAt: late,
    });
    expect(after(request, told(says(ana), '2026-01-07T08:59:59.999Z')).types).toContain(
      'ApprovalReleased',
    );
  });
  it('is refused once what would run was erased', () => {
    const { content: _, ...erased } = asked();
    const gone = { ...request, data: erased } as ApprovalInput;
    expect(ending(gone, says(ana))).toEqual({ code: 'content-erased' });
  });
  it('is refused for a proposal that nobody asked about', () => {
    expect(ending(says(ana))).toEqual({ code: 'unknown-proposal' });
  });
});

describe('rejecting and requesting changes', () => {
  it.each([
    ['reject', 'ApprovalRejected'],
    ['request-changes', 'ApprovalChangesRequested'],
  ] as const)('%s ends the proposal with its reason and its comment', (decision, type) => {
    const { events } = after(
      request,
      says(ana, { decision, reasonCode: 'wrong-amount', comment: 'Only half of it.' }),
    );
    const by = { sub: 'ana', role: 'supervisor' };
    const reason = { reasonCode: 'wrong-amount', comment: 'Only half of it.' };
    expect(events.slice(1).map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'ApprovalDecided', data: { decision, by, digest, ...reason } },
      { type, data: { requestId, proposalId, by, ...reason } },
    ]);
  });
  it.each(['reject', 'request-changes'] as const)('%s needs a reason code', (decision) => {
    expect(ending(request, says(ana, { decision }))).toEqual({ code: 'reason-missing' });
  });
});

describe('I13 one ending', () => {
  const winner = { kind: 'released', at: '2026-01-05T10:00:00.000Z' };
  it('H6 the same person deciding the same again is answered as before', () => {
    expect(ending(request, says(ana), says(ana))).toEqual({
      ignored: 'the same person decided the same before',
    });
    expect(ending(request, says(ana), told(says(ana), late))).toHaveProperty('ignored');
  });
  it('H6 names the winner to everybody else, and to the same person who says another thing', () => {
    const by = { sub: 'ana', role: 'supervisor' };
    const lost = { code: 'already-ended', ending: { ...winner, by } };
    expect(ending(request, says(ana), says(ben))).toEqual(lost);
    const changed = says(ana, { decision: 'reject', reasonCode: 'other' });
    expect(ending(request, says(ana), changed)).toEqual(lost);
  });
  it('says that time ended it when nobody did', () => {
    const lost = { code: 'already-ended', ending: { kind: 'expired', at: late } };
    expect(ending(request, told(expiry(), late), told(says(ana), late))).toEqual(lost);
  });
});

describe('expiring', () => {
  it('ends an open proposal, also when our own clock is behind the one that fired', () => {
    const { events } = after(request, told(expiry(), '2026-01-05T10:00:00.000Z'));
    expect(events.at(-1)).toMatchObject({
      type: 'ApprovalExpired',
      data: { requestId, proposalId, firedAt: late },
    });
  });
  it('I11 moves nothing on an ended proposal, for another request, or before any request', () => {
    expect(ending(request, says(ana), expiry())).toHaveProperty('ignored');
    expect(ending(expiry())).toHaveProperty('ignored');
    const foreign = {
      type: 'ExpireApproval',
      data: { proposalId, requestId: resolutionId, firedAt: late },
    };
    expect(ending(request, foreign as ApprovalInput)).toEqual({ ignored: 'another request' });
  });
});

describe('I20 an uncertain write', () => {
  const uncertain = [request, says(ana), uncertainty] as const;
  it('waits for a person only after a release, and once', () => {
    expect(after(...uncertain).types.at(-1)).toBe('ResolutionRequested');
    expect(ending(...uncertain, uncertainty)).toEqual({ ignored: 'already asked people' });
    expect(ending(request, uncertainty)).toEqual({ ignored: 'nothing was released' });
    const no = says(ana, { decision: 'reject', reasonCode: 'other' });
    expect(ending(request, no, uncertainty)).toEqual({ ignored: 'nothing was released' });
  });
  it('is resolved by somebody other than the approver', () => {
    expect(ending(...uncertain, found(ana))).toEqual({ code: 'own-decision' });
    expect(after(...uncertain, found(ben)).events.at(-1)).toMatchObject({
      type: 'OutcomeResolved',
      data: {
        requestId: resolutionId,
        proposalId,
        outcome: 'done',
        by: { sub: 'ben', role: 'l2' },
        evidence: 'Looked at the ledger.',
      },
    });
  });
  it('is resolved by the first result; the same again is answered, another names the winner', () => {
    expect(ending(...uncertain, found(), found())).toHaveProperty('ignored');
    const at = '2026-01-05T10:00:00.000Z';
    const resolution = { outcome: 'done', by: { sub: 'ben', role: 'l2' }, at };
    const lost = { code: 'already-resolved', resolution };
    expect(ending(...uncertain, found(), found(ben, 'not-done'))).toEqual(lost);
    expect(ending(...uncertain, found(), found({ sub: 'eve', roles: ['l2'] }))).toEqual(lost);
  });
  it('cannot be resolved while nothing is uncertain, nor by who lacks the role', () => {
    expect(ending(request, says(ana), found())).toEqual({ code: 'not-uncertain' });
    expect(ending(request, found())).toEqual({ code: 'not-uncertain' });
    expect(ending(...uncertain, found(otto))).toMatchObject({ code: 'wrong-role' });
  });
});

describe('the orchestrator hears of every ending once, in the words of the contract', () => {
  const told_ = (...inputs: Parameters<typeof after>) =>
    after(...inputs).events.flatMap((event) => process.react(event));
  const no = says(ana, { decision: 'reject', reasonCode: 'other', comment: 'no' });
  it.each([
    ['ApprovalReleased', [request, says(ana)]],
    ['ApprovalRejected', [request, no]],
    ['ApprovalChangesRequested', [request, { ...no, decision: 'request-changes' }]],
    ['ApprovalExpired', [request, expiry()]],
  ] as [keyof typeof approvalsSays, ApprovalInput[]][])('%s', (type, inputs) => {
    const effects = told_(...inputs);
    expect(effects).toHaveLength(1);
    expect(effects[0]).toMatchObject({ name: type, topic: 'approvals.answers.v1', type });
    const data = approvalsSays[type].data.parse(effects[0]!.data);
    expect(data).toMatchObject({ answers: requestId, proposalId });
  });
  it('says under which revision the release stands', () => {
    expect(told_(request, says(ana))[0]!.data).toMatchObject({ releaseRevision: 2, digest });
  });
  it('answers the request for resolution by its own id', () => {
    const effects = told_(request, says(ana), uncertainty, found());
    expect(effects).toHaveLength(2);
    expect(approvalsSays.OutcomeResolved.data.parse(effects[1]!.data)).toMatchObject({
      answers: resolutionId,
      outcome: 'done',
    });
  });
});

describe('I4 the decision record', () => {
  const decided = after(request, says(ana)).events[1]!.data as Extract<
    ApprovalFact,
    { type: 'ApprovalDecided' }
  >['data'];
  it.each(Object.keys(decided.record!))('is worthless once %s was tampered with', (field) => {
    const record = decided.record as Record<string, unknown>;
    const value = record[field];
    const other = {
      string: `${String(value)}0`,
      number: Number(value) + 1,
      object: value === null ? {} : Array.isArray(value) ? [...value, 'x'] : { ...value, x: 1 },
    }[typeof value as 'string'];
    expect(
      verifyDecision({ ...record, [field]: other } as never, decided.signature!, trustedKeys),
    ).toBe(false);
    const { [field]: _, ...without } = record;
    expect(verifyDecision(without as never, decided.signature!, trustedKeys)).toBe(false);
  });
  it('binds what was shown: the content it stands on gives the same digest', () => {
    expect(content.salt).toHaveLength(32);
    expect(decided.record!.digest).toBe(unsigned().digest);
  });
});
