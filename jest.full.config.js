import everyDay from './jest.config.js';

/** What takes minutes: `npm run verify:full`. */
export default { ...everyDay, testMatch: ['**/test/**/*.full.ts', '<rootDir>/tests/**/*.full.ts'] };
