import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { failpointsFrom, noFailpoints, type Failpoints } from '@countersign/failpoints';
import { journalOf, workers } from '@countersign/hosting';
import { httpToolCaller, storedTools } from '@countersign/tools';
import { refuseCommands } from '../src/adapters/refuse-command.js';
import { fireLease } from '../src/adapters/lease-alarms.js';
import { takeExecuteAction, type Taking } from '../src/adapters/take-commands.js';
import { shippedLimits } from '../src/domain/decide.js';
import { execution } from '../src/domain/execution.js';
import { allTools, eventually, openMachine, type Machine } from './machine.js';
import { approve, executeMessage, tools, trustedKeys, type Approved } from './papers.js';

const leaseMs = 60_000;
let machine: Machine;
beforeEach(async () => {
  machine = await openMachine();
  await machine.signOff(...allTools);
});
afterEach(() => machine.close());

const types = async ({ proposalId }: Approved) =>
  (await machine.execution(proposalId)).map(({ type }) => type);
const ended = (approved: Approved) =>
  eventually(async () => (await types(approved)).includes('ExecutionSucceeded'));

/** The parts of one executor, without its doors. */
const executorParts = (instance: string, failpoints: Failpoints = noFailpoints): Taking => {
  const world = machine.worldOf('executor', { failpoints });
  const journal = journalOf('executor', world);
  const hired = workers({ count: 32, instance, failed: () => undefined });
  const targets = { crm: machine.crm.url };
  const credentials = { 'crm-read': 'r', 'crm-write': 'w' };
  return {
    workers: hired,
    refuse: refuseCommands(journal),
    performing: {
      journal,
      leaseMs,
      decider: execution({ ...shippedLimits, leaseMs }),
      keys: trustedKeys,
      tools: storedTools(world.store),
      caller: httpToolCaller({ targets, credentials }),
      callTimeoutMs: 5_000,
      closing: hired.closing,
    },
  };
};

describe('a released proposal', () => {
  it('has one effect for 1 000 concurrent duplicates and a crash between write and record (D9)', async () => {
    const died: string[] = [];
    const failpoints = failpointsFrom('executor.after_call=throw', (point) => died.push(point));
    const first = executorParts('first', failpoints);
    const approved = await machine.release(approve(tools.native));
    const message = executeMessage(approved.command);
    await Promise.all(Array.from({ length: 1_000 }, () => takeExecuteAction(first, message)));
    await eventually(() => died.length > 0);
    await first.workers.close();
    expect((await types(approved)).slice(0, 1)).toEqual(['ExecutionAccepted']);
    expect(await machine.ledger()).toHaveLength(1);

    await machine.startExecutor();
    await machine.send(...Array.from({ length: 1_000 }, () => message));
    machine.clock.advance(leaseMs);
    await ended(approved);
    const ledger = await machine.ledger();
    expect(ledger.map(({ outcome }) => outcome)).toEqual(['effect', 'repeat']);
    expect(await types(approved)).toEqual([
      'ExecutionAccepted',
      'ExecutionClaimed',
      'ExecutionClaimed',
      'ExecutionSucceeded',
    ]);
    await eventually(async () => (await machine.answers()).length === 1);
    expect(await machine.refusals()).toEqual([]);
  });

  it('is called once when many executors take the same command (I3)', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => executorParts(name));
    for (let round = 0; round < 10; round += 1) {
      const approved = await machine.release(approve(tools.none, { order: `A-2093${round}` }));
      const message = executeMessage(approved.command);
      await Promise.all(all.map((parts) => takeExecuteAction(parts, message)));
      await ended(approved);
      await Promise.all(all.map(({ workers: hired }) => eventually(() => hired.hire())));
    }
    expect(await machine.ledger()).toHaveLength(10);
  });

  it('is claimed once when many executors see its lease run out (I3)', async () => {
    const dying = executorParts(
      'dying',
      failpointsFrom('executor.before_call=throw', () => {}),
    );
    const approved = await machine.release(approve(tools.native));
    await takeExecuteAction(dying, executeMessage(approved.command));
    await dying.workers.close();
    const [, claim] = await machine.execution(approved.proposalId);
    const [alarm] = claim!.opens;
    machine.clock.advance(leaseMs);
    const all = ['a', 'b', 'c', 'd'].map((name) => executorParts(name));
    await Promise.all(
      all.map(({ performing, workers: hired }) =>
        fireLease(performing, hired, {
          ...alarm!,
          stream: `execution-${approved.proposalId}`,
          caseId: approved.caseId,
          correlationId: approved.caseId,
          subjects: [],
        }),
      ),
    );
    await ended(approved);
    expect(await machine.ledger()).toHaveLength(1);
    const claims = (await types(approved)).filter((type) => type === 'ExecutionClaimed');
    expect(claims).toHaveLength(2);
  });

  it('is never recovered by its redelivery, only by its lease (rule 8)', async () => {
    const dying = executorParts(
      'dying',
      failpointsFrom('executor.after_claim=throw', () => {}),
    );
    const approved = await machine.release(approve(tools.native));
    const message = executeMessage(approved.command);
    await takeExecuteAction(dying, message);
    await dying.workers.close();
    await machine.startExecutor();
    await machine.send(message, message);
    const next = await machine.release(approve(tools.native, { order: 'A-20932' }));
    await machine.send(executeMessage(next.command));
    await ended(next);
    expect(await types(approved)).toEqual(['ExecutionAccepted', 'ExecutionClaimed']);
    expect(await machine.ledger()).toHaveLength(1);
  });
});

describe('more released proposals than workers', () => {
  const orders = Array.from({ length: 40 }, (_, n) => `A-3${String(n).padStart(4, '0')}`);
  const releaseAll = async () => {
    const all: Approved[] = [];
    for (const order of orders) all.push(await machine.release(approve(tools.native, { order })));
    await machine.send(...all.map(({ command }) => executeMessage(command)));
    return all;
  };

  it('are performed once each, as workers become free', async () => {
    await machine.startExecutor({ workers: 2 });
    const all = await releaseAll();
    for (const approved of all) await ended(approved);
    const ledger = await machine.ledger();
    expect(ledger.map(({ outcome }) => outcome)).toEqual(orders.map(() => 'effect'));
    const waited = await Promise.all(all.map(types));
    expect(waited.every((found) => found.length === 3)).toBe(true);
  });

  it('are performed after a restart, whoever had accepted them, and with a new view', async () => {
    await machine.fault('slow', 1, 1_000);
    const first = await machine.startExecutor({ workers: 1 });
    const all = await releaseAll();
    await eventually(async () => {
      const found = await Promise.all(all.map(types));
      return found.every((facts) => facts[0] === 'ExecutionAccepted');
    });
    await machine.stop(first);
    await machine.startExecutor({ views: 'a new one' });
    for (const approved of all) await ended(approved);
    expect(await machine.ledger()).toHaveLength(orders.length);
  });
});
