import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isVerified, verifyAuthority, type ApprovalFact } from '../src/domain/authority.js';
import { doubtAbout } from '../src/domain/resolution.js';
import { leavesOf, other, valueAt, withChange, type Path } from './leaves.js';
import {
  agentKey,
  approve,
  approvalsKey,
  asHistory,
  hex,
  strangerKey,
  tools,
  trustedKeys,
  type Approved,
} from './papers.js';

const approved = approve(tools.native);
const verified = (
  facts: readonly ApprovalFact[] = approved.facts,
  command = approved.command,
  keys = trustedKeys,
) => verifyAuthority(command, asHistory(facts), keys);
const why = (...asked: Parameters<typeof verified>) => {
  const found = verified(...asked);
  return isVerified(found) ? 'verified' : found.why;
};

/** What must be exactly as it was; the rest of the request is for the people who read it. */
const signedOrDigested = (path: Path): boolean => {
  const place = path.join('.');
  return (
    /^0\.data\.(proposal|workflow|caseRevision|expiresAt|requestId)/.test(place) ||
    /^0\.data\.content\.(arguments|witness|salt)/.test(place) ||
    /^1\.data\.(record|signature|digest|by|decision)/.test(place) ||
    /^2\.data\./.test(place)
  );
};
const bound = leavesOf(approved.facts).filter(signedOrDigested);
const pickLeaf = fc.constantFrom(...bound);

describe('the authority for a command (C8)', () => {
  it('is a request, a signed decision and a release that fit it in every part (I1, I4)', () => {
    expect(verified()).toEqual({
      proposal: approved.proposal,
      content: approved.content,
      record: approved.record,
      endedBy: undefined,
    });
  });

  it('is gone when any one field that was signed, digested or decided is another', () => {
    expect(bound.length).toBeGreaterThan(60);
    for (const path of bound) {
      const tampered = withChange(approved.facts, path, other(valueAt(approved.facts, path)));
      expect([path, why(tampered)]).not.toEqual([path, 'verified']);
    }
  });

  it('is gone when any one such field holds anything else', () => {
    fc.assert(
      fc.property(pickLeaf, fc.jsonValue(), (path, value) => {
        fc.pre(JSON.stringify(value) !== JSON.stringify(valueAt(approved.facts, path)));
        expect(why(withChange(approved.facts, path, value))).not.toBe('verified');
      }),
      { numRuns: 1_000 },
    );
  });

  it('is not that of another command', () => {
    for (const name of ['caseId', 'proposalId', 'digest', 'releaseRevision'] as const) {
      const command = { ...approved.command, [name]: other(approved.command[name]) };
      expect(why(approved.facts, command)).not.toBe('verified');
    }
  });

  it('names what is missing', () => {
    const [requested, decided, released] = approved.facts;
    expect(why([])).toBe('request-absent');
    expect(why([requested!])).toBe('release-absent');
    expect(why([requested!, decided!])).toBe('release-absent');
    expect(why([requested!, requested!, released!])).toBe('decision-absent');
    expect(why([decided!, requested!, released!])).toBe('release-before-request');
  });

  it('needs the keys of the deployment', () => {
    expect(why(approve(tools.native, {}, { signer: strangerKey.signer }).facts)).not.toBe(
      'verified',
    );
    const byAgent = approve(tools.native, {}, { signer: agentKey.signer });
    expect(why(byAgent.facts, byAgent.command)).toBe('decision-unsigned');
    const byStranger = approve(tools.native, {}, { signer: strangerKey.signer });
    expect(why(byStranger.facts, byStranger.command)).toBe('decision-unsigned');
  });

  it('is not lent by a record that approvals signed for something else', () => {
    const reasons = (change: Partial<Approved['record']>) => {
      const changed = approve(tools.native, {}, { record: change, signer: approvalsKey.signer });
      return why(changed.facts, changed.command);
    };
    const reference = { name: 'crm.close-account', version: 1, digest: hex('9', 64) };
    expect(reasons({ proposalId: other(approved.proposalId) as string })).toBe('proposal-differs');
    expect(reasons({ caseId: other(approved.caseId) as string })).toBe('case-differs');
    expect(reasons({ digest: hex('0', 64) })).toBe('digest-differs');
    expect(reasons({ tool: reference })).toBe('tool-differs');
    expect(reasons({ workflow: reference })).toBe('workflow-differs');
    expect(reasons({ evidence: [] })).toBe('shown-differs');
    expect(reasons({ flagsShown: [] })).toBe('shown-differs');
    expect(reasons({ caseRevision: 1 })).toBe('shown-differs');
    expect(reasons({ approver: { sub: 'eve', role: 'supervisor' } })).toBe('approver-differs');
    expect(reasons({ decidedAt: '2026-01-08T09:00:00.000Z' })).toBe('decided-too-late');
    expect(reasons({ expiresAt: '2026-01-09T09:00:00.000Z' })).toBe('decided-too-late');
  });

  it('stands on the arguments themselves, not on a digest that came with them', () => {
    const swapped = approved.facts.map((fact) =>
      fact.type === 'ApprovalRequested'
        ? withChange(fact, ['data', 'content', 'arguments', 'change', 'amountCents'], 24_999)
        : fact,
    );
    expect(why(swapped)).toBe('digest-differs');
  });

  it('is gone when the person was erased', () => {
    const erased = approved.facts.map((fact) =>
      fact.type === 'ApprovalRequested' ? withChange(fact, ['data', 'content'], undefined) : fact,
    );
    expect(why(erased)).toBe('content-erased');
  });

  it('says when the proposal ended otherwise, also by an event that is not known yet', () => {
    const { proposalId } = approved;
    const head = { requestId: approved.caseId, proposalId };
    const expired: ApprovalFact = {
      type: 'ApprovalExpired',
      data: { ...head, firedAt: '2026-01-07T09:00:00.000Z' },
    };
    const withdrawn = { type: 'ApprovalWithdrawn', data: head } as unknown as ApprovalFact;
    const asked: ApprovalFact = {
      type: 'ResolutionRequested',
      data: { ...head, reason: 'no answer', since: '2026-01-05T09:00:00.000Z' },
    };
    expect(verified([...approved.facts, expired])).toMatchObject({ endedBy: 'ApprovalExpired' });
    expect(verified([...approved.facts, withdrawn])).toMatchObject({
      endedBy: 'ApprovalWithdrawn',
    });
    expect(verified([...approved.facts, asked])).toMatchObject({ endedBy: undefined });
  });
});

describe('a resolution (decision 18)', () => {
  const { proposalId, caseId } = approved;
  const resolved = (by = 'rob'): ApprovalFact => ({
    type: 'OutcomeResolved',
    data: {
      ...{ requestId: caseId, proposalId, outcome: 'done' },
      by: { sub: by, role: 'l2' },
      evidence: 'seen in the CRM',
    },
  });
  const command = { proposalId, caseId, outcome: 'done', by: 'rob' } as const;
  const doubt = (
    facts: readonly ApprovalFact[],
    said: Parameters<typeof doubtAbout>[0] = command,
  ) => doubtAbout(said, asHistory(facts));

  it('is believed when a second person said so after the release', () => {
    expect(doubt([...approved.facts, resolved()])).toBeUndefined();
  });

  it('is not believed otherwise', () => {
    expect(doubt(approved.facts)).toBe('resolution-absent');
    expect(doubt([approved.facts[0]!, resolved(), approved.facts[2]!])).toBe('resolution-absent');
    const said = [...approved.facts, resolved()];
    expect(doubt(said, { ...command, outcome: 'not-done' })).toBe('resolution-differs');
    expect(doubt(said, { ...command, by: 'eve' })).toBe('resolution-differs');
    expect(doubt(said, { ...command, caseId: proposalId })).toBe('resolution-differs');
    const byApprover = [...approved.facts, resolved('ana')];
    expect(doubt(byApprover, { ...command, by: 'ana' })).toBe('resolved-by-approver');
  });
});
