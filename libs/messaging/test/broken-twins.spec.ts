import { describe, expect, it } from '@jest/globals';
import { busChecks } from '../src/conformance/suite.js';
import { twins } from './broken-buses.js';
import { embeddedHarness } from './embedded-harness.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();

describe('the suite catches a bus that', () => {
  it.each(twins)('%s', async (_lie, twin, caughtBy) => {
    const check = busChecks.find(({ name }) => name === caughtBy);
    expect(check).toBeDefined();
    const harness = await embeddedHarness(folder, twin)({ patienceMs: 400 });
    try {
      await expect(check!.run(harness)).rejects.toThrow();
    } finally {
      await harness.close();
    }
  });
});
