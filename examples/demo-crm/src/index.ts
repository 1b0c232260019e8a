export type { Address, Customer, Order } from './catalogue.js';
export { customerById, customerOf, orderAsSold } from './catalogue.js';
export { openDemoCrm, type DemoCrm, type DemoCrmOptions } from './crm.js';
export { ConnectionReset, type CrmRequest, type CrmResponse } from './exchange.js';
export { faultModes, type FaultMode } from './faults.js';
export type { LedgerEntry } from './orders.js';
export type { Change, Resolution } from './resolutions.js';
export { startDemoCrm, type RunningDemoCrm } from './server.js';
