import { describe, expect, it } from '@jest/globals';
import { busChecks, busConformance } from '../src/conformance/suite.js';
import { twins } from './broken-buses.js';
import { kafkaHarness, scratchKafka } from './kafka-harness.js';

const scratch = scratchKafka({ proxied: true });

busConformance('the bus over Kafka', kafkaHarness(scratch));

/** Enough for what must come to come; a lie is found when it does not. */
const patienceMs = 4_000;
const lies = [
  'takes a lost acknowledgement for a good one',
  'loses the order of a key',
  'drops records when the consumer is slow',
  'gives a partition to every member of a group',
  'accepts commits of a partition that was taken away',
  'does not pause',
];

describe('on a real broker the suite catches a bus that', () => {
  it.each(twins.filter(([lie]) => lies.includes(lie)))('%s', async (_lie, twin, caughtBy) => {
    const check = busChecks.find(({ name }) => name === caughtBy)!;
    const harness = await kafkaHarness(scratch, twin)({ patienceMs });
    try {
      await expect(check.run(harness)).rejects.toThrow();
    } finally {
      await harness.close();
    }
  });
});
