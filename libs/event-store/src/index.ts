export * from './port.js';
export * from './alarm-keeper.js';
export * from './event-hash.js';
export * from './handle.js';
export * from './journal.js';
export * from './relay.js';
