import type { Service } from '@countersign/contracts';
import type { EventStore } from '@countersign/event-store';
import { noFailpoints, type Failpoints } from '@countersign/failpoints';
import type { Log } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import { causeOf } from './failures.js';
import { fencesOf, type Fences } from './fences.js';
import { laneLimits, partitionLanes } from './partition-lanes.js';
import type { LaneLimits, PartitionLanes } from './partition-lanes.js';
import type { Assignment, Bus } from './port.js';
import { takingRecords, type Handle } from './take-record.js';
import { jittered, machineWaits, pause, type Waits } from './waits.js';

export interface LanesOptions {
  /** Names the dead-letter topic, the fence stream and the failpoints. */
  readonly service: Service;
  /** The service's name unless said. */
  readonly group?: string;
  readonly topics: readonly string[];
  readonly bus: Bus;
  /** Keeps `fence-{service}`. */
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly handle: Handle;
  /** False for topics whose records promise no order, those of upstream: nothing is fenced there. */
  readonly ordered?: boolean;
  readonly failpoints?: Failpoints;
  readonly limits?: Partial<LaneLimits>;
  readonly waits?: Waits;
}

export type LanesState =
  | { readonly name: 'running' }
  /** Infrastructure is away; nothing is lost, nothing moves. */
  | { readonly name: 'paused'; readonly because: string }
  | { readonly name: 'closed' };

/** The consumption of some topics by one service. */
export interface Lanes {
  readonly state: LanesState;
  readonly fences: Fences;
  /** Launches nothing more, lets what runs finish, commits, leaves the group. */
  close(graceMs?: number): Promise<void>;
}

/** Handlers append and return; one that takes longer than this is redelivered after the restart. */
const graceMsDefault = 10_000;
const loadPauseMinMs = 100;
const loadPauseMaxMs = 2_000;

/**
 * Consumes topics in lanes: per partition the same key strictly in order and different keys at once.
 * An offset is committed when everything up to it is handled or dead-lettered (rule 14).
 * @throws BusUnavailable the group could not be joined
 */
export const runInLanes = async (options: LanesOptions): Promise<Lanes> => {
  const { service, topics, bus, log, waits = machineWaits } = options;
  const failpoints = options.failpoints ?? noFailpoints;
  const fences = fencesOf(options, service);
  const take = takingRecords({ ordered: true, ...options, failpoints, waits, fences });
  const partitions = new Map<Assignment, PartitionLanes>();
  const closing = new AbortController();
  /** Why the fences of a partition cannot be read, while it is owned. */
  const unread = new Map<Assignment, string>();

  const loadFences = async (assignment: Assignment) => {
    for (
      let pauseMs = loadPauseMinMs;
      !assignment.revoked;
      pauseMs = Math.min(pauseMs * 2, loadPauseMaxMs)
    ) {
      try {
        return await fences.load();
      } catch (error) {
        const cause = causeOf(error).text;
        unread.set(assignment, cause);
        log.warn('fences cannot be read', { service, cause });
      }
      await pause(jittered(pauseMs, waits), waits, closing.signal);
    }
  };
  const open = (assignment: Assignment) => {
    const lanes = partitionLanes({
      assignment,
      take,
      beforeCommit: () => failpoints.reach(`${service}.before_offset_commit`),
      limits: { ...laneLimits, ...options.limits },
      waits,
      log,
    });
    partitions.set(assignment, lanes);
  };
  const leave = async (assignment: Assignment, graceMs: number) => {
    const lanes = partitions.get(assignment);
    await lanes?.stop(graceMs);
    await lanes?.commit();
    partitions.delete(assignment);
  };

  const consumer = await bus.consume({
    group: options.group ?? service,
    topics,
    assigned: async (assignment) => {
      await loadFences(assignment).finally(() => unread.delete(assignment));
      // A group may take a partition back while the fences are being read.
      if (!closing.signal.aborted && !assignment.revoked) open(assignment);
    },
    revoked: (assignment) => leave(assignment, graceMsDefault),
    deliver: async (records, from) => partitions.get(from)?.deliver(records),
  });
  const stateNow = (): LanesState => {
    if (closing.signal.aborted) return { name: 'closed' };
    const [unreadBecause] = unread.values();
    const because =
      unreadBecause ?? [...partitions.values()].find((lanes) => lanes.pausedBecause)?.pausedBecause;
    return because === undefined ? { name: 'running' } : { name: 'paused', because };
  };
  return {
    get state() {
      return stateNow();
    },
    fences,
    close: async (graceMs = graceMsDefault) => {
      closing.abort();
      await Promise.all([...partitions.keys()].map((assignment) => leave(assignment, graceMs)));
      await consumer.close();
    },
  };
};
