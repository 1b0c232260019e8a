import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import {
  embeddedStore,
  eventStoreWriter,
  storeChecks,
  type EventStore,
  type Harness,
} from '@countersign/event-store';
import { joinFile, openFile } from '@countersign/group-commit';

// Runs every check on the compiled files, which alone a thread can load, and says which ones failed.
// What is appended through one who opened the file is read and followed through one who joined it.
const [parent] = process.argv.slice(2) as [string];

const openIn = (folder: string) => {
  const path = join(folder, 'events.db');
  const file = openFile({ path, modules: [eventStoreWriter], synchronous: 'FULL', thread: true });
  const joined = joinFile(file.share());
  const writing = embeddedStore(file);
  const reading = embeddedStore(joined);
  const store: EventStore = {
    ...reading,
    append: writing.append,
    limitStream: writing.limitStream,
  };
  const close = async () => {
    await reading.close();
    await joined.close();
    await writing.close();
    await file.close();
  };
  return { path, store, close };
};

const harness = (): Harness => {
  let opened = openIn(mkdtempSync(join(parent, 'store-')));
  return {
    get store() {
      return opened.store;
    },
    restart: async () => {
      const folder = mkdtempSync(join(parent, 'store-'));
      for (const suffix of ['', '-wal']) {
        const from = opened.path + suffix;
        if (existsSync(from)) copyFileSync(from, join(folder, `events.db${suffix}`));
      }
      const killed = opened;
      opened = openIn(folder);
      await killed.close();
      return opened.store;
    },
    close: () => opened.close(),
  };
};

const failed: string[] = [];
for (const { name, run } of storeChecks) {
  const opened = harness();
  await run(opened).catch((error: unknown) => failed.push(`${name}: ${String(error)}`));
  await opened.close();
}
console.log(JSON.stringify({ checks: storeChecks.length, failed }));
