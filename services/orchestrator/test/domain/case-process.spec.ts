import { describe, expect, it } from '@jest/globals';
import { effectIdOf } from '@countersign/decider';
import { aCase, answerOf, awaitingApproval, executing, typesOf } from './a-case.js';
import { supportTicket } from './definitions-walked.js';
import { alarmDue, caseId, idOf, now, proposalFor, received, said, sha256Of } from './told.js';

const hoursLater = (hours: number) => new Date(Date.parse(now) + hours * 3_600_000).toISOString();

describe('a case that is received', () => {
  const one = aCase(supportTicket);
  one.hear(received());

  it('opens under its definition and asks the agent, in one append', () => {
    expect(typesOf(one.events)).toEqual(['CaseOpened', 'AgentStepAsked']);
    expect(one.events[0]).toMatchObject({
      actor: { type: 'upstream' },
      data: { caseId, workflow: supportTicket.reference, state: 'received', step: 'classify' },
    });
  });

  it('knows the deadline as an instant, by the clock of its record', () => {
    expect(one.events[1]!.opens).toEqual([
      {
        id: effectIdOf(one.events[1]!.id, 'deadline:classify#1'),
        name: 'deadline:classify#1',
        dueAt: '2026-01-05T09:02:00.000Z',
      },
    ]);
    expect(one.sent('RunAgentStep')[0]).toMatchObject({
      name: 'RunAgentStep:classify#1',
      topic: 'agent.commands.v1',
      data: { deadline: '2026-01-05T09:02:00.000Z', profile: { name: 'classifier' } },
    });
  });

  it('is not opened again', () => {
    expect(one.hear(received())).toEqual({ ignored: 'the case is open already' });
  });

  it('is not lost when no definition takes it: that is an error, not silence (I5)', () => {
    expect(() => aCase(supportTicket).hear(received('order.created.v1'))).toThrow(
      'support-ticket@1 does not accept order.created.v1',
    );
  });

  it('answers nothing before it is opened', () => {
    const unopened = aCase(supportTicket);
    const answers = idOf('nobody');
    expect(unopened.hear(said('AssistanceExpired', { answers }))).toEqual({
      ignored: 'the case was never opened here',
    });
  });
});

describe('a case on its way to closed', () => {
  it('goes by every step of the guide, each once', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).succeeded());
    expect(
      one.events.map(({ type, data }) => `${type} ${data.step}#${data.visit} ${data.state}`),
    ).toEqual([
      'CaseOpened classify#0 received',
      'AgentStepAsked classify#1 received',
      'AgentStepRecorded classify#1 classified',
      'CaseRouted route#1 classified',
      'AgentStepAsked draft#1 classified',
      'ProposalRecorded draft#1 drafted',
      'ApprovalAsked approve#1 awaiting-approval',
      'ApprovalRecorded approve#1 approved',
      'ExecutionAsked write#1 approved',
      'ExecutionRecorded write#1 executed',
      'CaseEnded closed#1 closed',
    ]);
    expect(one.sent('RecordOutcome').map(({ data }) => data)).toEqual([
      { outcome: 'closed', reason: undefined, endedAt: now },
    ]);
  });

  it('asks people with the proposal, the original request, and all they decide by', () => {
    const one = awaitingApproval(supportTicket);
    expect(one.sent('RequestApproval')[0]!.data).toEqual({
      step: 'approve',
      visit: 1,
      workflow: supportTicket.reference,
      queue: { name: 'support-supervisors', owner: 'head-of-support' },
      need: { any: 1, of: ['supervisor', 'l2'] },
      ...proposalFor(one.request('RunAgentStep')),
      input: { subject: 'Broken lamp', body: 'Please refund A-1001.' },
      requester: 'kim',
      expiresAt: hoursLater(48),
      executableForMs: 86_400_000,
      caseRevision: 6,
    });
  });

  it('tells the executor which release it acts on, and nothing that it must verify itself', () => {
    const one = executing(supportTicket);
    const { proposal } = proposalFor(one.request('RunAgentStep'));
    expect(one.sent('ExecuteAction')[0]!.data).toEqual({
      step: 'write',
      visit: 1,
      proposalId: proposal.proposalId,
      digest: proposal.digest,
      releaseRevision: 2,
    });
  });

  it('keeps with each answer whose word it is, and since when it was awaited', () => {
    const one = aCase(supportTicket);
    one.hear(received());
    one.hear(answerOf(one).done(), hoursLater(0.01));
    expect(one.last[0]).toMatchObject({
      type: 'AgentStepRecorded',
      actor: { type: 'agent', id: 'ticket-drafter' },
      data: {
        since: now,
        occurredAt: hoursLater(0.01),
        peer: { stream: 'of-AgentStepDone', revision: 3 },
      },
    });
  });

  it('ends where its route says that nothing is to be done', () => {
    const one = aCase(supportTicket);
    one.hear(received());
    one.hear(answerOf(one).done('spam'));
    expect(typesOf(one.last)).toEqual(['AgentStepRecorded', 'CaseRouted', 'CaseEnded']);
    expect(one.last[1]!.data).toMatchObject({
      guard: "data.classify.category == 'spam'",
      to: 'closed',
      unreadable: [],
    });
  });
});

describe('a proposal', () => {
  it.each([
    ['rejected', 'rejected: wrong-amount'],
    ['expired', 'approval expired'],
  ] as const)('that is %s ends the case, and says why', (answer, reason) => {
    const one = awaitingApproval(supportTicket);
    one.hear(answerOf(one)[answer]());
    expect(one.state).toMatchObject({ phase: 'ended', outcome: answer });
    expect(one.last.at(-1)!.data).toMatchObject({ outcome: answer, reason });
  });

  it('that should be changed leads back with what was said, and is superseded', () => {
    const one = awaitingApproval(supportTicket);
    const { proposalId } = one.state as { proposalId: string };
    one.hear(answerOf(one).changesRequested());
    expect(one.sent('RunAgentStep').at(-1)!.data).toMatchObject({
      step: 'draft',
      visit: 2,
      supersedes: proposalId,
      context: {
        feedback: {
          kind: 'changes-requested',
          proposalId,
          reason: 'wrong-tone',
          comment: 'Be kinder to Kim.',
        },
        results: { draft: { tool: 'crm.resolve-ticket@1', arguments: { order: 'A-1001' } } },
      },
    });
  });

  it('that the executor refused is never asked about again: a new one is made', () => {
    const one = executing(supportTicket);
    const first = (one.state as { proposalId: string }).proposalId;
    one.hear(answerOf(one).refused());
    expect(one.sent('RunAgentStep').at(-1)!.data).toMatchObject({
      supersedes: first,
      context: { feedback: { kind: 'refused', reason: 'witness-changed' } },
    });
    one.hear(answerOf(one).proposed());
    expect((one.state as { proposalId: string }).proposalId).not.toBe(first);
    expect(one.sent('RequestApproval')).toHaveLength(2);
  });

  it('whose request expires is only asked about: the answer moves, whatever it is', () => {
    const one = awaitingApproval(supportTicket);
    const alarm = one.alarm;
    one.hear(alarmDue(alarm, hoursLater(48)), hoursLater(48));
    expect(typesOf(one.last)).toEqual(['ApprovalExpiryAsked']);
    expect(one.sent('ExpireApproval')[0]!.data).toEqual({
      proposalId: (one.state as { proposalId: string }).proposalId,
      requestId: one.request('RequestApproval'),
      firedAt: hoursLater(48),
    });
    expect(one.hear(alarmDue(alarm, hoursLater(49)), hoursLater(49))).toEqual({
      ignored: 'the alarm is not open',
    });
    one.hear(answerOf(one).released());
    expect(one.state.phase).toBe('executing');
  });

  it('is answered once: the alarm of the first visit moves nothing in the second (I11)', () => {
    const one = awaitingApproval(supportTicket);
    const old = one.alarm;
    one.hear(answerOf(one).changesRequested());
    one.hear(answerOf(one).proposed());
    expect(one.state).toMatchObject({ phase: 'awaiting-approval', visit: 2 });
    expect(one.hear(alarmDue(old))).toEqual({ ignored: 'the alarm is not open' });
  });

  it('is approved, not its case: a release of another text moves nothing (I1, I4)', () => {
    const one = awaitingApproval(supportTicket);
    const release = answerOf(one).released();
    const altered = { ...release, data: { ...release.data, digest: sha256Of('another text') } };
    expect(one.hear(altered)).toEqual({ ignored: 'it speaks of another proposal' });
    const other = { ...release, data: { ...release.data, proposalId: idOf('another') } };
    expect(one.hear(other)).toEqual({ ignored: 'it speaks of another proposal' });
    expect(one.state.phase).toBe('awaiting-approval');
  });
});

describe('an agent that cannot', () => {
  it('abstains, and a person is asked with all that is known', () => {
    const one = aCase(supportTicket);
    one.hear(received());
    one.hear(answerOf(one).done());
    one.hear(answerOf(one).abstained());
    expect(one.last.map(({ data }) => data.state)).toEqual(['abstained', 'assisted']);
    expect(one.sent('RequestAssistance')[0]!.data).toMatchObject({
      reason: 'abstained: missing-information',
      queue: { name: 'support-leads' },
      tools: [{ name: 'crm.resolve-ticket' }, { name: 'crm.legacy-replacement' }],
      context: { results: { classify: { category: 'refund' } } },
      expiresAt: hoursLater(48),
    });
  });

  it('is late, and a person is asked; its answer then moves nothing', () => {
    const one = aCase(supportTicket);
    one.hear(received());
    const late = answerOf(one).done();
    one.hear(alarmDue(one.alarm));
    expect(typesOf(one.last)).toEqual(['StepTimedOut', 'AssistanceAsked']);
    expect(one.sent('RequestAssistance')[0]!.data).toMatchObject({ reason: 'timed out: classify' });
    expect(one.hear(late)).toEqual({ ignored: 'it answers nothing that is outstanding' });
  });

  it('is helped by a person, whose proposal passes an ordinary approval', () => {
    const one = aCase(supportTicket);
    one.hear(received());
    one.hear(answerOf(one).abstained());
    one.hear(answerOf(one).assisted());
    expect(one.state.phase).toBe('awaiting-approval');
    expect(one.sent('RequestApproval')[0]!.data).toMatchObject({
      proposal: { author: { type: 'human', id: 'leo' } },
    });
  });

  it('is not helped: the case ends with the reason', () => {
    const one = aCase(supportTicket);
    one.hear(received());
    one.hear(answerOf(one).abstained());
    one.hear(answerOf(one).declined());
    expect(one.last.at(-1)!.data).toMatchObject({
      outcome: 'rejected',
      reason: 'declined: customer-withdrew',
    });
  });
});

describe('an agent that oversteps (A12)', () => {
  const drafting = () => {
    const one = aCase(supportTicket);
    one.hear(received());
    one.hear(answerOf(one).done());
    return one;
  };

  it('cannot answer for another case, another request, or under an id of its choice', () => {
    const one = drafting();
    const answers = one.request('RunAgentStep');
    for (const differing of [
      { caseId: idOf('another case') },
      { requestId: idOf('another request') },
      { proposalId: idOf('a proposal that was approved elsewhere') },
    ]) {
      const proposal = said('ProposalSubmitted', { answers, ...proposalFor(answers, differing) });
      expect(one.hear(proposal)).toEqual({ ignored: 'it speaks of another proposal' });
    }
  });

  it('sets no state, no instant and no queue by what it answers', () => {
    const one = aCase(supportTicket);
    one.hear(received());
    const result = {
      category: 'refund',
      ...{ caseId: idOf('mine'), state: 'approved', step: 'write', recordedAt: hoursLater(-9) },
      ...{ deadline: hoursLater(900), queue: { name: 'nobody' } },
    };
    const answers = one.request('RunAgentStep');
    one.hear(said('AgentStepDone', { answers, result }));
    expect(one.last[0]!.data).toMatchObject({ state: 'classified', step: 'classify', result });
    expect(one.sent('RunAgentStep').at(-1)!.data).toMatchObject({
      step: 'draft',
      deadline: '2026-01-05T09:05:00.000Z',
    });
    const requestId = one.request('RunAgentStep');
    const createdAt = '2031-01-01T00:00:00.000Z';
    one.hear(
      said('ProposalSubmitted', { answers: requestId, ...proposalFor(requestId, { createdAt }) }),
    );
    expect(one.last.map(({ recordedAt }) => recordedAt)).toEqual([now, now]);
    expect(one.sent('RequestApproval')[0]!.data).toMatchObject({
      queue: { name: 'support-supervisors' },
      expiresAt: hoursLater(48),
    });
  });

  it('cannot approve, and cannot propose where it was asked to think', () => {
    const one = aCase(supportTicket);
    one.hear(received());
    const answers = one.request('RunAgentStep');
    expect(one.hear(said('ProposalSubmitted', { answers, ...proposalFor(answers) }))).toEqual({
      ignored: 'this step does not expect it',
    });
    const { proposalId, digest } = proposalFor(answers).proposal;
    const by = { sub: 'ana', role: 'supervisor' as const };
    const release = { answers, proposalId, digest, releaseRevision: 0, by };
    expect(one.hear(said('ApprovalReleased', release))).toEqual({
      ignored: 'this step does not expect it',
    });
  });
});

describe('an execution of which nobody knows (I20)', () => {
  it('is neither success nor failure: a person is asked, the request stands', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).uncertain());
    expect(typesOf(one.last)).toEqual(['UncertaintyRecorded', 'ResolutionAsked']);
    expect(one.last[0]!.settles).toHaveLength(1);
    expect(one.state).toMatchObject({ phase: 'uncertain', memory: { state: 'uncertain' } });
    expect(one.sent('RequestResolution')[0]!.data).toMatchObject({ reason: 'no answer' });
    expect(one.hear(answerOf(one).uncertain())).toEqual({ ignored: 'that is known already' });
  });

  it('is settled by the executor after a person has found out', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).uncertain());
    one.hear(answerOf(one).resolved('done'));
    expect(one.sent('ResolveExecution')[0]).toMatchObject({
      topic: 'executor.commands.v1',
      data: { outcome: 'done', by: 'ben' },
    });
    expect(one.state.phase).toBe('uncertain');
    expect(one.hear(answerOf(one).resolved('not-done'))).toEqual({
      ignored: 'it answers nothing that is outstanding',
    });
    one.hear(answerOf(one).succeeded());
    expect(one.state).toMatchObject({ phase: 'ended', outcome: 'closed' });
  });

  it('may be settled by an answer to the order that settles it, too', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).uncertain());
    one.hear(answerOf(one).resolved('not-done'));
    const failed = answerOf(one).failed();
    one.hear({ ...failed, data: { ...failed.data, answers: one.request('ResolveExecution') } });
    expect(one.state).toMatchObject({ phase: 'ended', outcome: 'failed' });
  });

  it('is over when the first result comes, however late', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).uncertain());
    one.hear(answerOf(one).succeeded());
    expect(one.state).toMatchObject({ phase: 'ended', outcome: 'closed' });
  });

  it('calls the person on call when it is overdue, once, and keeps listening', () => {
    const one = executing(supportTicket);
    const alarm = one.alarm;
    one.hear(alarmDue(alarm));
    expect(one.last[0]).toMatchObject({
      type: 'ExecutionOverdue',
      data: { state: 'escalated', calls: 'platform-oncall', since: now },
    });
    expect(one.hear(alarmDue(alarm))).toEqual({ ignored: 'the alarm is not open' });
    one.hear(answerOf(one).succeeded());
    expect(one.state).toMatchObject({ phase: 'ended', outcome: 'closed' });
  });

  it('calls the person on call when nobody finds out, once, and waits on (I26)', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).uncertain(), hoursLater(1));
    const { alarm } = one;
    expect(one.last.flatMap(({ opens }) => opens)).toMatchObject([
      { id: alarm, name: 'unresolved:write#1', dueAt: hoursLater(1.25) },
    ]);
    expect(typesOf(one.last)).toEqual(['UncertaintyRecorded', 'ResolutionAsked']);
    one.hear(alarmDue(alarm, hoursLater(1.25)), hoursLater(1.25));
    expect(one.last).toMatchObject([
      {
        type: 'ResolutionOverdue',
        data: {
          ...{ state: 'uncertain', step: 'write', visit: 1, calls: 'platform-oncall' },
          ...{ proposalId: (one.state as { proposalId: string }).proposalId, alarmId: alarm },
          ...{ requestId: one.request('RequestResolution'), since: hoursLater(1) },
        },
        opens: [],
        settles: [alarm],
      },
    ]);
    expect(one.last.flatMap(one.process.react)).toEqual([]);
    expect(one.hear(alarmDue(alarm))).toEqual({ ignored: 'the alarm is not open' });
    one.hear(answerOf(one).resolved('done'));
    one.hear(answerOf(one).succeeded());
    expect(one.state).toMatchObject({ phase: 'ended', outcome: 'closed' });
  });

  it('calls nobody for a finding that came in time', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).uncertain());
    const { alarm } = one;
    one.hear(answerOf(one).resolved('done'));
    expect(one.last[0]!.settles).toEqual([alarm]);
    expect(one.hear(alarmDue(alarm))).toEqual({ ignored: 'the alarm is not open' });
  });

  it('calls again when the executor does not settle what a person found out', () => {
    const one = executing(supportTicket);
    one.hear(answerOf(one).uncertain());
    one.hear(answerOf(one).resolved('done'), hoursLater(5));
    expect(one.last[0]!.opens).toMatchObject([{ dueAt: hoursLater(5.25) }]);
    one.hear(alarmDue(one.alarm));
    expect(one.last[0]).toMatchObject({ type: 'ExecutionOverdue', data: { state: 'uncertain' } });
  });
});

describe('a step that is entered too often', () => {
  it('gives way to people after five visits, and to a failed end when they are exhausted', () => {
    const one = awaitingApproval(supportTicket);
    for (let visit = 2; visit <= 5; visit += 1) {
      one.hear(answerOf(one).changesRequested());
      one.hear(answerOf(one).proposed());
    }
    one.hear(answerOf(one).changesRequested());
    expect(typesOf(one.last)).toEqual([
      'ChangesRequestRecorded',
      'VisitsExhausted',
      'AssistanceAsked',
    ]);
    expect(one.last[1]!.data).toMatchObject({ step: 'draft', visit: 5, state: 'escalated' });
    expect(one.sent('RequestAssistance')[0]!.data).toMatchObject({
      reason: 'visits exhausted: draft',
    });
    // The approval step itself has had its five visits: its sixth goes to the same people again.
    for (let visit = 2; visit <= 5; visit += 1) {
      one.hear(answerOf(one).assisted());
      expect(typesOf(one.last)).toEqual(['ProposalRecorded', 'VisitsExhausted', 'AssistanceAsked']);
    }
    one.hear(answerOf(one).assisted());
    expect(typesOf(one.last)).toEqual(['ProposalRecorded', 'VisitsExhausted', 'CaseEnded']);
    expect(one.last.at(-1)!.data).toMatchObject({
      step: 'failed',
      outcome: 'failed',
      reason: 'visits exhausted: approve',
    });
  });
});
