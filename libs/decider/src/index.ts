export * from './decider.js';
export * from './identity.js';
export * from './stamp.js';
export * from './walk.js';
