import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStoreDev } from '@countersign/event-store-dev';
import { freePort } from '@countersign/ports';
import { storeAnswers } from '../src/host/store-answers.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-answers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a store that is said to run already', () => {
  it('is waited for', async () => {
    const port = await freePort();
    const answered = storeAnswers(`esdb://127.0.0.1:${port}?tls=false`);
    const file = join(folder, 'events.db');
    const store = await startEventStoreDev({ file, port, controlPort: 0 });
    await answered;
    await store.close();
  });

  it('that does not answer is named, with the way out and without its password (I23)', async () => {
    const at = `127.0.0.1:${await freePort()}?tls=false`;
    await expect(storeAnswers(`esdb://ana:s@cret@${at}`, 300)).rejects.toMatchObject({
      name: 'CannotStart',
      message: `the event store does not answer at esdb://…@${at}: start it, set EVENTSTORE_URL to one that runs, or leave it out for the development store`,
    });
  });

  it('that no client could find is refused at once', async () => {
    await expect(storeAnswers('esdb://127.0.0.1:2113?tls=perhaps')).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/^EVENTSTORE_URL: .* is no connection string/) as unknown,
    });
  });
});
