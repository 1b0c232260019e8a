import { numbersModule } from './numbers-module.js';
import type { openFile as open } from '../src/open-file.js';

// Writes as fast as it can and says which numbers were acknowledged, until it is killed.
// A thread loads compiled files only.
const thread = process.argv[3] === 'thread';
const built = new URL('../dist/index.js', import.meta.url).href;
const source = new URL('../src/open-file.ts', import.meta.url).href;
const { openFile } = (await import(thread ? built : source)) as { openFile: typeof open };
const file = openFile({
  path: process.argv[2]!,
  modules: [numbersModule],
  synchronous: 'FULL',
  thread,
});
let next = 0;
const write = async () => {
  for (;;) {
    const n = (next += 1);
    await file.submit('numbers.add', n);
    process.stdout.write(`${n}\n`);
  }
};
for (let writer = 0; writer < 32; writer += 1) void write();
