import { timingSafeEqual } from 'node:crypto';
import type { CrmRequest } from './exchange.js';
import type { Faults } from './faults.js';
import type { LedgerFile } from './ledger-file.js';
import type { Orders } from './orders.js';

/** What the CRM holds while it is open. */
export interface CrmState {
  readonly orders: Orders;
  readonly file: LedgerFile;
  readonly faults: Faults;
  readonly mayRead: (request: CrmRequest) => boolean;
  readonly mayWrite: (request: CrmRequest) => boolean;
  readonly faultHeader: boolean;
  readonly now: () => string;
  readonly nextSeq: () => number;
  readonly sleeping: Set<() => void>;
}

/** Whether a request carries one of the keys, without telling by the time how much of it fits. */
export const anyKey = (keys: readonly string[]) => {
  const expected = keys.map((key) => Buffer.from(`Bearer ${key}`));
  return ({ headers }: CrmRequest): boolean => {
    const given = Buffer.from(headers.authorization ?? '');
    return expected.some((key) => key.length === given.length && timingSafeEqual(key, given));
  };
};
