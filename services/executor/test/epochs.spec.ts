import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { failpointsFrom } from '@countersign/failpoints';
import { httpToolCaller, type ToolCaller } from '@countersign/tools';
import type { ExecutorSettings } from '../src/settings.js';
import { allTools, eventually, openMachine, type Machine } from './machine.js';
import {
  approve,
  argumentsFor,
  executeMessage,
  resolveMessage,
  tools,
  type Approved,
  type ToolClass,
} from './papers.js';

const leaseMs = 60_000;
/** Long enough for an answer, short enough to wait for silence. */
const callTimeoutMs = 400;

let machine: Machine;
beforeEach(async () => {
  machine = await openMachine();
  await machine.signOff(...allTools);
});
afterEach(() => machine.close());

const startWith = (settings: Parameters<Machine['startExecutor']>[0] = {}) =>
  machine.startExecutor({ leaseMs, callTimeoutMs, ...settings });
const types = async (approved: Approved) =>
  (await machine.execution(approved.proposalId)).map(({ type }) => type);
const last = async (approved: Approved) =>
  (await machine.execution(approved.proposalId)).at(-1) ?? undefined;
const reached = (approved: Approved, type: string) =>
  eventually(async () => (await types(approved)).includes(type as never));
const calls = async () => (await machine.ledger()).filter(({ method }) => method === 'POST');
const effects = async () => (await calls()).filter(({ outcome }) => outcome === 'effect').length;
const outcomesLogged = () => machine.logged.filter(({ message }) => message === 'tool call').length;

const order = async (toolClass: ToolClass) => {
  const approved = await machine.release(approve(tools[toolClass]));
  await machine.send(executeMessage(approved.command));
  return approved;
};
/** Lets the running lease end, once the call of its epoch is known to be over. */
const endLease = async (approved: Approved, callsMade: number) => {
  await eventually(() => outcomesLogged() >= callsMade);
  machine.clock.advance(leaseMs);
  await eventually(async () => {
    const found = await last(approved);
    return found?.type !== 'ExecutionClaimed' || found.data.epoch > callsMade;
  });
};
/** Somebody else changes the order. */
const moveTarget = (etag = '"1"') =>
  machine.crm.request({
    method: 'POST',
    path: '/orders/A-20931/resolutions',
    headers: {
      authorization: 'Bearer w',
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      'if-match': etag,
    },
    body: JSON.stringify({ ...argumentsFor(tools.native, 'A-20931'), order: undefined }),
  });

const lostAnswers = ['effect-then-500', 'effect-then-reset', 'effect-then-silence'] as const;

describe('a native tool', () => {
  it.each(lostAnswers)(
    'repeats the identical call after %s: one effect (I3, I20)',
    async (mode) => {
      await startWith();
      await machine.fault(mode);
      const approved = await order('native');
      await endLease(approved, 1);
      await reached(approved, 'ExecutionSucceeded');
      const [first, second, ...more] = await calls();
      expect(more).toEqual([]);
      expect([first?.outcome, second?.outcome]).toEqual(['effect', 'repeat']);
      const identity = ({ path, key, ifMatch, body }: typeof first & object) => ({
        ...{ path, key, ifMatch, body },
      });
      expect(identity(second!)).toEqual(identity(first!));
      expect((await last(approved))?.data).toMatchObject({ epoch: 2, by: 'answer' });
    },
  );

  it('repeats it although the target has moved on: no refusal, no second draft', async () => {
    await startWith();
    await machine.fault('effect-then-500');
    const approved = await order('native');
    await eventually(() => outcomesLogged() === 1);
    await moveTarget('"2"');
    await endLease(approved, 1);
    await reached(approved, 'ExecutionSucceeded');
    expect((await calls()).map(({ outcome }) => outcome)).toEqual(['effect', 'effect', 'repeat']);
  });

  it('makes it again when the first was not done', async () => {
    await startWith();
    await machine.fault('error-before-effect');
    const approved = await order('native');
    await endLease(approved, 1);
    await reached(approved, 'ExecutionSucceeded');
    expect((await calls()).map(({ outcome }) => outcome)).toEqual(['refused', 'effect']);
  });

  it('is refused by a stale target in a later epoch: proof that nothing was done (I25)', async () => {
    await startWith();
    await machine.fault('error-before-effect');
    const approved = await order('native');
    await eventually(() => outcomesLogged() === 1);
    await moveTarget();
    await endLease(approved, 1);
    await reached(approved, 'ExecutionRefused');
    expect((await last(approved))?.data).toMatchObject({ reason: 'witness-changed', epoch: 2 });
    expect(await effects()).toBe(1); // the other one's
  });

  it('is uncertain after three epochs without an answer, and stays so (I20)', async () => {
    await startWith();
    await machine.fault('effect-then-500', 3);
    const approved = await order('native');
    await endLease(approved, 1);
    await endLease(approved, 2);
    await reached(approved, 'ExecutionUncertain');
    machine.clock.advance(24 * 60 * leaseMs);
    expect(await effects()).toBe(1);
    expect(await calls()).toHaveLength(3);
    expect((await last(approved))?.type).toBe('ExecutionUncertain');
    const answer = await eventually(async () => (await machine.answers())[0]);
    expect(answer).toMatchObject({ type: 'ExecutionUncertain' });
  });

  it('is uncertain after 15 minutes without an answer', async () => {
    await startWith();
    await machine.fault('effect-then-500');
    const approved = await order('native');
    await eventually(() => outcomesLogged() === 1);
    machine.clock.advance(15 * 60_000);
    await reached(approved, 'ExecutionUncertain');
    expect(await calls()).toHaveLength(1);
  });

  it.each([
    'executor.after_claim',
    'executor.before_call',
    'executor.after_call',
    'executor.before_result',
  ])('has one effect when its worker dies at %s (D9)', async (point) => {
    const died: string[] = [];
    const failpoints = failpointsFrom(`${point}=throw`, (name) => died.push(name));
    const first = await startWith({ failpoints });
    const approved = await order('native');
    await eventually(() => died.length > 0);
    await machine.stop(first);
    await startWith();
    machine.clock.advance(leaseMs);
    await reached(approved, 'ExecutionSucceeded');
    expect(await effects()).toBe(1);
    expect((await last(approved))?.data).toMatchObject({ epoch: 2 });
  });

  it('is not repeated when it may no longer write, and not called refused either', async () => {
    await startWith();
    await machine.fault('effect-then-500');
    const approved = await order('native');
    await eventually(() => outcomesLogged() === 1);
    await machine.setStage(tools.native, 'read-only');
    machine.clock.advance(leaseMs);
    await reached(approved, 'ExecutionUncertain');
    expect(await calls()).toHaveLength(1);
  });
});

describe('a readback tool', () => {
  it.each(lostAnswers)('is asked by key after %s, and not called again (I3, I20)', async (mode) => {
    await startWith();
    await machine.fault(mode);
    const approved = await order('readback');
    await endLease(approved, 1);
    await reached(approved, 'ExecutionSucceeded');
    expect(await calls()).toHaveLength(1);
    expect((await last(approved))?.data).toMatchObject({ epoch: 2, by: 'readback' });
  });

  it('is called again when its key was not found', async () => {
    await startWith();
    await machine.fault('error-before-effect');
    const approved = await order('readback');
    await endLease(approved, 1);
    await reached(approved, 'ExecutionSucceeded');
    expect((await calls()).map(({ outcome }) => outcome)).toEqual(['refused', 'effect']);
  });

  it('is refused when its key was not found and the target has moved on (I25)', async () => {
    await startWith();
    await machine.fault('error-before-effect');
    const approved = await order('readback');
    await eventually(() => outcomesLogged() === 1);
    await moveTarget();
    await endLease(approved, 1);
    await reached(approved, 'ExecutionRefused');
    expect((await last(approved))?.data).toMatchObject({ reason: 'witness-changed' });
    expect(await effects()).toBe(1);
  });

  it('is uncertain when the question gets no answer either', async () => {
    const settings = {
      targets: { crm: machine.crm.url },
      credentials: { 'crm-read': 'r', 'crm-write': 'w' },
    };
    const http = httpToolCaller(settings);
    let asked = 0;
    const toolCaller: ToolCaller = {
      ...http,
      call: async (request, options) => {
        if (!request.path.startsWith('/resolutions/')) return http.call(request, options);
        asked += 1;
        return { kind: 'unknown', cause: 'deadline' };
      },
    };
    await startWith({ toolCaller });
    await machine.fault('effect-then-500');
    const approved = await order('readback');
    await endLease(approved, 1);
    await eventually(() => asked === 1);
    machine.clock.advance(leaseMs);
    await reached(approved, 'ExecutionUncertain');
    expect(await calls()).toHaveLength(1);
    expect(asked).toBe(2);
  });
});

describe('a tool of class none', () => {
  it.each([...lostAnswers, 'error-before-effect', 'stall-before-effect'])(
    'is uncertain at once after %s, and never called again (I3, I20)',
    async (mode) => {
      await startWith();
      await machine.fault(mode);
      const approved = await order('none');
      await reached(approved, 'ExecutionUncertain');
      machine.clock.advance(leaseMs);
      machine.clock.advance(24 * 60 * leaseMs);
      // What stalls has not written its line yet.
      expect(await calls()).toHaveLength(mode === 'stall-before-effect' ? 0 : 1);
      expect(await types(approved)).toEqual([
        'ExecutionAccepted',
        'ExecutionClaimed',
        'ExecutionUncertain',
      ]);
    },
  );

  it.each(['executor.after_claim', 'executor.after_call'])(
    'is uncertain at the end of the lease when its worker died at %s',
    async (point) => {
      const died: string[] = [];
      const failpoints = failpointsFrom(`${point}=throw`, (name) => died.push(name));
      const first = await startWith({ failpoints });
      const approved = await order('none');
      await eventually(() => died.length > 0);
      await machine.stop(first);
      await startWith();
      machine.clock.advance(leaseMs);
      await reached(approved, 'ExecutionUncertain');
      expect((await calls()).length).toBeLessThanOrEqual(1);
    },
  );

  it.each([
    ['done', 'ExecutionSucceeded'],
    ['not-done', 'ExecutionFailed'],
  ] as const)('comes to its end when a second person finds it %s', async (outcome, heard) => {
    await startWith();
    await machine.fault('effect-then-500');
    const approved = await order('none');
    await reached(approved, 'ExecutionUncertain');
    await saidBy(approved, outcome, 'rob');
    await machine.send(resolveMessage(approved.command, outcome));
    await reached(approved, 'ExecutionResolved');
    const answers = await eventually(async () => {
      const all = await machine.answers();
      return all.length === 2 ? all : undefined;
    });
    expect(answers[1]).toMatchObject({ type: heard, data: { resolvedBy: 'rob' } });
    // A second word against the first one changes nothing, and calls for a person.
    await saidBy(approved, outcome === 'done' ? 'not-done' : 'done', 'kim');
    const against = outcome === 'done' ? 'not-done' : 'done';
    await machine.send(resolveMessage(approved.command, against, 'kim'));
    await reached(approved, 'ExecutionContradicted');
    expect(await machine.answers()).toHaveLength(2);
    expect(machine.logged).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'an execution ended twice, differently' }),
    );
  });
});

const saidBy = (approved: Approved, outcome: 'done' | 'not-done', by: string) =>
  machine.release(approved, [
    {
      type: 'OutcomeResolved',
      data: {
        ...{ requestId: randomUUID(), proposalId: approved.proposalId, outcome },
        by: { sub: by, role: 'l2' },
        evidence: 'seen in the CRM',
      },
    },
  ]);

describe.each(['native', 'readback', 'none'] as const)(
  'a %s tool whose target is away',
  (toolClass) => {
    const nowhere: Partial<ExecutorSettings> = { targets: { crm: 'http://127.0.0.1:1' } };

    it('is called when the target is back, since no call had left', async () => {
      const first = await startWith(nowhere);
      const approved = await order(toolClass);
      await reached(approved, 'ExecutionPostponed');
      await machine.stop(first);
      await startWith();
      machine.clock.advance(leaseMs);
      await reached(approved, 'ExecutionSucceeded');
      expect(await calls()).toHaveLength(1);
    });

    it('has failed when it stays away: proven not done', async () => {
      await startWith(nowhere);
      const approved = await order(toolClass);
      await reached(approved, 'ExecutionPostponed');
      machine.clock.advance(15 * 60_000);
      await reached(approved, 'ExecutionFailed');
      expect(await calls()).toEqual([]);
    });
  },
);
