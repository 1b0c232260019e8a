export { startEventStoreDev, type EventStoreDev, type EventStoreDevOptions } from './server.js';
