import type { CrmRequest, CrmResponse } from './exchange.js';
import { armedFaults } from './faults.js';
import { openLedgerFile } from './ledger-file.js';
import { ordersByFormula, type LedgerEntry, type Orders } from './orders.js';
import { read } from './reading.js';
import { anyKey, type CrmState } from './state.js';
import { setFaults, write } from './writing.js';

export interface DemoCrm {
  /** Answers as the HTTP server does. @throws ConnectionReset when a fault says so */
  request(request: CrmRequest): Promise<CrmResponse>;
  /** Ends waits that faults have caused, and closes the ledger. */
  close(): Promise<void>;
}

export interface DemoCrmOptions {
  /** The ledger: made when absent, and all state comes from it. Its folder must exist. */
  readonly dataFile: string;
  readonly readKey: string;
  readonly writeKey: string;
  /** A write is answered when it would survive power loss; without, when it survives SIGKILL. */
  readonly fsync?: boolean;
  /** Lets a caller ask for a fault by the header `x-demo-fault: mode[;ms]`. Off unless said. */
  readonly faultHeader?: boolean;
  readonly clock?: { now(): string };
}

/** The CRM in process; `startDemoCrm` puts it behind HTTP. */
export const openDemoCrm = (options: DemoCrmOptions): DemoCrm => {
  const orders = ordersByFormula();
  let seq = 0;
  const file = openLedgerFile(options.dataFile, options.fsync ?? true, (line) => {
    const entry = JSON.parse(line) as LedgerEntry;
    seq = entry.seq;
    if (entry.outcome === 'effect') repeatEffect(orders, entry);
  });
  const state: CrmState = {
    orders,
    file,
    faults: armedFaults(),
    mayRead: anyKey([options.readKey, options.writeKey]),
    mayWrite: anyKey([options.writeKey]),
    faultHeader: options.faultHeader ?? false,
    now: options.clock?.now ?? (() => new Date().toISOString()),
    nextSeq: () => (seq += 1),
    sleeping: new Set(),
  };
  return {
    request: async (request) => {
      if (request.method === 'GET') return read(state, request);
      return request.path === '/faults' ? setFaults(state, request) : write(state, request);
    },
    close: () => {
      for (const wake of state.sleeping) wake();
      return file.close();
    },
  };
};

/** The ledger is all there is: the same call on the same orders has the same effect. */
const repeatEffect = (orders: Orders, entry: LedgerEntry): void => {
  const { path, key, ifMatch } = entry;
  const verdict = orders.write({ path, key, ifMatch, body: entry.body! }, entry.reference!);
  if (verdict.outcome !== 'effect') {
    throw new Error(`ledger line ${entry.seq}: ${verdict.detail}; the file was changed by hand`);
  }
};
