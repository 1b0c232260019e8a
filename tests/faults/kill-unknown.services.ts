import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everythingIn, type Everything } from './everything-kept.js';
import { effectsOf } from './kill-run.js';
import { openLane, type Ending, type Lane } from './killed-product.js';
import { outsideOf, type Outside } from './people-and-upstream.js';
import { approved, type Ask, type Scenario } from './scenarios.js';
import { untilQuiet } from './traffic.js';
import { keptOf } from './what-is-kept.js';
import { findingsIn } from './what-must-hold.js';

/** The agent then proposes a tool whose target takes every call for a new one. */
const scenario: Scenario = {
  ...approved,
  wish: (order) => `You sent me the wrong item in order ${order}. Please send me the right one.`,
};
const tickets = [
  { id: 'executor.before_call', order: 'A-6701', done: false },
  { id: 'executor.after_call', order: 'A-6702', done: true },
];

let lane: Lane;
let everything: Everything;
let effects: ReadonlyMap<string, number>;
const endings = new Map<string, Ending>();

const uncertain = (count: number) => async (ask: Ask, frontDoor: string) => {
  const url = `${frontDoor}/v1/cases?state=uncertain&limit=10`;
  return (await ask<{ total: number }>('ana', 'GET', url)).total >= count;
};

beforeAll(async () => {
  lane = await openLane();
  const data = join(lane.folder, 'data');
  const armed = join(lane.folder, 'armed');
  const start = async (
    failpoints: string,
    unknown: number,
    use: (outside: Outside, frontDoor: string) => Promise<unknown>,
  ): Promise<Ending> => {
    rmSync(armed, { force: true });
    const running = lane.start(failpoints);
    const addresses = (await running.up)!;
    const outside = outsideOf(running, addresses, scenario);
    const isSo = uncertain(unknown);
    await outside.actUntil('nobody knows', (ask) => isSo(ask, addresses.frontDoor));
    await use(outside, addresses.frontDoor);
    return running.hasEnded ? running.ended : running.stop();
  };
  for (const [n, { id, order }] of tickets.entries()) {
    const ending = await start(`${id}=kill when ${armed}`, n, async (outside) => {
      writeFileSync(armed, '');
      await outside.submit({ id, order });
      await outside.actUntil('being killed', () => Promise.resolve(false));
    });
    endings.set(id, ending);
  }
  await start('', tickets.length, async (outside, frontDoor) => {
    effects = await effectsOf(lane, tickets);
    for (const { id, done } of tickets)
      await outside.actUntil('found out', resolve(frontDoor, id, done));
    await outside.actUntilTold(tickets);
    await untilQuiet(data);
  });
  everything = await everythingIn(data);
}, 180_000);
afterAll(() => lane.close());

/** Ben looks at the ledger and says what he found. */
const resolve = (frontDoor: string, id: string, done: boolean) => async (ask: Ask) => {
  const cases = `${frontDoor}/v1/cases?limit=10`;
  const { items } = await ask<{ items: { caseId: string; sourceId: string }[] }>(
    'ben',
    'GET',
    cases,
  );
  const { caseId } = items.find(({ sourceId }) => sourceId === id)!;
  const url = `${frontDoor}/v1/cases/${caseId}`;
  const { proposals } = await ask<{ proposals: string[] }>('ben', 'GET', url);
  const resolution = `${frontDoor}/v1/approvals/${proposals[0]}/resolution`;
  const said = { outcome: done ? 'done' : 'not-done', evidence: 'I looked at the ledger.' };
  await ask('ben', 'PUT', resolution, said);
  return true;
};

describe('I20 a process that is killed around a call that the target would repeat', () => {
  it.each(tickets)('at $id was killed there', ({ id }) => {
    expect(endings.get(id)).toMatchObject({ signal: 'SIGKILL', fired: [id] });
  });

  it.each(tickets)('at $id does not call again: nobody knows, and a person finds out', (ticket) => {
    const {
      executions,
      case: [steps],
    } = keptOf(everything.events, ticket.id);
    expect(executions).toEqual([
      [
        'ExecutionAccepted write 1 service:executor',
        'ExecutionClaimed service:executor',
        'ExecutionUncertain service:executor',
        `ExecutionResolved ${ticket.done ? 'done' : 'not-done'} service:executor`,
      ],
    ]);
    expect(steps!.at(-1)).toContain(ticket.done ? 'CaseEnded closed' : 'CaseEnded failed');
  });

  it('I3 leaves one effect where the call had left, none where it had not', () => {
    expect([...effects]).toEqual(tickets.map(({ id, done }) => [id, done ? 1 : 0]));
    expect(findingsIn(everything)).toEqual([]);
  });
});
