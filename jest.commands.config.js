import everyDay from './jest.config.js';

/**
 * What starts the built product as a reader of the pages does, and breaks the rules of lint and of
 * dependencies: `npm run test:commands`.
 */
export default {
  ...everyDay,
  testMatch: ['**/test/**/*.commands.ts', '<rootDir>/tests/**/*.commands.ts'],
};
