import everyDay from './jest.config.js';

/** What needs Java, Kafka or processes of its own: `npm run test:services`. */
export default {
  ...everyDay,
  testMatch: ['**/test/**/*.services.ts', '<rootDir>/tests/**/*.services.ts'],
  testTimeout: 240_000,
  // Each suite starts its own broker and processes, and the longest mostly wait for what is halted.
  maxWorkers: 2,
};
