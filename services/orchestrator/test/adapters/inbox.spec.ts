import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { services, streams, topics, type Message } from '@countersign/contracts';
import { MessageContext, Unacceptable } from '@countersign/messaging';
import { CaseInbox } from '../../src/adapters/inbox.js';
import { speakerOf, type HeardInput } from '../../src/domain/inputs.js';
import { caseId, idOf, proposalFor, sha256Of } from '../domain/told.js';
import { startRunning, type RunningOrchestrator } from './running-orchestrator.js';

const types = Object.keys(speakerOf) as HeardInput['type'][];
const anyTopic = [
  ...services.flatMap((service) => [topics.answers(service), topics.commands(service)]),
  topics.outcomes,
];
const foreign = types.flatMap((type) =>
  anyTopic
    .filter((topic) => topic !== topics.answers(speakerOf[type]))
    .map((topic) => [type, topic] as const),
);

/** An inbox that has nothing behind it: whatever it lets through would fail otherwise. */
const emptyInbox = new CaseInbox(undefined as never);
const messageOf = (type: string): Message<never, never> =>
  ({ id: idOf(type), type, caseId, data: {} }) as unknown as Message<never, never>;
const contextOf = (topic: string) =>
  new MessageContext([
    { topic, key: caseId, value: '', headers: {}, partition: 0, offset: 1 },
    {} as never,
  ]);
const hear = (type: HeardInput['type'], topic: string) =>
  type === 'CaseReceived'
    ? emptyInbox.open(messageOf(type), contextOf(topic))
    : emptyInbox.hear(messageOf(type), contextOf(topic));

describe('what a case hears (I17)', () => {
  it.each(foreign)('is not %s by %s', async (type, topic) => {
    const heard = hear(type, topic);
    await expect(heard).rejects.toThrow(Unacceptable);
    await expect(heard).rejects.toMatchObject({
      code: 'wrong-speaker',
      message: `${type} came by ${topic}`,
    });
  });
});

describe('the running orchestrator', () => {
  let at: RunningOrchestrator;
  beforeAll(async () => {
    at = await startRunning();
    await at.openCase();
  });
  afterAll(() => at.stop());
  const types = async () => (await at.store.read(streams.case(caseId))).map(({ type }) => type);

  it('buries what the agent says in the name of people, and the case does not move (I1, I17)', async () => {
    const { id: answers } = await at.command('agent', 'RunAgentStep');
    const before = await types();
    await at.say('agent', 'ApprovalReleased', {
      ...{ answers, proposalId: idOf('p'), digest: sha256Of('d'), releaseRevision: 2 },
      by: { sub: 'ana', role: 'supervisor' },
    });
    const letter = await at.until(async () => (await at.deadLetters())[0]);
    expect(JSON.stringify(letter)).toContain('wrong-speaker');
    expect(await types()).toEqual(before);
  });

  it('buries an event that no workflow accepts, and says why', async () => {
    const { say, deadLetters, until, stop } = await startRunning();
    await say('intake', 'CaseReceived', {
      ...{ source: 'https://shop.example/tickets', sourceId: 't-1' },
      ...{ eventType: 'unheard.of.v1', input: {} },
    });
    const letter = await until(async () => (await deadLetters())[0]);
    expect(JSON.stringify(letter)).toContain('no workflow accepts unheard.of.v1');
    await stop();
  });

  it('hears an answer once, and not one to a request that was never made (I11)', async () => {
    const { stop, ...one } = await startRunning();
    await one.openCase();
    const { id: answers } = await one.command('agent', 'RunAgentStep');
    const result = { category: 'refund' };
    await one.say('agent', 'AgentStepDone', { answers: idOf('stranger'), result }, idOf('s'));
    for (let n = 0; n < 3; n += 1) {
      await one.say('agent', 'AgentStepDone', { answers, result }, idOf('done'));
    }
    await one.say('agent', 'AgentStepDone', { answers, result }, idOf('done again'));
    await one.say('agent', 'ProposalSubmitted', { answers, ...proposalFor(answers) }, idOf('p'));
    const asked = await one.until(async () => {
      const events = await one.store.read(streams.case(caseId));
      return events.length >= 5 ? events : undefined;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await one.store.read(streams.case(caseId))).toEqual(asked);
    expect(asked.map(({ type }) => type)).toEqual([
      'CaseOpened',
      'AgentStepAsked',
      'AgentStepRecorded',
      'CaseRouted',
      'AgentStepAsked',
    ]);
    await stop();
  });

  it('fires the deadline of a step, and hands the case to people (A2, I12)', async () => {
    const { stop, clock, ...one } = await startRunning();
    await one.openCase();
    clock.advance(2 * 60_000 - 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await one.store.read(streams.case(caseId))).toHaveLength(2);
    clock.advance(1);
    const asked = await one.command('approvals', 'RequestAssistance');
    expect(asked).toMatchObject({ caseId, correlationId: 'corr-1', subjects: ['customer:8812'] });
    const events = await one.store.read(streams.case(caseId));
    expect(events.map(({ type }) => type).slice(2)).toEqual(['StepTimedOut', 'AssistanceAsked']);
    expect(events[2]!.metadata).toMatchObject({ actor: { type: 'service', id: 'orchestrator' } });
    await stop();
  });
});
