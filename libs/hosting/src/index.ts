export * from './start-service.js';
export * from './world.js';
