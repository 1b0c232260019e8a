import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { FileUnusable, openFile, type GroupCommitFile } from '@countersign/group-commit';
import type { BusHarness } from '../src/conformance/harness.js';
import { busWriter } from '../src/embedded/bus-writer.js';
import { embeddedBus } from '../src/embedded/embedded-bus.js';
import type { Bus } from '../src/port.js';

/** Loses the answer to a publish after it was written, when told to. */
const forgetful = (file: GroupCommitFile, losing: { next: boolean }): GroupCommitFile => ({
  ...file,
  submit: async (operation, args, submission) => {
    const lost = operation === 'bus.publish' && losing.next;
    const answer = await file.submit(operation, args, lost ? undefined : submission);
    if (!lost) return answer;
    losing.next = false;
    throw new FileUnusable('failed', 'the acknowledgement was lost');
  },
});

/** Opens buses in new folders under `parent`; `twin` may change what the checks see of them. */
export const embeddedHarness = (parent: string, twin: (bus: Bus) => Bus = (bus) => bus) => {
  const nextFolder = () => mkdtempSync(join(parent, 'bus-'));
  return async (more: Pick<BusHarness, 'patienceMs'> = {}): Promise<BusHarness> => {
    const losing = { next: false };
    const openIn = (folder: string) => {
      const path = join(folder, 'bus.db');
      const file = openFile({ path, modules: [busWriter], synchronous: 'FULL' });
      const bus = embeddedBus(forgetful(file, losing));
      return { path, file, bus };
    };
    let opened = openIn(nextFolder());
    let bus = twin(opened.bus);
    const end = async ({ bus: ended, file }: typeof opened) => {
      await ended.close();
      await file.close();
    };
    return {
      ...more,
      get bus() {
        return bus;
      },
      createTopic: async () => undefined,
      restart: async () => {
        // What lies in the files at this instant is all that a killed process leaves behind.
        const folder = nextFolder();
        for (const suffix of ['', '-wal']) {
          const from = opened.path + suffix;
          if (existsSync(from)) copyFileSync(from, join(folder, `bus.db${suffix}`));
        }
        const killed = opened;
        opened = openIn(folder);
        bus = twin(opened.bus);
        await end(killed);
        return bus;
      },
      loseNextAcknowledgement: () => void (losing.next = true),
      close: () => end(opened),
    };
  };
};
