import everyDay from './jest.config.js';

/** What starts the built product as a reader of the pages does: `npm run test:commands`. */
export default {
  ...everyDay,
  testMatch: ['**/test/**/*.commands.ts', '<rootDir>/tests/**/*.commands.ts'],
};
