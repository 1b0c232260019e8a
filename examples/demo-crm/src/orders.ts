import { hash } from 'node:crypto';
import { orderAsSold, orderId, type Order } from './catalogue.js';
import {
  isRefusal,
  legacyReplacementFrom,
  resolutionFrom,
  resolve,
  type Refusal,
  type Resolution,
} from './resolutions.js';

/** One write call, as it stands in the ledger: every one of them, in the order they were decided. */
export interface LedgerEntry {
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** The caller's `Idempotency-Key`. */
  readonly key: string | null;
  readonly ifMatch: string | null;
  /** The body received, in canonical form (RFC 8785); null when it was no JSON. */
  readonly body: string | null;
  readonly outcome: 'effect' | 'repeat' | 'refused' | 'conflict';
  /** What the CRM answered, or would have, had no fault spoiled it. */
  readonly status: number;
  readonly detail: string;
  /** What was written, under the CRM's own name; a repeat names the first. */
  readonly reference: string | null;
  readonly fault?: string;
}

/** What an effect leaves behind for those who ask again with its key. */
export interface Done {
  readonly fingerprint: string;
  readonly answer: {
    readonly resolutionId: string;
    readonly order: Order;
    readonly revision: number;
  };
}

export type Verdict = Pick<LedgerEntry, 'outcome' | 'status' | 'detail' | 'reference'> & {
  readonly done?: Done;
};

export interface WriteCall {
  readonly path: string;
  readonly key: string | null;
  readonly ifMatch: string | null;
  readonly body: string;
}

/** The orders as changed so far, and what was done under which key. */
export interface Orders {
  get(id: string): Order | undefined;
  doneUnder(key: string): Done | undefined;
  /** Decides and applies one write call in one go: no other call comes in between. */
  write(call: WriteCall, reference: string): Verdict;
}

const resolutionPath = /^\/orders\/([^/]+)\/resolutions$/;
const legacyPath = /^\/legacy\/orders\/([^/]+)\/replacements$/;

/** Paths that take write calls. */
export const takesWrites = (path: string): boolean =>
  resolutionPath.test(path) || legacyPath.test(path);

export const etagOf = (order: Order): string => `"${order.revision}"`;

const refusal = (status: number, detail: string): Refusal => ({
  status,
  outcome: 'refused',
  detail,
});

export const ordersByFormula = (): Orders => {
  const changed = new Map<string, Order>();
  const doneByKey = new Map<string, Done>();
  const get = (id: string) => (orderId.test(id) ? (changed.get(id) ?? orderAsSold(id)) : undefined);

  const apply = (
    id: string,
    resolution: Resolution,
    reference: string,
  ): Done['answer'] | Refusal => {
    const order = get(id);
    if (!order) return refusal(404, 'no such order');
    const next = resolve(order, resolution);
    if (isRefusal(next)) return next;
    changed.set(id, next);
    return { resolutionId: reference, order: next, revision: next.revision };
  };

  const verdictOn = (answer: Done['answer'] | Refusal, fingerprint: string): Verdict =>
    isRefusal(answer)
      ? { ...answer, reference: null }
      : {
          outcome: 'effect',
          status: 201,
          detail: `order ${answer.order.id} is at revision ${answer.revision}`,
          reference: answer.resolutionId,
          done: { fingerprint, answer },
        };

  const writeResolution = (id: string, call: WriteCall, reference: string): Verdict => {
    const { key, ifMatch } = call;
    if (key === null) return verdictOn(refusal(400, 'Idempotency-Key is missing'), '');
    const fingerprint = hash('sha256', `${call.path}\n${call.body}`, 'hex');
    // The key comes before If-Match: a repeat must find its answer though the order has moved on.
    const earlier = doneByKey.get(key);
    if (earlier) return again(earlier, fingerprint);
    const order = get(id);
    if (!order) return verdictOn(refusal(404, 'no such order'), fingerprint);
    if (ifMatch === null) return verdictOn(refusal(428, 'If-Match is missing'), fingerprint);
    if (ifMatch !== etagOf(order)) return stale(order);
    const resolution = resolutionFrom(JSON.parse(call.body));
    if (isRefusal(resolution)) return verdictOn(resolution, fingerprint);
    const verdict = verdictOn(apply(id, resolution, reference), fingerprint);
    if (verdict.done) doneByKey.set(key, verdict.done);
    return verdict;
  };

  // As old endpoints are: no keys, no preconditions, every call is an effect.
  const writeReplacement = (id: string, call: WriteCall, reference: string): Verdict => {
    const resolution = legacyReplacementFrom(JSON.parse(call.body));
    return verdictOn(isRefusal(resolution) ? resolution : apply(id, resolution, reference), '');
  };

  return {
    get,
    doneUnder: (key) => doneByKey.get(key),
    write: (call, reference) => {
      const resolved = resolutionPath.exec(call.path)?.[1];
      if (resolved !== undefined) return writeResolution(resolved, call, reference);
      const replaced = legacyPath.exec(call.path)?.[1];
      if (replaced !== undefined) return writeReplacement(replaced, call, reference);
      return verdictOn(refusal(404, 'nothing here takes writes'), '');
    },
  };
};

const again = (earlier: Done, fingerprint: string): Verdict =>
  earlier.fingerprint === fingerprint
    ? {
        outcome: 'repeat',
        status: 200,
        detail: 'done before under this key',
        reference: earlier.answer.resolutionId,
        done: earlier,
      }
    : {
        outcome: 'conflict',
        status: 422,
        detail: 'this key was used for another request',
        reference: null,
      };

const stale = (order: Order): Verdict => ({
  outcome: 'conflict',
  status: 412,
  detail: `If-Match is stale: the order is at ${etagOf(order)}`,
  reference: null,
});
