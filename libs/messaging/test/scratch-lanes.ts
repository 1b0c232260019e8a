import { afterEach } from '@jest/globals';
import { numberOf } from '../src/conformance/harness.js';
import { runInLanes, type Lanes, type LanesOptions } from '../src/lanes.js';
import type { OutgoingRecord, ReceivedRecord } from '../src/port.js';
import { scratchFolder } from './scratch-folder.js';
import { scratchWorld, until, type ScratchWorld } from './scratch-world.js';

export const topic = 'agent.commands.v1';
/** Number of a record that no test sends. */
const last = -1;

/** Worlds and lanes of the agent, closed after each test. */
export const scratchLanes = () => {
  const folder = scratchFolder();
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const run = async (
    world: ScratchWorld,
    handle: LanesOptions['handle'],
    more: Partial<LanesOptions> = {},
  ): Promise<Lanes> => {
    const options = { service: 'agent', topics: [topic], ...world, handle, ...more } as const;
    const lanes = await runInLanes(options);
    closing.push(() => lanes.close(100));
    return lanes;
  };
  return {
    openWorld: (at?: string) => {
      const world = scratchWorld(folder, at);
      closing.push(() => world.close());
      return world;
    },
    run,
    /** Everything that a new run of the same group is still given. */
    stillToCome: async (world: ScratchWorld): Promise<number[]> => {
      const seen: number[] = [];
      const again = await run(world, (r) => void seen.push(numberOf(r)));
      await world.bus.publish([record('behind all others', last)]);
      await until(() => seen.includes(last), 'the last one');
      await again.close();
      return seen.filter((n) => n !== last);
    },
  };
};

export const record = (
  key: string,
  n: number,
  more: Partial<OutgoingRecord> = {},
): OutgoingRecord => ({
  topic,
  key,
  value: String(n),
  headers: { ce_id: `id-${n}`, ce_type: 'countersign.Test.v1', traceparent: '00-ab-cd-01' },
  ...more,
});

/** Everything among the dead letters of the agent. */
export const letters = async (world: ScratchWorld): Promise<ReceivedRecord[]> => {
  const all: ReceivedRecord[] = [];
  for await (const found of world.bus.browse('agent.dead-letters.v1')) all.push(found);
  return all;
};

/** Handles everything but the numbers in `poison`, and remembers what it handled. */
export const handling =
  (poison: ReadonlySet<number>, done: number[]) => (r: Pick<ReceivedRecord, 'value'>) => {
    if (poison.has(numberOf(r))) throw new TypeError('cannot take "it"');
    done.push(numberOf(r));
  };
