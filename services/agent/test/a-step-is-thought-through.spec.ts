import { describe, expect, it } from '@jest/globals';
import { proposalIdOf, topics } from '@countersign/contracts';
import { proposalDigest, verifyProposal } from '@countersign/trust';
import { fold } from '@countersign/decider';
import type { FactOf } from '../src/domain/facts.js';
import { runFold } from '../src/domain/run.js';
import {
  aRun,
  asked,
  asks,
  at,
  callOf,
  caseId,
  chance,
  getOrder,
  orderRead,
  runId,
  says,
  start,
} from './a-run.js';
import { profileNamed, refundArguments, rulesFor, toolNamed, trusted } from './shipped.js';

const classifier = rulesFor(profileNamed('classifier'));
const drafter = rulesFor(profileNamed('ticket-drafter'));
const classified = { category: 'refund', language: 'en', urgency: 'normal' };
const proposed = asks(callOf('crm_resolve-ticket', refundArguments));

describe('a request', () => {
  it('is accepted, claimed and begun in one append when a worker is free', () => {
    const run = aRun(classifier);
    run.tell(asked(classifier));
    expect(run.types()).toEqual(['AgentRunAccepted', 'AgentRunClaimed', 'ModelCallStarted']);
    const [accepted, claimed, call] = run.events;
    expect(accepted!.data).toMatchObject({ runId, caseId, waits: false, deadline: at(300) });
    expect(claimed!.data).toEqual({ epoch: 1, worker: 'w-1', leaseUntil: at(60) });
    expect(claimed!.opens).toEqual([expect.objectContaining({ name: 'lease#1', dueAt: at(60) })]);
    expect(call!.data).toMatchObject({ epoch: 1, call: 1, attempt: 1, model: 'a-model' });
  });

  it('waits for a worker when none is free, and is begun by the first one', () => {
    const run = aRun(classifier);
    run.tell(asked(classifier, { worker: null }));
    expect(run.types()).toEqual(['AgentRunAccepted']);
    expect(run.events[0]!.data).toMatchObject({ waits: true });
    run.tell({ type: 'WorkerFree', worker: 'w-2', chance });
    expect(run.types().slice(1)).toEqual(['AgentRunClaimed', 'ModelCallStarted']);
    expect(run.tell({ type: 'WorkerFree', worker: 'w-3', chance })).toHaveProperty('ignored');
  });

  it('that comes twice moves nothing (I11)', () => {
    const run = aRun(classifier);
    run.tell(asked(classifier));
    expect(run.tell(asked(classifier, { worker: 'w-2' }))).toHaveProperty('ignored');
    run.answer(says({ text: JSON.stringify(classified) }));
    expect(run.tell(asked(classifier))).toHaveProperty('ignored');
  });

  it('names model, prompt and tools in every call of the model (LLM03)', () => {
    const run = aRun(drafter);
    run.tell(asked(drafter));
    expect(run.last().data).toMatchObject({
      model: 'a-model',
      promptSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      toolset: [
        'crm.get-order@1',
        'crm.get-customer@1',
        'crm.resolve-ticket@1',
        'crm.legacy-replacement@1',
      ],
    });
  });
});

describe('a step that only thinks', () => {
  it('is done by an answer of the form that was asked for, and the orchestrator hears it', () => {
    const run = aRun(classifier);
    run.tell(asked(classifier));
    run.answer(says({ text: JSON.stringify(classified) }));
    expect(run.types().at(-1)).toBe('AgentStepDone');
    expect(run.effects()).toEqual([
      {
        name: 'AgentStepDone',
        topic: topics.answers('agent'),
        type: 'AgentStepDone',
        data: { answers: runId, result: classified },
      },
    ]);
  });

  it('settles the lease when it ends', () => {
    const run = aRun(classifier);
    run.tell(asked(classifier));
    const lease = run.events[1]!.opens[0]!.id;
    run.answer(says({ text: JSON.stringify(classified) }));
    expect(run.last().settles).toEqual([lease]);
  });
});

describe('a step that proposes', () => {
  const propose = () => {
    const run = aRun(drafter);
    run.tell(asked(drafter));
    run.answer(asks(getOrder()));
    run.answer(orderRead);
    run.answer({ ...proposed, text: 'The order supports it.' });
    return run;
  };

  it('reads with one append a call, each before its call and with the answer before it', () => {
    const run = propose();
    expect(run.types()).toEqual([
      ...['AgentRunAccepted', 'AgentRunClaimed', 'ModelCallStarted'],
      ...['ToolCallStarted', 'ModelCallStarted', 'ProposalSubmitted'],
    ]);
    const carried = run.events.map(({ data }) => ('answered' in data ? data.answered?.call : null));
    expect(carried).toEqual([null, null, null, 1, 2, 3]);
  });

  it('takes the call of a writing tool for the proposal, signed and never made', () => {
    const { data } = propose().last() as { data: FactOf<'ProposalSubmitted'>['data'] };
    const { proposal, content } = data;
    const { tool } = proposal;
    expect(tool).toEqual(toolNamed('crm.resolve-ticket@1').reference);
    expect(content.arguments).toEqual(refundArguments);
    expect(proposal.proposalId).toBe(proposalIdOf(runId));
    expect(proposal).toMatchObject({
      ...{ caseId, requestId: runId, createdAt: start, flags: [] },
      author: { type: 'agent', id: 'ticket-drafter@1' },
    });
    const { proposalId } = proposal;
    expect(proposal.digest).toBe(proposalDigest({ proposalId, caseId, tool, ...content }));
    expect(verifyProposal(proposal, trusted)).toBe(true);
  });

  it('takes what the model saw of the target for the witness, and salts it', () => {
    const { content } = (propose().last() as { data: FactOf<'ProposalSubmitted'>['data'] }).data;
    expect(content.witness).toEqual({ resource: '/orders/A-20931', etag: '"3"' });
    expect(content.target).toMatchObject({ id: 'A-20931', refundedCents: 0 });
    expect(content.salt).toBe(chance.slice(0, 32));
    expect(content.rationale).toBe('The order supports it.');
  });

  it('names what it rests on: the ticket and every read', () => {
    const { proposal } = (propose().last() as { data: FactOf<'ProposalSubmitted'>['data'] }).data;
    expect(proposal.evidence.map(({ kind, ref }) => [kind, ref])).toEqual([
      ['intake', `intake-${caseId}`],
      ['tool', 'crm.get-order@1#2'],
    ]);
  });

  it('looks at the target itself when the model did not', () => {
    const run = aRun(drafter);
    run.tell(asked(drafter));
    run.answer(proposed);
    expect(run.last()).toMatchObject({ type: 'ToolCallStarted', data: { purpose: 'witness' } });
    run.answer(orderRead);
    expect(run.types().at(-1)).toBe('ProposalSubmitted');
  });

  it.each([
    [404, 'not-found'],
    [403, 'missing-information'],
    [200, 'missing-information'],
  ])('abstains when the target answers %d without a version', (status, reason) => {
    const run = aRun(drafter);
    run.tell(asked(drafter));
    run.answer(proposed);
    run.answer({ kind: 'tool-answer', status, body: '{}' });
    expect(run.last()).toMatchObject({ type: 'AgentAbstained', data: { reason } });
  });

  it('carries the proposal that it replaces, and says that it was made after feedback', () => {
    const supersedes = '33333333-3333-5333-8333-333333333333';
    const run = aRun(drafter);
    const feedback = { kind: 'changes-requested', proposalId: supersedes, reason: 'wrong-amount' };
    run.tell(
      asked(drafter, {
        supersedes,
        context: { input: { customer: { id: '0931' }, body: 'A-20931' }, results: {}, feedback },
      }),
    );
    run.answer(proposed);
    run.answer(orderRead);
    const { proposal } = (run.last() as { data: FactOf<'ProposalSubmitted'>['data'] }).data;
    expect(proposal.supersedes).toBe(supersedes);
    expect(proposal.flags).toEqual(['made-after-feedback']);
    expect(proposal.evidence).toContainEqual(expect.objectContaining({ kind: 'person' }));
  });
});

describe('replay (A9)', () => {
  it('comes to the same state from the stream alone, whatever a model would say now', () => {
    const run = aRun(drafter);
    run.tell(asked(drafter));
    run.answer(asks(getOrder()));
    expect(fold(runFold, run.events)).toEqual(run.state);
    run.answer(orderRead);
    expect(fold(runFold, run.events)).toEqual(run.state);
  });
});
