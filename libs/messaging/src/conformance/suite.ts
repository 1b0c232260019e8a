import { deliveryChecks } from './delivery-checks.js';
import { durabilityChecks } from './durability-checks.js';
import { groupChecks } from './group-checks.js';
import type { BusCheck, BusHarness } from './harness.js';

/** Every promise of the port, each on its own. */
export const busChecks: readonly BusCheck[] = [
  ...durabilityChecks,
  ...deliveryChecks,
  ...groupChecks,
];

/** What a test runner with global `describe` and `it` offers; the library depends on none. */
interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

/** Runs every check as a test on a bus of its own. */
export const busConformance = (name: string, open: () => Promise<BusHarness>): void => {
  const { describe, it } = globalThis as unknown as Runner;
  describe(`${name} keeps the promises of a bus`, () => {
    for (const check of busChecks) {
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
