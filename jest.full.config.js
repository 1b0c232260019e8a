import everyDay from './jest.config.js';

/** What takes minutes: `npm run verify:full`. */
export default { ...everyDay, testMatch: ['<rootDir>/tests/**/*.full.ts'] };
