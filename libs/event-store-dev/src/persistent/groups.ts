import { randomUUID } from 'node:crypto';
import type { EventLog } from '../log/event-log.js';
import { proposed } from '../log/put.js';
import { filterFrom } from '../protocol/filter.js';
import { groupDropped, groupExists, groupFailed, groupMissing } from '../protocol/errors.js';
import { persistent } from '../generated.js';
import { resolving } from '../protocol/links.js';
import { ofAll, ofStream } from '../protocol/source.js';
import { startGroup, type Group } from './group.js';
import { faultIn, type GroupSettings, type Start } from './group-settings.js';
import { parkedEvents, streamOf } from './parked.js';

/** A group as it is kept. */
export interface GroupRecord {
  /** A stream, or `$all`. */
  readonly source: string;
  readonly name: string;
  readonly start: Start;
  readonly settings: GroupSettings;
  /** The filter of `$all` as it came, in base64. */
  readonly filter?: string;
}

export interface RunningGroup {
  readonly record: GroupRecord;
  readonly group: Group;
  readonly parked: ReturnType<typeof parkedEvents>;
  /** The last place that was noted; undefined: none. */
  readonly checkpoint: () => number | undefined;
}

const configStream = '$persistentSubscriptionConfig';
const keyOf = (source: string, name: string) => JSON.stringify([source, name]);

/** All groups; what must outlive the process stands in streams of the log itself. */
export const persistentGroups = (log: EventLog) => {
  const running = new Map<string, RunningGroup & { readonly stop: () => void }>();
  const begin = (record: GroupRecord) =>
    running.set(keyOf(record.source, record.name), run(log, record));
  for (const record of kept(log)) begin(record);

  const keep = async () => {
    const groups = [...running.values()].map(({ record }) => record);
    const config = proposed('$PersistentConfig', randomUUID(), JSON.stringify({ groups }));
    await log.append(configStream, 'any', [config]);
  };
  const find = (source: string, name: string) => {
    const found = running.get(keyOf(source, name));
    if (!found) throw groupMissing(source, name);
    return found;
  };
  const check = ({ source, name, settings }: GroupRecord) => {
    const fault = faultIn(settings);
    if (fault) throw groupFailed(source, name, fault);
  };
  return {
    find: find as (source: string, name: string) => RunningGroup,
    all: (): readonly RunningGroup[] => [...running.values()],
    /** @throws ALREADY_EXISTS, INTERNAL with the reason */
    create: async (record: GroupRecord): Promise<void> => {
      const { source, name } = record;
      if (running.has(keyOf(source, name))) throw groupExists(source, name);
      check(record);
      begin(record);
      await keep();
    },
    /** Its consumers are sent away, and may come back. @throws NOT_FOUND, INTERNAL */
    update: async (record: GroupRecord): Promise<void> => {
      const { source, name } = record;
      const before = find(source, name);
      check(record);
      before.stop();
      for (const consumer of [...before.group.consumers]) consumer.drop(groupDropped(source, name));
      begin({ ...before.record, ...record });
      await keep();
    },
    /** @throws NOT_FOUND */
    remove: async (source: string, name: string): Promise<void> => {
      const { stop, group } = find(source, name);
      stop();
      running.delete(keyOf(source, name));
      for (const consumer of [...group.consumers]) consumer.drop(groupMissing(source, name));
      await log.end(streamOf(source, name, 'checkpoint'), 'any', false);
      await log.end(streamOf(source, name, 'parked'), 'any', false);
      await keep();
    },
    close: () => {
      for (const { stop } of running.values()) stop();
    },
  };
};

export type PersistentGroups = ReturnType<typeof persistentGroups>;

const kept = (log: EventLog): readonly GroupRecord[] => {
  const [newest] = log.read.stream(configStream, 'backwards', Number.MAX_SAFE_INTEGER, 1);
  if (!newest) return [];
  const { groups } = JSON.parse(Buffer.from(newest.data).toString()) as { groups: GroupRecord[] };
  return groups;
};

const checkpointOf = (log: EventLog, source: string, name: string): number | undefined => {
  const stream = streamOf(source, name, 'checkpoint');
  if (log.read.state(stream, Date.now()).kind !== 'found') return undefined;
  const [newest] = log.read.stream(stream, 'backwards', Number.MAX_SAFE_INTEGER, 1);
  return newest && Number(Buffer.from(newest.data).toString());
};

const run = (log: EventLog, record: GroupRecord): RunningGroup & { stop: () => void } => {
  const { source, name, settings } = record;
  const closing = new AbortController();
  const parked = parkedEvents(log, source, name);
  const checkpoint = async (place: number): Promise<void> => {
    if (closing.signal.aborted) return;
    const noted = proposed('$SubscriptionCheckpoint', randomUUID(), String(place));
    await log.append(streamOf(source, name, 'checkpoint'), 'any', [noted]);
  };
  const group = startGroup({ source, name, settings, park: parked.park, checkpoint });
  void feed(log, record, group, closing.signal);
  return {
    record,
    group,
    parked,
    checkpoint: () => checkpointOf(log, source, name),
    stop: () => {
      closing.abort();
      group.close();
    },
  };
};

/** Everything that the source holds after the last checkpoint, then what comes. */
const feed = async (
  log: EventLog,
  { source, name, start, settings, filter }: GroupRecord,
  group: Group,
  closing: AbortSignal,
): Promise<void> => {
  const all = source === '$all';
  const first = start === 'end' ? start : start - 1;
  const after = checkpointOf(log, source, name) ?? first;
  try {
    const { from, wants } = all
      ? ofAll(
          log.read,
          after === 'end' ? log.read.head() : after,
          filter ? filterOf(filter) : undefined,
        )
      : ofStream(log.read, source, after);
    const resolve = resolving(log.read, settings.resolveLinks);
    for await (const { events } of log.follow(from, closing)) {
      for (const event of events) {
        if (closing.aborted) return;
        if (wants(event)) await group.offer(resolve(event), all ? event.seq : event.revision);
      }
    }
  } catch (error) {
    // The stream has come to its end for ever, or the file has been closed: nothing more will come.
    const cause = error instanceof Error ? error.message : String(error);
    for (const consumer of [...group.consumers]) consumer.drop(groupFailed(source, name, cause));
  }
};

const filterOf = (base64: string) => {
  const { FilterOptions } = persistent.CreateReq.AllOptions;
  return filterFrom(FilterOptions.deserializeBinary(Buffer.from(base64, 'base64')));
};
