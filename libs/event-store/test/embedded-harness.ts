import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openFile } from '@countersign/group-commit';
import type { Harness } from '../src/conformance/harness.js';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import type { EventStore } from '../src/port.js';

const openIn = (folder: string) => {
  const path = join(folder, 'events.db');
  const file = openFile({ path, modules: [eventStoreWriter], synchronous: 'FULL' });
  return { path, file, store: embeddedStore(file) };
};

/** Opens stores in new folders under `parent`; `twin` may change what the checks see of them. */
export const embeddedHarness = (
  parent: string,
  twin: (store: EventStore) => EventStore = (store) => store,
) => {
  let folders = 0;
  const nextFolder = () => {
    const folder = join(parent, String((folders += 1)));
    mkdirSync(folder);
    return folder;
  };
  return async (more: Pick<Harness, 'patienceMs'> = {}): Promise<Harness> => {
    let opened = openIn(nextFolder());
    let store = twin(opened.store);
    return {
      ...more,
      get store() {
        return store;
      },
      restart: async () => {
        // What lies in the files at this instant is all that a killed process leaves behind.
        const folder = nextFolder();
        for (const suffix of ['', '-wal']) {
          const from = opened.path + suffix;
          if (existsSync(from)) copyFileSync(from, join(folder, `events.db${suffix}`));
        }
        const killed = opened;
        opened = openIn(folder);
        store = twin(opened.store);
        await killed.store.close();
        await killed.file.close();
        return store;
      },
      close: async () => {
        await opened.store.close();
        await opened.file.close();
      },
    };
  };
};
