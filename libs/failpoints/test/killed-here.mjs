import { writeSync } from 'node:fs';
import { failpointsFrom } from '../src/index.ts';

// Reaches a place three times, saying so each time, and is to be killed at the second.
const say = (word) => writeSync(1, word);
const { reach } = failpointsFrom(`relay.after_publish=${process.argv[2]}`, (point) => {
  say(point);
  setTimeout(say, 5, ' on');
});
for (let n = 1; n <= 3; n += 1) {
  say(`${n} `);
  await reach('relay.after_publish');
}
