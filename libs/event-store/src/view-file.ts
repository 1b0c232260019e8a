import { hash } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import {
  FileUnusable,
  openFile,
  type GroupCommitFile,
  type WriterModule,
} from '@countersign/group-commit';
import { silentLog, type Log } from '@countersign/telemetry';
import type { Batch, EventStore, Position, StoredEvent, Subscription } from './port.js';
import { positionWaiters } from './view-waiters.js';
import { lastTaken, viewWriter, type LastTaken, type TakeArgs } from './view-writer.js';

export interface ViewOptions {
  /** A file of its own; its folder must exist. */
  readonly path: string;
  /** `create table …` of the view's own tables. */
  readonly schema: string;
  /** Raised when `project` comes to mean something else; then the file is rebuilt. */
  readonly version: number;
  readonly store: EventStore;
  readonly prefixes: readonly string[];
  /** Prepares its statements once, then takes every batch. A throw: the batch comes again. */
  readonly project: (db: DatabaseSync) => (events: readonly StoredEvent[]) => void;
  readonly log?: Log;
}

/** Rows that follow from events, and can be thrown away. */
export interface View {
  /**
   * Read-only; sees everything up to `position()`. Nothing is written while a turn of the event loop
   * lasts, so what is read in one turn, by several statements too, is of one state.
   */
  readonly reader: DatabaseSync;
  /** `lost` also while its projection refuses a batch. */
  readonly state: Subscription['state'];
  readonly caughtUp: Promise<void>;
  /** How far the rows are; undefined before the first batch. */
  position(): Position | undefined;
  /**
   * True as soon as the rows are as far as `position`, false when that takes too long.
   * @param timeoutMs at most 5 000, which is also the default
   * @throws RangeError what was given is not a position
   */
  waitFor(position: Position, timeoutMs?: number): Promise<boolean>;
  /** Told of the events of each batch after its commit. Returns how to stop listening. */
  onBatch(listener: (events: readonly StoredEvent[]) => void): () => void;
  close(): Promise<void>;
}

/** What comes within this time is taken together: lists may lag so much, and cost far less. */
const gatherMs = 25;

/**
 * Opens a view and lets it follow the store. A file that is missing, damaged, of another version
 * or of another store is made anew from the beginning of history.
 * @throws FileUnusable folder missing, no permission, or another process has it
 */
export const openView = async (options: ViewOptions): Promise<View> => {
  const { store, prefixes, log = silentLog } = options;
  const { file, last } = await openOrRebuild(options, log);
  const waiters = positionWaiters(store.comparePositions, () => subscription.tellReached());
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  let failing = false;
  waiters.moved(last?.reached);

  const take = async ({ events, reached }: Batch) => {
    try {
      await file.submit('view.take', { events, reached } satisfies TakeArgs);
      failing = false;
    } catch (error) {
      failing = true;
      throw error;
    }
    waiters.moved(reached);
    if (events.length === 0) return;
    tell(listeners, events, log);
    await new Promise((resolve) => setTimeout(resolve, gatherMs));
  };
  const subscription = resume(last, (after) => store.subscribe({ prefixes, after, deliver: take }));
  return {
    reader: file.reader,
    get state() {
      return failing ? 'lost' : subscription.state;
    },
    caughtUp: subscription.caughtUp,
    position: waiters.position,
    waitFor: waiters.waitFor,
    onBatch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      await subscription.close();
      waiters.close();
      await file.submit('view.closed', undefined).catch(() => undefined);
      await file.close();
    },
  };
};

/** A store restored from a copy may end before what was reached, but not before what was taken. */
const resume = (
  last: LastTaken | undefined,
  subscribe: (after: Position | undefined) => Subscription,
): Subscription => {
  try {
    return subscribe(last?.reached);
  } catch (error) {
    if (!(last && error instanceof RangeError)) throw error;
    return subscribe(last.position);
  }
};

const tell = (
  listeners: ReadonlySet<(events: readonly StoredEvent[]) => void>,
  events: readonly StoredEvent[],
  log: Log,
) => {
  for (const listener of listeners) {
    try {
      listener(events);
    } catch (error) {
      log.error('a listener of a view threw', { cause: String(error) });
    }
  }
};

type Opened = { readonly file: GroupCommitFile; readonly last: LastTaken | undefined };

const openOrRebuild = async (options: ViewOptions, log: Log): Promise<Opened> => {
  const { path, schema, version, store, prefixes, project } = options;
  const format = hash('sha256', JSON.stringify([version, schema, prefixes]));
  const modules = [viewWriter(schema, format, project)];
  const found = await openSound(path, modules);
  if (!('unsound' in found)) {
    const last = lastTaken(found.file.reader);
    const stale = await followsAnother(store, last).catch(async (error: unknown) => {
      await found.file.close();
      throw error;
    });
    if (!stale) return { file: await opened(found.file), last };
    await found.file.close();
  }
  const cause = 'unsound' in found ? found.unsound : 'it follows another store';
  log.info('a view is rebuilt', { path, cause });
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  const file = openFile({ path, modules, synchronous: 'OFF' });
  return { file: await opened(file), last: undefined };
};

const opened = async (file: GroupCommitFile): Promise<GroupCommitFile> => {
  await file.submit('view.opened', undefined);
  return file;
};

/** The file, or why its rows cannot be used. @throws FileUnusable when it is not the rows' fault */
const openSound = async (
  path: string,
  modules: readonly WriterModule[],
): Promise<{ file: GroupCommitFile } | { unsound: string }> => {
  let file: GroupCommitFile | undefined;
  try {
    file = openFile({ path, modules, synchronous: 'OFF' });
    // Written without syncing: a loss of power can have torn it, if it was open then.
    if (lastTaken(file.reader)?.closed !== 0) return { file };
    const [found] = file.reader.prepare('pragma quick_check(1)').all();
    if (found?.['quick_check'] === 'ok') return { file };
    await file.close();
    return { unsound: `damaged: ${String(found?.['quick_check'])}` };
  } catch (error) {
    await file?.close();
    if (error instanceof FileUnusable && error.reason !== 'not-a-database') throw error;
    return { unsound: String(error) };
  }
};

const followsAnother = async (store: EventStore, last: LastTaken | undefined): Promise<boolean> => {
  if (!last) return false;
  const [event] = await store.read(last.stream, { from: last.revision, limit: 1 });
  return event?.id !== last.id;
};
