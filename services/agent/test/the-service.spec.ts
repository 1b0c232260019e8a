import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answer } from '@countersign/scripted-model';
import { failpointsFrom } from '@countersign/failpoints';
import type { agentSays } from '@countersign/contracts';
import { proposalDigest, verifyProposal } from '@countersign/trust';
import { eventually, openMachine, stepMessage, type Machine } from './agent-machine.js';
import { ticket, trusted } from './shipped.js';

let machine: Machine;
beforeEach(async () => {
  machine = await openMachine();
});
afterEach(() => machine.close());

const typesOf = async (runId: string) => (await machine.history(runId)).map(({ type }) => type);
const ended = (runId: string) =>
  eventually(async () => {
    const last = (await machine.history(runId)).at(-1);
    return last && /Done|Submitted|Abstained/.test(last.type) ? last : undefined;
  });
const heard = (count = 1) =>
  eventually(async () => {
    const answers = await machine.answers();
    return answers.length >= count ? answers : undefined;
  });
const thrownAt = (point: string, hit = 1) => failpointsFrom(`${point}=throw@${hit}`, () => {});
const givenUp = () =>
  eventually(() => machine.logged.some(({ message }) => message === 'a run was given up'));

describe('the agent service', () => {
  it('classifies: two appends, one answer', async () => {
    await machine.startAgent();
    const asked = stepMessage({ profile: 'classifier' });
    await machine.send(asked);
    const [said] = await heard();
    expect(said).toMatchObject({
      type: 'AgentStepDone',
      caseId: asked.caseId,
      actor: { type: 'agent', id: 'classifier@1' },
      data: { answers: asked.id, result: { category: 'refund', order: 'A-20931' } },
    });
    expect(machine.outages.appends).toBe(2);
  });

  it('proposes: reads the order, signs, and changes nothing (I17)', async () => {
    await machine.startAgent();
    const asked = stepMessage({ results: { classify: { category: 'refund' } } });
    await machine.send(asked);
    const [said] = await heard();
    expect(said!.type).toBe('ProposalSubmitted');
    const { proposal, content } = said!.data as agentSays.ProposalSubmitted;
    expect(proposal).toMatchObject({ requestId: asked.id, caseId: asked.caseId });
    expect(content.witness).toMatchObject({ resource: '/orders/A-20931' });
    expect(verifyProposal(proposal, trusted)).toBe(true);
    const { proposalId, caseId, tool } = proposal;
    expect(proposal.digest).toBe(proposalDigest({ proposalId, caseId, tool, ...content }));
    expect(await machine.ledger()).toEqual([]);
    expect(machine.outages.appends).toBeLessThanOrEqual(5);
  });

  it('answers a request that comes twice once', async () => {
    await machine.startAgent();
    const asked = stepMessage({ profile: 'classifier' });
    await machine.send(asked, asked);
    await ended(asked.id);
    await machine.send(asked);
    await eventually(
      () => machine.logged.filter(({ message }) => message === 'ignored').length > 1,
    );
    expect(await machine.answers()).toHaveLength(1);
  });

  it('keeps no word of the customer or the model in clear (I22)', async () => {
    await machine.startAgent();
    const asked = stepMessage({
      input: { ...ticket, body: 'Refund A-20931. My secret: canary-7' },
    });
    await machine.send(asked);
    await ended(asked.id);
    const stored = await machine.store.read(`agent-run-${asked.id}`);
    expect(JSON.stringify(stored)).not.toMatch(/canary-7|Ada Novak|We pay|arguments":/);
    expect(JSON.stringify(machine.logged)).not.toMatch(/canary-7|Ada Novak/);
  });

  it('makes runs wait when no worker is free, and begins each when one is', async () => {
    let free = () => {};
    const held = new Promise<void>((resolve) => (free = resolve));
    let most = 0;
    let now = 0;
    await machine.startAgent({
      workers: 2,
      model: {
        id: 'scripted-1',
        answer: async (request) => {
          most = Math.max(most, (now += 1));
          await held;
          now -= 1;
          return answer(request as never);
        },
      },
    });
    const asked = Array.from({ length: 6 }, () => stepMessage({ profile: 'classifier' }));
    await machine.send(...asked);
    await eventually(async () => (await machine.history(asked[5]!.id)).length > 0);
    expect(await typesOf(asked[5]!.id)).toEqual(['AgentRunAccepted']);
    free();
    await heard(6);
    expect(most).toBe(2);
    expect(await typesOf(asked[5]!.id)).toEqual([
      ...['AgentRunAccepted', 'AgentRunClaimed', 'ModelCallStarted', 'AgentStepDone'],
    ]);
  });

  it.each([
    'agent.after_claim',
    'agent.after_model_call',
    'agent.after_tool_call',
    'agent.before_result',
  ])(
    'lost at %s is recovered by the alarm on its lease, not before, and says one thing (H5)',
    async (point) => {
      await machine.startAgent({ failpoints: thrownAt(point) });
      const asked = stepMessage();
      await machine.send(asked);
      await givenUp();
      const before = await typesOf(asked.id);
      await machine.send(asked);
      machine.clock.advance(59_999);
      expect(await typesOf(asked.id)).toEqual(before);
      machine.clock.advance(1);
      await ended(asked.id);
      const types = await typesOf(asked.id);
      expect(types.filter((type) => type === 'AgentRunClaimed')).toHaveLength(2);
      const [said, ...more] = await heard();
      expect(said!.type).toBe('ProposalSubmitted');
      expect(more).toEqual([]);
    },
  );

  it('goes on from the recorded answers after a restart on other views', async () => {
    const lost = await machine.startAgent({ failpoints: thrownAt('agent.after_model_call', 2) });
    const asked = stepMessage();
    await machine.send(asked);
    await givenUp();
    await machine.stop(lost);
    let again = 0;
    await machine.startAgent({
      views: 'other',
      model: {
        id: 'scripted-1',
        answer: (request) => {
          again += 1;
          return answer(request as never);
        },
      },
    });
    machine.clock.advance(60_000);
    const end = await ended(asked.id);
    expect(end.type).toBe('ProposalSubmitted');
    // The look-up and the answer that asked for it stand in the stream: only the last call is repeated.
    expect(again).toBe(1);
  });

  it('taken over by two replicas at once still says one thing', async () => {
    await machine.startAgent({ failpoints: thrownAt('agent.after_model_call') });
    await machine.startAgent({ views: 'other' });
    const asked = stepMessage();
    await machine.send(asked);
    let looks = 0;
    const end = await eventually(async () => {
      looks += 1;
      // One lease at a time, so that the step's own deadline stays far away on a busy machine.
      if (looks % 100 === 0) machine.clock.advance(60_000);
      return (await machine.history(asked.id)).find(({ type }) => type === 'ProposalSubmitted');
    });
    expect(end.type).toBe('ProposalSubmitted');
    const types = await typesOf(asked.id);
    expect(types.filter((type) => type === 'ProposalSubmitted')).toHaveLength(1);
    // Both relays may have sent it: the same message, by its id.
    expect(new Set((await heard()).map(({ id }) => id)).size).toBe(1);
  });

  it('records an answer as soon as the store is back', async () => {
    const asked = stepMessage({ profile: 'classifier' });
    await machine.startAgent({
      model: {
        id: 'scripted-1',
        answer: (request) => {
          machine.outages.store = true;
          setTimeout(() => (machine.outages.store = false), 120);
          return answer(request as never);
        },
      },
    });
    await machine.send(asked);
    expect((await ended(asked.id)).type).toBe('AgentStepDone');
    expect(machine.logged.map(({ message }) => message)).toContain('an answer is not recorded yet');
  });

  it('parks a request for a profile that is not kept, and takes the next one', async () => {
    await machine.startAgent();
    const unknown = { name: 'ticket-drafter', version: 1, digest: 'f'.repeat(64) };
    const bad = stepMessage({ profile: unknown });
    const good = stepMessage({ profile: 'classifier' });
    await machine.send(bad, good);
    await ended(good.id);
    await eventually(async () => (await machine.deadLetters()) === 1);
    expect(await machine.history(bad.id)).toEqual([]);
  });

  it('shows the trace of a run to those who may see it (B3)', async () => {
    const { url } = await machine.startAgent();
    const asked = stepMessage();
    await machine.send(asked);
    await ended(asked.id);
    const get = (role: string, runId = asked.id) =>
      fetch(`${url}/v1/runs/${runId}`, { headers: { authorization: `Bearer ${role}` } });
    const shown = await get('sre');
    expect(shown.status).toBe(200);
    const trace = (await shown.json()) as { entries: Record<string, unknown>[] };
    expect(trace).toMatchObject({
      ...{ runId: asked.id, caseId: asked.caseId, state: 'proposed', profile: 'ticket-drafter@1' },
    });
    expect(trace.entries.map(({ type }) => type)).toEqual(await typesOf(asked.id));
    const tool = trace.entries.find(({ type }) => type === 'ToolCallStarted');
    expect(tool).toMatchObject({
      tool: 'crm.get-order@1',
      arguments: { order: 'A-20931' },
      outcome: { status: 200 },
      tookMs: expect.any(Number),
    });
    expect(JSON.stringify(trace)).not.toMatch(/Ada Novak|lamp came broken/);
    expect((await get('upstream')).status).toBe(403);
    expect((await get('none')).status).toBe(401);
    expect((await get('sre', stepMessage().id)).status).toBe(404);
  });

  it('stops within its grace, and leaves a call that hangs to the lease', async () => {
    const service = await machine.startAgent({
      model: { id: 'scripted-1', answer: () => new Promise(() => undefined) },
    });
    const asked = stepMessage({ profile: 'classifier' });
    await machine.send(asked);
    await eventually(async () => (await typesOf(asked.id)).includes('ModelCallStarted'));
    await machine.stop(service);
    expect(await typesOf(asked.id)).not.toContain('AgentAbstained');
    await machine.startAgent();
    machine.clock.advance(60_000);
    expect((await ended(asked.id)).type).toBe('AgentStepDone');
  });
});
