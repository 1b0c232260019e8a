import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { FileUnusable, joinFile, openFile, type GroupCommitFile } from '@countersign/group-commit';
import { busWriter, embeddedBus, type Bus } from '@countersign/messaging';
import type { BusHarness } from '../src/conformance/harness.js';
import type * as suite from '../src/conformance/suite.js';

// Runs every check on the compiled files, which alone a thread can load, and says which ones failed.
// What is published through one who opened the file is consumed through one who joined it.
const built = new URL('../dist/conformance/suite.js', import.meta.url).href;
const { busChecks } = (await import(built)) as typeof suite;
const [parent] = process.argv.slice(2) as [string];

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

const openIn = (folder: string, losing: { next: boolean }) => {
  const path = join(folder, 'bus.db');
  const file = openFile({ path, modules: [busWriter], synchronous: 'FULL', thread: true });
  const joined = joinFile(file.share());
  const publishing = embeddedBus(forgetful(file, losing));
  const consuming = embeddedBus(joined);
  const bus: Bus = { ...consuming, publish: publishing.publish };
  const close = async () => {
    await consuming.close();
    await joined.close();
    await publishing.close();
    await file.close();
  };
  return { path, bus, close };
};

const harness = (): BusHarness => {
  const losing = { next: false };
  let opened = openIn(mkdtempSync(join(parent, 'bus-')), losing);
  return {
    get bus() {
      return opened.bus;
    },
    createTopic: async () => undefined,
    restart: async () => {
      const folder = mkdtempSync(join(parent, 'bus-'));
      for (const suffix of ['', '-wal']) {
        const from = opened.path + suffix;
        if (existsSync(from)) copyFileSync(from, join(folder, `bus.db${suffix}`));
      }
      const killed = opened;
      opened = openIn(folder, losing);
      await killed.close();
      return opened.bus;
    },
    loseNextAcknowledgement: () => void (losing.next = true),
    close: () => opened.close(),
  };
};

const failed: string[] = [];
for (const { name, run } of busChecks) {
  const opened = harness();
  await run(opened).catch((error: unknown) => failed.push(`${name}: ${String(error)}`));
  await opened.close();
}
console.log(JSON.stringify({ checks: busChecks.length, failed }));
