import { describe, expect, it } from '@jest/globals';
import { effectIdOf, walk, wayTo, type Told } from '@countersign/decider';
import { signDecision } from '@countersign/trust';
import { approval } from '../src/domain/approval.js';
import type { ApprovalFact, ApprovalInput, ApprovalState } from '../src/domain/approval-facts.js';
import {
  ana,
  approvalsSigner,
  asked,
  ben,
  digest,
  mara,
  otto,
  proposalId,
  requestId,
  says,
} from './people-and-proposals.js';

const process = approval((record) => signDecision(record, approvalsSigner));
const deadline = asked().expiresAt;
const otherRequest = '77777777-8888-5777-8666-555555555555';

const inputs: ApprovalInput[] = [
  { type: 'RequestApproval', requestId, data: asked() },
  ...[ana, ben, mara, otto].flatMap((caller) => [
    says(caller),
    says(caller, { decision: 'reject', reasonCode: 'other' }),
    says(caller, { decision: 'request-changes', reasonCode: 'other' }),
    says(caller, { digest: '0'.repeat(64) }),
    says(caller, { stage: 'read-only' }),
    ...(['done', 'not-done'] as const).map(
      (outcome) => ({ type: 'Resolve', outcome, evidence: 'Looked.', caller }) as const,
    ),
  ]),
  { type: 'ExpireApproval', data: { proposalId, requestId, firedAt: deadline } },
  { type: 'ExpireApproval', data: { proposalId, requestId: otherRequest, firedAt: deadline } },
  {
    type: 'RequestResolution',
    requestId: otherRequest,
    data: { proposalId, reason: 'no answer', since: deadline },
  },
];
const instants = ['2026-01-05T10:00:00.000Z', deadline];
const everything: Told<ApprovalInput>[] = inputs.flatMap((body, n) =>
  instants.map((recordedAt) => ({
    id: effectIdOf(requestId, `${n} ${recordedAt}`),
    actor: { type: 'human', id: 'somebody' } as const,
    occurredAt: recordedAt,
    recordedAt,
    body,
  })),
);

const endings = [
  'ApprovalReleased',
  'ApprovalRejected',
  'ApprovalChangesRequested',
  'ApprovalExpired',
];
interface Seen {
  readonly types: readonly string[];
}

const { places, moves, stillnesses } = walk<
  ApprovalInput,
  ApprovalFact,
  ApprovalState,
  Seen,
  unknown
>({
  process,
  inputsIn: () => everything,
  onlooker: {
    initial: { types: [] },
    see: ({ types }, { events }) => ({ types: [...types, ...events.map(({ type }) => type)] }),
  },
});

describe('every step that a proposal can take', () => {
  it('I13 leads to one ending at most, and to one resolution after it', () => {
    for (const { seen, ...place } of places) {
      const ended = seen.types.filter((type) => endings.includes(type));
      expect([ended.length <= 1, wayTo({ seen, ...place })]).toEqual([true, expect.any(String)]);
      expect(seen.types.filter((type) => type === 'OutcomeResolved').length).toBeLessThanOrEqual(1);
    }
  });
  it('I11 is taken once, however often its message comes', () => {
    for (const { told, to } of moves) {
      expect(process.decide(told, to.state)).not.toHaveProperty('facts');
    }
  });
  it('I1 releases only by a person who may, in time, at a stage that allows it, on what was shown', () => {
    const releases = moves.filter(({ events }) =>
      events.some(({ type }) => type === 'ApprovalReleased'),
    );
    expect(releases.length).toBeGreaterThan(0);
    for (const { told } of releases) {
      expect(told.body).toMatchObject({ type: 'Decide', decision: 'approve', digest });
      expect(told.body).toMatchObject({ stage: 'human-approval' });
      expect(['ana', 'ben']).toContain((told.body as { caller: { sub: string } }).caller.sub);
      expect(told.recordedAt < deadline).toBe(true);
    }
  });
  it('I2 is never resolved by the approver', () => {
    for (const { told, events, from } of moves) {
      if (!events.some(({ type }) => type === 'OutcomeResolved')) continue;
      const { caller } = told.body as { caller: { sub: string } };
      expect((from.state as { ending: { by: { sub: string } } }).ending.by.sub).not.toBe(
        caller.sub,
      );
    }
  });
  it('I8 ends: nothing moves what was rejected, expired or resolved', () => {
    const kinds = new Set(moves.map(({ from }) => from.seen.types.at(-1)));
    for (const type of [
      'ApprovalRejected',
      'ApprovalChangesRequested',
      'ApprovalExpired',
      'OutcomeResolved',
    ]) {
      expect(kinds.has(type)).toBe(false);
    }
  });
  it('answers the orchestrator exactly once for each ending and resolution', () => {
    for (const { events, effects } of moves) {
      const answered = events.filter(({ type }) => [...endings, 'OutcomeResolved'].includes(type));
      expect(effects).toHaveLength(answered.length);
    }
  });
  it('hears every kind of input in some state', () => {
    expect(new Set(moves.map(({ told }) => told.body.type))).toEqual(
      new Set(inputs.map(({ type }) => type)),
    );
    expect(stillnesses.length).toBeGreaterThan(moves.length);
  });
});
