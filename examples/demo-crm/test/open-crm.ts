import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CrmResponse, DemoCrm, LedgerEntry } from '../src/index.js';

export const keys = { readKey: 'read-secret', writeKey: 'write-secret' };

/** A folder for one test file, and how to remove it. */
export const temporaryFolder = () => {
  const path = mkdtempSync(join(tmpdir(), 'demo-crm-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

export type Ask = Pick<DemoCrm, 'request'>;

export const get = (crm: Ask, path: string, key: string | null = keys.readKey) =>
  crm.request({
    method: 'GET',
    path,
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
  });

export const bodyOf = <T>(response: CrmResponse): T => JSON.parse(response.body) as T;

export const ledgerOf = async (crm: Ask): Promise<LedgerEntry[]> =>
  bodyOf<{ entries: LedgerEntry[] }>(await get(crm, '/ledger', null)).entries;

export interface Post {
  readonly order?: string;
  readonly path?: string;
  readonly key?: string | null;
  readonly ifMatch?: string | null;
  readonly bearer?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export const refundOf = (order: string, amountCents: number, text = 'Here it is.') => ({
  customer: order.slice(-4),
  reply: { subject: 'Your refund', text },
  change: { kind: 'refund', amountCents, currency: 'EUR' },
});

/** The request of a write call; what is not said is right. */
export const writeCall = (post: Post) => {
  const { order = 'A-20931', key = 'key-1', ifMatch = '"1"', bearer = keys.writeKey } = post;
  return {
    method: 'POST',
    path: post.path ?? `/orders/${order}/resolutions`,
    headers: {
      'content-type': 'application/json',
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(key === null ? {} : { 'idempotency-key': key }),
      ...(ifMatch === null ? {} : { 'if-match': ifMatch }),
      ...post.headers,
    },
    body:
      typeof post.body === 'string'
        ? post.body
        : JSON.stringify(post.body ?? refundOf(order, 1_000)),
  };
};

export const post = (crm: Ask, call: Post = {}) => crm.request(writeCall(call));
