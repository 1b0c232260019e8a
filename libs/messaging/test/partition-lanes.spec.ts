import { describe, expect, it } from '@jest/globals';
import { silentLog } from '@countersign/telemetry';
import fc from 'fast-check';
import { partitionLanes } from '../src/partition-lanes.js';
import { StoreUnavailable } from '@countersign/event-store';
import type { Assignment, ReceivedRecord } from '../src/port.js';

interface Planned {
  readonly key: string;
  /** How often infrastructure fails before it is taken. */
  readonly outages: number;
  /** Offsets are not dense. */
  readonly gap: number;
}
const planned: fc.Arbitrary<Planned> = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  outages: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
  gap: fc.integer({ min: 1, max: 3 }),
});

const recordsOf = (plan: readonly Planned[]): ReceivedRecord[] => {
  let offset = 0;
  return plan.map(({ key, gap }) => {
    offset += gap;
    return { topic: 't', partition: 0, offset, key, value: '', headers: {} };
  });
};

/** Runs a plan under a scheduler that decides when each handler, pause and commit ends. */
const execute = async (plan: readonly Planned[], batchSize: number, s: fc.Scheduler) => {
  const records = recordsOf(plan);
  const left = new Map(records.map(({ offset }, n) => [offset, plan[n]!.outages]));
  const done = new Set<number>();
  const order: number[] = [];
  const running = new Set<string>();
  const commits: number[] = [];
  // Not thrown where it happens: the lanes would take it for an outage and try again.
  const broken: string[] = [];

  const isPrefix = (offset: number) =>
    records.every((record) => record.offset > offset || done.has(record.offset));
  const assignment: Assignment = {
    topic: 't',
    partition: 0,
    revoked: false,
    commit: async (offset) => {
      if (!isPrefix(offset)) broken.push(`${offset} committed before all below it`);
      if (offset <= (commits.at(-1) ?? 0)) broken.push(`${offset} committed after a later one`);
      await s.schedule(Promise.resolve(), `commit ${offset}`);
      commits.push(offset);
    },
    pause: () => undefined,
    resume: () => undefined,
  };
  const lanes = partitionLanes({
    assignment,
    limits: { keysInFlightMax: 3, takenMax: 8, takenMaxBytes: 400 },
    log: silentLog,
    beforeCommit: () => undefined,
    waits: {
      after: (_ms, run) => {
        let calledOff = false;
        void s.schedule(Promise.resolve(), 'wait').then(() => calledOff || run());
        return () => void (calledOff = true);
      },
      random: () => 0.5,
    },
    take: async ({ record, key }) => {
      if (running.has(key)) broken.push(`${key} taken twice at once`);
      running.add(key);
      if (running.size > 3) broken.push('more keys at once than allowed');
      await s.schedule(Promise.resolve(), `take ${record.offset}`);
      running.delete(key);
      const outages = left.get(record.offset)!;
      left.set(record.offset, outages - 1);
      if (outages > 0) throw new StoreUnavailable('away');
      done.add(record.offset);
      order.push(record.offset);
    },
  });
  const delivering = (async () => {
    for (let n = 0; n < records.length; n += batchSize) {
      await lanes.deliver(records.slice(n, n + batchSize));
    }
  })();
  await s.waitFor(delivering);
  await s.waitFor(
    (async () => {
      while (done.size < records.length) await s.schedule(Promise.resolve(), 'watch');
      await lanes.stop(0);
      await lanes.commit();
    })(),
  );
  return { records, order, commits, broken };
};

describe('the lanes of a partition, whatever the order in which handlers end,', () => {
  it('commit only contiguous prefixes, in the end everything, and keep the order of each key', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(planned, { minLength: 1, maxLength: 24 }),
        fc.integer({ min: 1, max: 5 }),
        fc.scheduler(),
        async (plan, batchSize, scheduler) => {
          const { records, order, commits, broken } = await execute(plan, batchSize, scheduler);
          expect(broken).toEqual([]);
          expect(commits.at(-1)).toBe(records.at(-1)!.offset);
          for (const key of new Set(plan.map((one) => one.key))) {
            const offsets = records.filter((record) => record.key === key).map((r) => r.offset);
            expect(order.filter((offset) => offsets.includes(offset))).toEqual(offsets);
          }
        },
      ),
      { numRuns: 300 },
    ));
});
