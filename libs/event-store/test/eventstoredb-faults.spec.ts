import { describe, it } from '@jest/globals';
import { faultChecks } from './eventstoredb-fault-checks.js';
import { devHarness } from './eventstoredb-harness.js';
import { scratchFolder } from './scratch-folder.js';

const open = devHarness(scratchFolder());

describe('the EventStoreDB adapter', () => {
  it.each(faultChecks)('$name', async ({ waits, run }) => {
    const harness = await open({ ...(waits && { waits }) });
    try {
      await run(harness);
    } finally {
      await harness.faults({ reset: true });
      await harness.close();
    }
  });
});
