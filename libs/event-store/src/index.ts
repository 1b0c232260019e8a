export * from './port.js';
export * from './alarm-keeper.js';
export { alarmTable, type DueAlarm } from './alarm-table.js';
export { bindStore } from './bound-store.js';
export type { Check, Harness } from './conformance/harness.js';
export { storeChecks, storeConformance } from './conformance/suite.js';
export {
  eventStoreDb,
  type EventStoreDb,
  type EventStoreDbOptions,
} from './eventstoredb/event-store-db.js';
export { StreamDeleted } from './eventstoredb/faults.js';
export type { EventStoreDbWaits } from './eventstoredb/attempts.js';
export type { StoreState } from './eventstoredb/store-state.js';
export { embeddedStore, type EmbeddedStoreOptions } from './embedded/embedded-store.js';
export { followed } from './embedded/followed.js';
export type { Page } from './embedded/history.js';
export { commits, type Commit, type Commits } from './embedded/live.js';
export { positionOf, type EventRow } from './embedded/rows.js';
export { eventStoreWriter, type AppendAnswer, type AppendArgs } from './embedded/writer.js';
export * from './event-hash.js';
export * from './handle.js';
export * from './input.js';
export * from './histories.js';
export * from './journal.js';
export { startLease, type Lease, type LeaseOptions } from './lease.js';
export { outboxOf, type Outbox } from './outbox.js';
export * from './relay.js';
export { openView, type View, type ViewOptions } from './view-file.js';
