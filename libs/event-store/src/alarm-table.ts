import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Alarm } from '@countersign/decider';
import { metadataOf } from './journal.js';
import type { StoredEvent } from './port.js';

/** An alarm that is still outstanding, and the case it belongs to. */
export interface DueAlarm extends Alarm {
  readonly stream: string;
  readonly caseId: string;
  readonly correlationId: string;
  readonly subjects: readonly string[];
  readonly traceparent?: string | undefined;
}

/** The table of outstanding alarms, part of a service's view: insert and delete from events alone. */
export const alarmTable = {
  schema: `
    create table if not exists alarms (
      id text primary key, name text not null, due_at text not null, stream text not null,
      case_id text not null, envelope text not null) without rowid;
    create index if not exists alarms_due on alarms (due_at);`,
  prepare: (db: DatabaseSync): ((events: readonly StoredEvent[]) => void) => {
    const open = db.prepare('insert or replace into alarms values (?, ?, ?, ?, ?, ?)');
    const settle = db.prepare('delete from alarms where id = ?');
    return (events) => {
      // One that is settled in its own batch, as most leases are, never needs a row.
      const opened = new Map<string, readonly [Alarm, StoredEvent]>();
      for (const event of events) {
        const { opens, settles } = event.data as { opens?: Alarm[]; settles?: string[] };
        for (const id of settles ?? []) if (!opened.delete(id)) settle.run(id);
        for (const alarm of opens ?? []) opened.set(alarm.id, [alarm, event]);
      }
      for (const [{ id, name, dueAt }, event] of opened.values()) {
        const { caseId, $correlationId, subjects, traceparent } = metadataOf(event);
        const envelope = JSON.stringify({ correlationId: $correlationId, subjects, traceparent });
        open.run(id, name, dueAt, event.stream, caseId, envelope);
      }
    };
  },
};

/** The next ones in order of when they are due, without those that have moved. */
export const upcoming = (
  next: StatementSync,
  moved: ReadonlySet<string>,
  limit: number,
): DueAlarm[] =>
  (next.all(limit + moved.size) as unknown as AlarmRow[])
    .filter((row) => !moved.has(row.id))
    .slice(0, limit)
    .map(({ id, name, due_at, stream, case_id, envelope }) => ({
      id,
      name,
      dueAt: due_at,
      stream,
      caseId: case_id,
      ...(JSON.parse(envelope) as Pick<DueAlarm, 'correlationId' | 'subjects'>),
    }));

interface AlarmRow {
  id: string;
  name: string;
  due_at: string;
  stream: string;
  case_id: string;
  envelope: string;
}

/** Those whose rows are gone need not be remembered as moved. */
export const forgetSettled = (db: DatabaseSync, moved: Set<string>) => {
  const stillOpen = db.prepare('select 1 from alarms where id = ?');
  for (const id of moved) if (!stillOpen.get(id)) moved.delete(id);
};
