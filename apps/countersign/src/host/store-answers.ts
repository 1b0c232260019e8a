import { setTimeout as sleep } from 'node:timers/promises';
import { withoutCredentials } from '@countersign/configuration';
import { eventStoreAt } from '@countersign/hosting';
import { CannotStart } from './cannot-start.js';

const triesForMs = 20_000;
const againMs = 200;

/**
 * Waits until a store that is said to run answers: services would wait for it without an end, and
 * without a word.
 * @throws CannotStart it does not answer. @throws ConfigurationError no client understands the address
 */
export const storeAnswers = async (url: string, withinMs = triesForMs): Promise<void> => {
  const store = eventStoreAt(url);
  const begun = performance.now();
  try {
    while (store.state !== 'up') {
      if (performance.now() - begun > withinMs) throw noAnswer(url);
      await sleep(againMs);
    }
  } finally {
    await store.close();
  }
};

const noAnswer = (url: string): CannotStart =>
  new CannotStart(
    `the event store does not answer at ${withoutCredentials(url)}: start it, set EVENTSTORE_URL to one that runs, or leave it out for the development store`,
  );
