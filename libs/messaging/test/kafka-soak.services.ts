import { randomInt } from 'node:crypto';
import { it } from '@jest/globals';
import { scratchKafka } from './kafka-harness.js';
import { soak } from './kafka-soak.js';

const scratch = scratchKafka();

it('a minute of members that join, leave, are killed and stopped under load loses nothing and keeps the order of every key (I5, I10, I11)', async () => {
  console.log(await soak(scratch, { seconds: 60, seed: randomInt(2 ** 31) }));
}, 300_000);
