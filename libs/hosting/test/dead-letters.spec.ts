import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { deadLetterDesk, refusedLetters } from '@countersign/messaging';
import { deadLetterDoor } from '../src/dead-letters.js';
import { openHostedWorld } from './hosted-world.js';

let hosted: Awaited<ReturnType<typeof openHostedWorld>>;
beforeEach(async () => {
  hosted = await openHostedWorld();
});
afterEach(() => hosted.close());

const letter = (n: number) => ({
  ...{ topic: 'intake.dead-letters.v1', key: 'crm', value: String(n) },
  headers: {
    ...{ dead_topic: 'intake.crm.v1', dead_partition: '0', dead_offset: String(n) },
    ...{ dead_record_key: '', dead_key: 'crm', dead_fence: '', dead_id: '', dead_type: '' },
    ...{ dead_behind: 'false', dead_code: 'unknown-type', dead_cause: 'must be one of …' },
    ...{ dead_first_failed_at: '', dead_last_failed_at: '' },
  },
});

it('a replay of one cause says how many it did not come to, those too that are not listed', async () => {
  await hosted.bus.publish(Array.from({ length: 520 }, (_, n) => letter(n)));
  const desk = { service: 'intake', ...hosted.world } as const;
  const refused = refusedLetters({ ...desk, take: async () => undefined });
  const door = deadLetterDoor('intake', deadLetterDesk(desk), refused);
  const take = () => door.replayAll('unknown-type', { by: 'sam', dryRun: false });
  const first = await take();
  expect([first.replayed.length, first.left]).toEqual([500, 20]);
  const second = await take();
  expect([second.replayed.length, second.left]).toEqual([20, 0]);
});
