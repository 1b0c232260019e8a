import type { DatabaseSync } from 'node:sqlite';
import { alarmTable, metadataOf, type StoredEvent } from '@countersign/event-store';
import type { RunFact } from '../domain/facts.js';

/** A run that was accepted when no worker was free. */
export interface WaitingRun {
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
      seq integer primary key, run_id text not null unique, event_id text not null,
      case_id text not null, envelope text not null);`,
  version: 1,
  project: (db: DatabaseSync): ((event: StoredEvent) => void) => {
    const alarms = alarmTable.prepare(db);
    const wait = db.prepare(
      'insert or ignore into waiting (run_id, event_id, case_id, envelope) values (?, ?, ?, ?)',
    );
    const claimed = db.prepare('delete from waiting where run_id = ?');
    return (event) => {
      alarms(event);
      const type = event.type as RunFact['type'];
      const runId = runIdIn(event.stream);
      if (type === 'AgentRunAccepted' && (event.data as { waits?: boolean }).waits === true) {
        const { caseId, $correlationId, subjects, traceparent } = metadataOf(event);
        const envelope = JSON.stringify({ correlationId: $correlationId, subjects, traceparent });
        wait.run(runId, event.id, caseId, envelope);
      }
      if (type === 'AgentRunClaimed' || type === 'AgentAbstained') claimed.run(runId);
    };
  },
};

const streamPrefix = 'agent-run-';
export const runIdIn = (stream: string): string => stream.slice(streamPrefix.length);

/** Reads the runs that wait longest. */
export const waitingRuns = (reader: DatabaseSync): ((limit: number) => readonly WaitingRun[]) => {
  const oldest = reader.prepare('select * from waiting order by seq limit ?');
  return (limit) =>
    (oldest.all(limit) as unknown as Row[]).map(({ run_id, event_id, case_id, envelope }) => ({
      runId: run_id,
      eventId: event_id,
      caseId: case_id,
      ...(JSON.parse(envelope) as Pick<WaitingRun, 'correlationId' | 'subjects' | 'traceparent'>),
    }));
};

interface Row {
  readonly run_id: string;
  readonly event_id: string;
  readonly case_id: string;
  readonly envelope: string;
}
