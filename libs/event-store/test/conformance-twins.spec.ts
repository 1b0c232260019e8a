import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { storeChecks } from '../src/conformance/suite.js';
import { appendTwins } from './broken-append-twins.js';
import { subscriptionTwins } from './broken-subscription-twins.js';
import { embeddedHarness } from './embedded-harness.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();

describe('the conformance suite notices a store that', () => {
  it.each([...appendTwins, ...subscriptionTwins])(
    '$breaks',
    async ({ breaks, noticedBy, twin }) => {
      const parent = join(folder, breaks);
      mkdirSync(parent);
      const check = storeChecks.find(({ name }) => name === noticedBy)!;
      const harness = await embeddedHarness(parent, twin)({ patienceMs: 300 });
      await expect(check.run(harness)).rejects.toThrow();
      await harness.close();
    },
  );
});
