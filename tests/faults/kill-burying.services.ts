import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topics } from '@countersign/contracts';
import { approvedCase } from './approved-case.js';
import { everythingIn, publishInto, type Everything } from './everything-kept.js';
import { openLane, type Ending, type Lane } from './killed-product.js';
import { outsideOf } from './people-and-upstream.js';
import { trafficIn, untilQuiet } from './traffic.js';
import { keptOf, withoutRepeats } from './what-is-kept.js';
import { findingsIn } from './what-must-hold.js';

const key = '4f7a9a36-4c0f-5b19-8a63-5d0c1c3b7a11';
const topic = topics.answers('intake');
const points = ['orchestrator.before_dead_letter', 'orchestrator.after_dead_letter'];

let lane: Lane;
let everything: Everything;
const endings: Ending[] = [];
beforeAll(async () => {
  lane = await openLane();
  const data = join(lane.folder, 'data');
  const endOf = async (failpoints: string) => {
    const running = lane.start(failpoints);
    await running.up;
    return running.ended;
  };
  const first = lane.start();
  await first.up;
  await first.stop();
  const garbage = { topic, key, value: '{"specversion":', headers: {} };
  await publishInto(data, [garbage, garbage]);
  for (const point of points) endings.push(await endOf(`${point}=kill`));
  const running = lane.start();
  const outside = outsideOf(running, (await running.up)!);
  const neighbour = { id: 'neighbour', order: 'A-6600' };
  await outside.submit(neighbour);
  await outside.actUntilTold([neighbour]);
  await untilQuiet(data);
  await running.stop();
  everything = await everythingIn(data);
}, 180_000);
afterAll(() => lane.close());

describe('I18 a process that is killed while it buries a message', () => {
  it.each(points)('at %s was killed there', (point) => {
    expect(endings[points.indexOf(point)]).toMatchObject({ signal: 'SIGKILL', fired: [point] });
  });

  it('fences the key once, and buries each of its messages, in order and under that fence', () => {
    const fenced = everything.events.filter(({ stream }) => stream === 'fence-orchestrator');
    expect(fenced.map(({ type }) => type)).toEqual(['KeyFenced']);
    const letters = everything.records
      .filter((record) => record.topic === topics.deadLetters('orchestrator'))
      .map(({ headers: { dead_code, dead_offset, dead_fence } }) =>
        [dead_code, dead_offset, dead_fence].join(' '),
      );
    const [fence] = fenced.map(({ id }) => id);
    // The first was published, and published again by the process after: that one counts once.
    expect(letters).toEqual([
      `unparsable 1 ${fence}`,
      `unparsable 1 ${fence}`,
      `behind 2 ${fence}`,
    ]);
  });

  it('lets the offset pass, and every other case go its way', () => {
    expect(trafficIn(join(lane.folder, 'data')).unread).toEqual([]);
    const { events, records } = everything;
    expect(withoutRepeats(keptOf(events, 'neighbour'), approvedCase)).toEqual(approvedCase);
    const ours = { events, records: records.filter((record) => record.key !== key) };
    expect(findingsIn(ours)).toEqual([]);
  });
});
