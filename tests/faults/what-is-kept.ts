import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { caseIdOf, streams } from '@countersign/contracts';
import {
  embeddedStore,
  eventStoreWriter,
  metadataOf,
  type StoredEvent,
} from '@countersign/event-store';
import { openFile } from '@countersign/group-commit';
import { busWriter } from '@countersign/messaging';

/** What must be the same however often the process was killed: type, step, visit, outcome, actor. */
export type Trace = readonly string[];

/** Everything that is kept of one case. */
export interface Kept {
  readonly intake: Trace;
  readonly case: Trace;
  readonly approvals: readonly Trace[];
  /** Without claims and calls, which later epochs may repeat. */
  readonly runs: readonly Trace[];
  readonly executions: readonly Trace[];
}

const repeatable = /Claimed$|CallStarted$|Probed$/;

const line = (event: StoredEvent): string => {
  const { step, visit, outcome } = event.data as Record<string, unknown>;
  const { actor } = metadataOf(event);
  return [event.type, step, visit, outcome, `${actor.type}:${actor.id}`].filter(Boolean).join(' ');
};

/** Reads the streams of a stopped product. */
export const readKept = async (
  data: string,
  source: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Kept>> => {
  const file = openFile({
    path: join(data, 'store.sqlite'),
    modules: [eventStoreWriter, busWriter],
    synchronous: 'FULL',
  });
  const store = embeddedStore(file);
  const names = streamNames(join(data, 'store.sqlite'));
  const kept = new Map<string, Kept>();
  const read = async (stream: string) => store.read(stream);
  for (const id of ids) {
    const caseId = caseIdOf(source, id);
    const ofCase = async (prefix: string) => {
      const found: StoredEvent[][] = [];
      for (const name of names.filter((one) => one.startsWith(prefix))) {
        const events = await read(name);
        if (events[0] && metadataOf(events[0]).caseId === caseId) found.push([...events]);
      }
      return found.sort((a, b) => (a[0]!.position < b[0]!.position ? -1 : 1));
    };
    const lines = (events: readonly StoredEvent[]) => events.map(line);
    const steady = (events: readonly StoredEvent[]) =>
      lines(events.filter(({ type }) => !repeatable.test(type)));
    kept.set(id, {
      intake: lines(await read(streams.intake(caseId))),
      case: lines(await read(streams.case(caseId))),
      approvals: (await ofCase('approval-')).map(lines),
      runs: (await ofCase('agent-run-')).map(steady),
      executions: (await ofCase('execution-')).map(steady),
    });
  }
  await store.close();
  await file.close();
  return kept;
};

const streamNames = (path: string): string[] => {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return (db.prepare('select name from streams').all() as { name: string }[]).map(
      ({ name }) => name,
    );
  } finally {
    db.close();
  }
};
