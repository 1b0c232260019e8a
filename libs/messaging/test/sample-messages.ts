import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { Message } from '@countersign/contracts';
import { sealer, sqliteSubjectKeys, type Sealer, type SubjectKeyFile } from '@countersign/trust';
import { scratchFolder } from './scratch-folder.js';

/** Subject keys in a file of their own, for the tests of one suite. */
export const scratchKeys = () => {
  const folder = scratchFolder();
  let keys: SubjectKeyFile;
  let sealing: Sealer;
  beforeAll(async () => {
    const path = join(mkdtempSync(join(folder, 'keys-')), 'keys.db');
    keys = await sqliteSubjectKeys(path, 'store-1', { storeIsEmpty: true });
    sealing = sealer(keys);
  });
  afterAll(() => keys.close());
  return {
    destroy: (subject: string) => keys.destroy(subject),
    /** Seals with these keys, once they are open. */
    sealer: {
      seal: (...args) => sealing.seal(...args),
      open: (...args) => sealing.open(...args),
    } satisfies Sealer,
  };
};

export const caseId = '6b0f1c5e-5d0a-5a38-9f54-0d6f1e0c8a01';
export const received: Message = {
  id: 'c0a1f7e2-52f7-5c0e-8c3e-4f5a6b7c8d9e',
  type: 'CaseReceived',
  schemaVersion: 1,
  caseId,
  occurredAt: '2026-01-05T09:00:00.000Z',
  actor: { type: 'upstream', id: 'https://crm.example/tickets' },
  correlationId: caseId,
  causationId: '0f5f7f8e-1c57-5d6e-9a3b-2f1e0d9c8b7a',
  subjects: ['customer:8812', 'customer:9'],
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  source: { stream: `intake-${caseId}`, revision: 3, hash: 'ab'.repeat(32) },
  data: {
    source: 'https://crm.example/tickets',
    sourceId: 'T-1001',
    eventType: 'support.ticket.created.v1',
    requester: 'ana@example.org',
    input: { text: 'My name is Ana Silva, order 12.' },
  },
};
export const outcome: Message = {
  ...received,
  type: 'CaseOutcomePublished',
  subjects: [],
  traceparent: undefined,
  data: { source: 'https://crm.example/tickets', sourceId: 'T-1001', outcome: 'closed' },
};
export const parsed = (value: string | Uint8Array) =>
  JSON.parse(value as string) as Record<string, unknown> & { data: Record<string, unknown> };
