import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openFile } from '@countersign/group-commit';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { eventStoreWriter } from '../src/embedded/writer.js';

// Appends two events at a time to many streams and says what was acknowledged, until it is killed.
const file = openFile({
  path: process.argv[2]!,
  modules: [eventStoreWriter],
  synchronous: 'FULL',
});
const store = embeddedStore(file);
const write = async (stream: string) => {
  for (let revision = -1; ;) {
    const ids = [randomUUID(), randomUUID()];
    const events = ids.map((id) => ({ id, type: 'Written', data: { stream }, metadata: {} }));
    ({ revision } = await store.append(stream, revision < 0 ? 'no-stream' : revision, events));
    writeSync(1, `${stream} ${revision} ${ids.join(' ')}\n`);
  }
};
for (let n = 0; n < 24; n += 1) void write(`case-${n}`);
