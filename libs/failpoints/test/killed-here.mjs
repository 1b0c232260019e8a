import { writeSync } from 'node:fs';
import { failpointsFrom } from '../src/index.ts';

// Reaches a place three times, saying so each time, and is to be killed at the second.
const { reach } = failpointsFrom('relay.after_publish=kill@2', (point) => writeSync(1, point));
for (let n = 1; n <= 3; n += 1) {
  writeSync(1, `${n} `);
  await reach('relay.after_publish');
}
