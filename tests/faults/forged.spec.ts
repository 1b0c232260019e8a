import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams, topics, type Message } from '@countersign/contracts';
import { messageCodec } from '@countersign/messaging';
import { refund, startRunningProduct, type RunningProduct } from '../journeys/running-product.js';
import { everythingOf } from './everything-kept.js';
import { untilQuiet } from './traffic.js';
import { brokenChains, incompleteEnvelopes, timeRunningBackwards } from './what-must-hold.js';

const data = join(mkdtempSync(join(tmpdir(), 'countersign-forged-')), 'data');
let at: RunningProduct;
beforeAll(async () => {
  at = await startRunningProduct({ data });
});
afterAll(async () => {
  await at.stop();
  rmSync(join(data, '..'), { recursive: true, force: true });
});

type Speaker = Parameters<typeof messageCodec>[0];

/** Somebody who got hold of the bus itself and says what they like, in whose name they like. */
const forge = async (
  as: Speaker,
  topic: string,
  caseId: string,
  type: string,
  said: object,
): Promise<string> => {
  const message: Message = {
    id: randomUUID(),
    type,
    schemaVersion: 1,
    caseId,
    occurredAt: at.clock.now(),
    actor: { type: 'human', id: 'ana' },
    correlationId: caseId,
    causationId: randomUUID(),
    subjects: ['customer:0001'],
    source: { stream: streams.case(caseId), revision: 8, hash: '0'.repeat(64) },
    data: said,
  };
  const { sealer } = at.product.worlds.of(as);
  const record = await messageCodec(as, sealer).encode(topic, message);
  // Twice, since everything on the bus comes at least once.
  await at.product.worlds.bus.publish([record, record]);
  return message.id;
};

const orderTo = (caseId: string, ordered: object) =>
  forge('orchestrator', topics.commands('executor'), caseId, 'ExecuteAction', {
    step: 'write',
    visit: 1,
    ...ordered,
  });

/** Why the executor refused the message, once it has. */
const refusalOf = async (messageId: string): Promise<string[]> => {
  await untilQuiet(data);
  const events = await at.product.worlds.store.read(streams.refusals);
  return events
    .map((event) => event.data as { messageId: string; why: string })
    .filter((refused) => refused.messageId === messageId)
    .map(({ why }) => why);
};

const eventsOf = async (stream: string) =>
  (await at.product.worlds.store.read(stream)).map(({ type }) => type);

interface Proposed {
  readonly caseId: string;
  readonly proposalId: string;
  readonly digest: string;
  readonly etag: string;
  /** Of the approval that people are asked for. */
  readonly requestId: string;
}

const proposed = async (id: string, order: string): Promise<Proposed> => {
  const caseId = await at.open(id, refund(order));
  const { proposalId, etag } = await at.pending(caseId);
  const [asked] = await at.product.worlds.store.read(streams.approval(proposalId));
  const { requestId } = asked!.data as { requestId: string };
  return { caseId, proposalId, etag, digest: etag.slice(1, -1), requestId };
};

const released = async (id: string, order: string): Promise<Proposed> => {
  const about = await proposed(id, order);
  await at.decide('ana', about.proposalId, about.etag, { decision: 'approve' });
  await at.until(about.caseId, 'closed');
  return about;
};

/** `ApprovalRequested`, `ApprovalDecided`, then the release. */
const releaseRevision = 2;

describe('I1 C8 an order to execute that nobody stands behind', () => {
  it('is refused when the proposal was never approved, and spends nothing', async () => {
    const { caseId, proposalId, digest, etag } = await proposed('never-approved', 'A-8001');
    for (const [revision, why] of [
      [0, 'release-absent'],
      [releaseRevision, 'release-absent'],
    ] as const) {
      const id = await orderTo(caseId, { proposalId, digest, releaseRevision: revision });
      expect(await refusalOf(id)).toEqual([why]);
    }
    expect(await eventsOf(streams.execution(proposalId))).toEqual([]);
    expect(await at.effects('A-8001')).toEqual([]);
    // The true release still runs, once: a forged order cannot spend a proposal.
    await at.decide('ana', proposalId, etag, { decision: 'approve' });
    await at.until(caseId, 'closed');
    expect(await at.effects('A-8001')).toHaveLength(1);
  });

  it('is refused when people said no', async () => {
    const { caseId, proposalId, digest, etag } = await proposed('said-no', 'A-8002');
    const no = { decision: 'reject', reasonCode: 'policy-violation' };
    await at.decide('ana', proposalId, etag, no);
    await at.until(caseId, 'rejected');
    const id = await orderTo(caseId, { proposalId, digest, releaseRevision });
    expect(await refusalOf(id)).toEqual(['release-absent']);
    expect(await at.effects('A-8002')).toEqual([]);
  });

  it('is refused when it is about another digest, another case or no proposal at all', async () => {
    const { caseId, proposalId, digest } = await released('another', 'A-8003');
    const other = await proposed('the-other', 'A-8004');
    const refused = {
      'digest-differs': await orderTo(caseId, {
        ...{ proposalId, releaseRevision },
        digest: `${digest.slice(1)}${digest[0]}`,
      }),
      'case-differs': await orderTo(other.caseId, { proposalId, digest, releaseRevision }),
      'request-absent': await orderTo(caseId, {
        ...{ digest, releaseRevision },
        proposalId: randomUUID(),
      }),
    };
    for (const [why, id] of Object.entries(refused)) expect(await refusalOf(id)).toEqual([why]);
    expect(await at.effects('A-8003')).toHaveLength(1);
    expect(await at.effects('A-8004')).toEqual([]);
  });

  it('is refused when the proposal has been performed already', async () => {
    const { caseId, proposalId, digest } = await released('reused', 'A-8005');
    const before = await eventsOf(streams.execution(proposalId));
    const id = await orderTo(caseId, { proposalId, digest, releaseRevision });
    expect(await refusalOf(id)).toEqual(['proposal-spent']);
    expect(await eventsOf(streams.execution(proposalId))).toEqual(before);
    expect(await at.effects('A-8005')).toHaveLength(1);
  });

  it('is refused when it resolves what nobody was asked about', async () => {
    const { caseId, proposalId } = await proposed('resolved', 'A-8006');
    const command = { proposalId, outcome: 'done', by: 'ben' };
    const topic = topics.commands('executor');
    const id = await forge('orchestrator', topic, caseId, 'ResolveExecution', command);
    expect(await refusalOf(id)).toEqual(['resolution-absent']);
    expect((await at.case(caseId)).state).toBe('awaiting-approval');
  });

  it('leaves no effect even when the case was made to believe in the release', async () => {
    const { caseId, proposalId, digest, requestId } = await proposed('believed', 'A-8007');
    const { answers } = topics;
    await forge('approvals', answers('approvals'), caseId, 'ApprovalReleased', {
      ...{ answers: requestId, proposalId, digest, releaseRevision },
      by: { sub: 'ana', role: 'supervisor' },
    });
    await at.until(caseId, 'approved');
    await untilQuiet(data);
    const refusals = await at.product.worlds.store.read(streams.refusals);
    const ofCase = refusals.filter((event) => (event.data as { caseId: string }).caseId === caseId);
    expect(ofCase.map(({ data: { why } }: any) => why)).toEqual(['release-absent']);
    expect(await eventsOf(streams.execution(proposalId))).toEqual([]);
    expect(await at.effects('A-8007')).toEqual([]);
  });

  it('is buried when it cannot be read, and stops nobody', async () => {
    const topic = topics.commands('executor');
    const caseId = randomUUID();
    await at.product.worlds.bus.publish([
      { topic, key: caseId, value: '{"specversion":"1.0","id":', headers: { ce_id: caseId } },
    ]);
    await released('behind-garbage', 'A-8008');
    expect(await buried('executor', caseId)).toEqual(['unparsable']);
  });
});

/** Codes of the dead letters of a service for one case. */
const buried = async (service: Speaker, caseId: string): Promise<(string | undefined)[]> => {
  await untilQuiet(data);
  const { records } = await everythingOf(at.product.worlds);
  return records
    .filter(({ topic, key }) => topic === topics.deadLetters(service) && key === caseId)
    .map(({ headers }) => headers['dead_code']);
};

describe('I17 B1 an answer that comes by another service’s topic', () => {
  it('is nobody’s: the agent cannot release its own proposal', async () => {
    const about = await proposed('self-released', 'A-8101');
    const { caseId, proposalId, digest, requestId, etag } = about;
    const release = {
      ...{ answers: requestId, proposalId, digest, releaseRevision },
      by: { sub: 'ana', role: 'supervisor' },
    };
    await forge('agent', topics.answers('agent'), caseId, 'ApprovalReleased', release);
    // The second sending lies behind the first one's fence.
    expect(await buried('orchestrator', caseId)).toEqual(['wrong-speaker', 'behind']);
    expect((await at.case(caseId)).state).toBe('awaiting-approval');
    expect(await at.effects('A-8101')).toEqual([]);
    // What approvals itself says is still heard: the fence is on the agent's topic.
    await at.decide('ana', proposalId, etag, { decision: 'approve' });
    await at.until(caseId, 'closed');
    expect(await at.effects('A-8101')).toHaveLength(1);
  });

  it('moves nothing when the right service answers what it was not asked', async () => {
    const { caseId, requestId } = await proposed('unasked', 'A-8102');
    const before = await eventsOf(streams.case(caseId));
    const answer = { answers: requestId, result: { category: 'spam' } };
    await forge('agent', topics.answers('agent'), caseId, 'AgentStepDone', answer);
    const stranger = { ...answer, answers: randomUUID() };
    await forge('agent', topics.answers('agent'), caseId, 'AgentStepDone', stranger);
    await untilQuiet(data);
    expect(await eventsOf(streams.case(caseId))).toEqual(before);
    expect(await buried('orchestrator', caseId)).toEqual([]);
  });
});

describe('after all that was forged', () => {
  it('I7 I21 every event still says who, when and why, and chains hold', async () => {
    await untilQuiet(data);
    const everything = await everythingOf(at.product.worlds);
    expect(incompleteEnvelopes(everything)).toEqual([]);
    expect(timeRunningBackwards(everything)).toEqual([]);
    expect(brokenChains(everything)).toEqual([]);
  });
});
