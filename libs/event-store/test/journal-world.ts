import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { noFailpoints } from '@countersign/failpoints';
import { openFile } from '@countersign/group-commit';
import type { LogFields } from '@countersign/telemetry';
import { settableClock, type SettableClock } from '@countersign/time';
import { sealer, sqliteSubjectKeys } from '@countersign/trust';
import { v5 } from 'uuid';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import { hashMemory } from '../src/event-hash.js';
import { handle, type Handling } from '../src/handle.js';
import type { Input } from '../src/input.js';
import { histories } from '../src/histories.js';
import { recalledFacts, type Journal } from '../src/journal.js';
import type { EventStore } from '../src/port.js';
import { tally, tallyPersonal, type Tally, type TallyFact, type TallyInput } from './tally.js';

export const idOf = (name: string): string => v5(name, '5f2f7b0a-6b0f-5d5c-8a57-5c8f0d2a9e11');

export interface Line extends LogFields {
  readonly level: string;
  readonly message: string;
}

/** A real store, real keys and a clock that stands, in a folder that can be opened again. */
export interface JournalWorld {
  readonly store: EventStore;
  readonly clock: SettableClock;
  readonly lines: Line[];
  /** What one process of a service keeps: its own memories. Without them, everything is read. */
  journal(changed?: Partial<Journal>): Journal;
  withoutMemory(changed?: Partial<Journal>): Journal;
  close(): Promise<void>;
}

export const openWorld = async (folder: string): Promise<JournalWorld> => {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'events.db');
  const file = openFile({ path, modules: [eventStoreWriter], synchronous: 'OFF' });
  const keys = await sqliteSubjectKeys(join(folder, 'keys.db'), 'world', { storeIsEmpty: true });
  const store = embeddedStore(file);
  const clock = settableClock();
  const lines: Line[] = [];
  const keep = (level: string) => (message: string, fields?: LogFields) => {
    lines.push({ ...fields, level, message });
  };
  const log = {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
  };
  const bare = { service: 'tally', store, sealer: sealer(keys), clock, log };
  return {
    store,
    clock,
    lines,
    journal: (changed) => ({
      ...bare,
      failpoints: noFailpoints,
      hashes: hashMemory(),
      recalled: recalledFacts(),
      histories: histories(),
      ...changed,
    }),
    withoutMemory: (changed) => ({
      ...bare,
      failpoints: noFailpoints,
      hashes: { of: (event) => hashMemory().of(event) },
      ...changed,
    }),
    close: async () => {
      await store.close();
      await file.close();
      await keys.close();
    },
  };
};

/** What a message or an alarm would tell a tally; the id is made from the name. */
export const told = (
  name: string,
  body: TallyInput,
  changed: Partial<Input<TallyInput>> = {},
): Input<TallyInput> => ({
  id: idOf(name),
  actor: { type: 'service', id: 'counter' },
  occurredAt: '2026-01-05T08:59:00.000Z',
  correlationId: 'corr-1',
  caseId: idOf('case'),
  subjects: ['customer:8812'],
  body,
  ...changed,
});

export const tell = (
  journal: Journal,
  stream: string,
  input: Input<TallyInput>,
  handling: Handling = {},
) =>
  handle<TallyInput, TallyFact, Tally, 'negative'>(
    journal,
    stream,
    tallyPersonal,
    input,
    tally,
    handling,
  );

export const aStream = (): string => `tally-${randomBytes(6).toString('hex')}`;
