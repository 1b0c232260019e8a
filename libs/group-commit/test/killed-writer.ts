import { writeSync } from 'node:fs';
import { openFile } from '../src/open-file.js';
import { numbersModule } from './numbers-module.js';

// Writes as fast as it can and says which numbers were acknowledged, until it is killed.
const file = openFile({ path: process.argv[2]!, modules: [numbersModule], synchronous: 'FULL' });
let next = 0;
const write = async () => {
  for (;;) {
    const n = (next += 1);
    await file.submit('numbers.add', n);
    writeSync(1, `${n}\n`);
  }
};
for (let writer = 0; writer < 32; writer += 1) void write();
