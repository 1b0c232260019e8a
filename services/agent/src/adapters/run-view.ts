import type { DatabaseSync } from 'node:sqlite';
import { alarmTable, metadataOf, type StoredEvent } from '@countersign/event-store';
import type { RunFact } from '../domain/facts.js';

/** A run that was accepted when no worker was free. */
export interface WaitingRun {
  /** Grows with every run that waits. */
  readonly seq: number;
  readonly runId: string;
  /** Of the event that accepted it. */
  readonly eventId: string;
  readonly caseId: string;
  readonly correlationId: string;
  readonly subjects: readonly string[];
  readonly traceparent?: string | undefined;
}

/** Rows that choose whom to wake: leases that may run out, and runs that nobody has claimed. */
export const runView = {
  schema: `${alarmTable.schema}
    create table if not exists waiting (
      seq integer primary key autoincrement, run_id text not null unique, event_id text not null,
      case_id text not null, envelope text not null);`,
  version: 1,
  project: (db: DatabaseSync): ((events: readonly StoredEvent[]) => void) => {
    const alarms = alarmTable.prepare(db);
    const wait = db.prepare(
      'insert or ignore into waiting (run_id, event_id, case_id, envelope) values (?, ?, ?, ?)',
    );
    const claimed = db.prepare('delete from waiting where run_id = ?');
    const keepWaiting = (event: StoredEvent) => {
      const type = event.type as RunFact['type'];
      const runId = runIdIn(event.stream);
      if (waits(event)) {
        const { caseId, $correlationId, subjects, traceparent } = metadataOf(event);
        const envelope = JSON.stringify({ correlationId: $correlationId, subjects, traceparent });
        wait.run(runId, event.id, caseId, envelope);
      }
      if (type === 'AgentRunClaimed' || type === 'AgentAbstained') claimed.run(runId);
    };
    return (events) => {
      alarms(events);
      events.forEach(keepWaiting);
    };
  },
};

const streamPrefix = 'agent-run-';
export const runIdIn = (stream: string): string => stream.slice(streamPrefix.length);

/** Whether an event makes a run wait for a worker. */
export const waits = ({ type, data }: StoredEvent): boolean =>
  type === 'AgentRunAccepted' && (data as { waits?: boolean }).waits === true;

export interface WaitingTable {
  /** Runs that wait, oldest first, after a place in the order of waiting. */
  after(seq: number, limit: number): readonly WaitingRun[];
  /** Whether it waits still, as far as the view knows. */
  holds(run: WaitingRun): boolean;
}

export const waitingTable = (reader: DatabaseSync): WaitingTable => {
  const oldest = reader.prepare('select * from waiting where seq > ? order by seq limit ?');
  const one = reader.prepare('select 1 from waiting where seq = ?');
  return {
    after: (place, limit) =>
      (oldest.all(place, limit) as unknown as Row[]).map((row) => ({
        seq: row.seq,
        runId: row.run_id,
        eventId: row.event_id,
        caseId: row.case_id,
        ...(JSON.parse(row.envelope) as Pick<WaitingRun, 'correlationId' | 'subjects'>),
      })),
    holds: ({ seq }) => one.get(seq) !== undefined,
  };
};

interface Row {
  readonly seq: number;
  readonly run_id: string;
  readonly event_id: string;
  readonly case_id: string;
  readonly envelope: string;
}
