export { eventStoreAt } from './backbone.js';
export { leaseOf } from './lease-of.js';
export * from './door.js';
export { runService, serviceExitCodes, type ServiceProgram } from './run-service.js';
export * from './service-settings.js';
export * from './start-service.js';
export * from './world.js';
export { workers, type Worker, type Workers, type WorkersOptions } from './workers.js';
