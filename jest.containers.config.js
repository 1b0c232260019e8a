import everyDay from './jest.config.js';

/** What needs Docker: `npm run test:containers`. */
export default {
  ...everyDay,
  testMatch: ['<rootDir>/tests/containers/*.containers.ts'],
  // The first run fetches images.
  testTimeout: 600_000,
  maxWorkers: 1,
};
