import { appendChecks } from './append-checks.js';
import { deliveryChecks } from './delivery-checks.js';
import { durabilityChecks } from './durability-checks.js';
import type { Check, Harness } from './harness.js';
import { readingChecks } from './reading-checks.js';
import { repeatChecks } from './repeat-checks.js';
import { subscriptionChecks } from './subscription-checks.js';

/** Every promise of the port, each on its own. */
export const storeChecks: readonly Check[] = [
  ...appendChecks,
  ...repeatChecks,
  ...durabilityChecks,
  ...readingChecks,
  ...subscriptionChecks,
  ...deliveryChecks,
];

/** What a test runner with global `describe` and `it` offers; the library depends on none. */
interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

/** Runs every check as a test on a store of its own. */
export const storeConformance = (name: string, open: () => Promise<Harness>): void => {
  const { describe, it } = globalThis as unknown as Runner;
  describe(`${name} keeps the promises of an event store`, () => {
    for (const check of storeChecks) {
      it(check.name, async () => {
        const harness = await open();
        try {
          await check.run(harness);
        } finally {
          await harness.close();
        }
      });
    }
  });
};
