import type { DatabaseSync } from 'node:sqlite';
import {
  alarmTable,
  metadataOf,
  type StoredEvent,
  type ViewOptions,
} from '@countersign/event-store';
import type { Belonging } from './decide-on.js';

/** An execution that was accepted when no worker was free. */
export interface Waiting {
  readonly stream: string;
  /** Id of the event that accepted it. */
  readonly acceptedId: string;
  readonly belongs: Belonging;
}

/** The executor's one view: leases that run, and what waits for a worker. */
export const executionView: Pick<ViewOptions, 'schema' | 'version' | 'project'> = {
  version: 1,
  schema: `${alarmTable.schema}
    create table if not exists waiting (
      place integer primary key autoincrement, stream text not null unique,
      accepted_id text not null, belongs text not null);`,
  project: (db) => {
    const alarms = alarmTable.prepare(db);
    const add = db.prepare(
      'insert or ignore into waiting (stream, accepted_id, belongs) values (?, ?, ?)',
    );
    const remove = db.prepare('delete from waiting where stream = ?');
    const keepWaiting = (event: StoredEvent) => {
      if (waits(event)) {
        add.run(event.stream, event.id, JSON.stringify(belongingOf(event)));
      } else if (endsWait(event)) remove.run(event.stream);
    };
    return (events) => {
      alarms(events);
      events.forEach(keepWaiting);
    };
  },
};

/** Whether an event says that somebody waits for a worker. */
export const waits = ({ type, data }: StoredEvent): boolean =>
  type === 'ExecutionAccepted' && (data as { waits?: true }).waits === true;

/** The first claim. */
const endsWait = ({ type, data }: StoredEvent): boolean =>
  type === 'ExecutionClaimed' && (data as { epoch: number }).epoch === 1;

const belongingOf = (event: StoredEvent): Belonging => {
  const { caseId, $correlationId: correlationId, subjects, traceparent } = metadataOf(event);
  return { caseId, correlationId, subjects, traceparent };
};

/** Those who wait, longest first. */
export const waitingIn = (reader: DatabaseSync): ((limit: number) => readonly Waiting[]) => {
  const longest = reader.prepare('select * from waiting order by place limit ?');
  return (limit) =>
    (longest.all(limit) as unknown as Row[]).map(({ stream, accepted_id, belongs }) => ({
      stream,
      acceptedId: accepted_id,
      belongs: JSON.parse(belongs) as Belonging,
    }));
};

interface Row {
  stream: string;
  accepted_id: string;
  belongs: string;
}
