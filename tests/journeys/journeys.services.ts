import { afterAll } from '@jest/globals';
import { startRunningServices, type RunningServices } from './running-services.js';
import { playIn } from './world.js';

// The journeys of one process, to the letter, on five over Kafka and an event store. They share one
// product; what people have two days for, they have some seconds for here, where it is to expire.
let shared: Promise<RunningServices> | undefined;

playIn(async () => {
  shared ??= startRunningServices({
    given: { agentLeaseMs: 10_000, executorLeaseMs: 5_000 },
  });
  return { ...(await shared), stop: () => Promise.resolve() };
});
afterAll(async () => (await shared)?.stop());

await import('./approved.spec.js');
await import('./assisted.spec.js');
await import('./intake.spec.js');
await import('./uncertain.spec.js');
await import('./dead-letters.spec.js');
await import('./restarted.spec.js');
