import type { DatabaseSync } from 'node:sqlite';
import type { Alarm } from '@countersign/decider';
import type { Log } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import { forgetSettled, upcoming, type DueAlarm } from './alarm-table.js';
import type { Lease } from './lease.js';
import type { StoredEvent } from './port.js';

/** What a view must offer for its alarms to be kept. */
export interface AlarmView {
  readonly reader: DatabaseSync;
  readonly caughtUp: Promise<void>;
  /** Told after each batch that the view has taken. */
  onBatch(listener: (events: readonly StoredEvent[]) => void): () => void;
}

export interface KeeperOptions {
  readonly view: AlarmView;
  readonly clock: Clock;
  readonly log: Log;
  /** Lets the stream decide; resolves when the alarm has been recorded or has moved nothing. */
  readonly fire: (alarm: DueAlarm) => Promise<void>;
  /** Fires while it is held, when other processes run the same service; the view stays warm. */
  readonly lease?: Lease | undefined;
}

export interface AlarmKeeper {
  close(): Promise<void>;
}

/** Alarms fired in one go; the rest follows at once, but readers get a turn. */
const firedAtOnceMax = 100;
const retryMs = 500;
/** Tries of an alarm that fails though the store is there; then it is left to the next start. */
const triesMax = 5;

/**
 * Fires outstanding alarms, oldest due first, never before they are due and only when the view has
 * caught up. Firing again is harmless: the stream decides whether anything moves. While the store is
 * away all of them wait; one that fails by itself holds back no other.
 */
export const startAlarmKeeper = (options: KeeperOptions): AlarmKeeper => {
  const { lease } = options;
  return lease
    ? lease.whileHeld(async () => keepAlarms(options, lease.isHeld))
    : keepAlarms(options);
};

const keepAlarms = (
  { view, clock, log, fire }: KeeperOptions,
  isHeld: () => boolean = () => true,
): AlarmKeeper => {
  const next = view.reader.prepare('select * from alarms order by due_at limit ?');
  /** Fired, or given up; their rows may still stand. */
  const moved = new Set<string>();
  const failures = failureCount(log);
  let caughtUp = false;
  let stopWaiting = () => {};
  let awaitedDueAt: string | undefined;
  let running: Promise<void> | undefined;
  const again = laterOnce(retryMs);
  let closed = false;

  const wake = () => {
    if (closed || running || !caughtUp) return;
    // A lease that is renewed late was never lost, and nobody else wakes for what came due then.
    if (!isHeld()) return again.call(wake);
    const [first] = upcoming(next, moved, 1);
    if (!first) return;
    if (first.dueAt <= clock.now()) {
      running = fireDue().finally(() => {
        running = undefined;
        awaitedDueAt = undefined;
        wake();
      });
    } else if (awaitedDueAt === undefined || first.dueAt < awaitedDueAt) {
      stopWaiting();
      awaitedDueAt = first.dueAt;
      stopWaiting = clock.at(first.dueAt, () => {
        awaitedDueAt = undefined;
        wake();
      });
    }
  };
  const fireDue = async () => {
    let failed = false;
    for (const alarm of upcoming(next, moved, firedAtOnceMax)) {
      if (closed || !isHeld() || alarm.dueAt > clock.now()) return;
      try {
        await fire(alarm);
        moved.add(alarm.id);
        failures.forget(alarm);
      } catch (error) {
        failed = true;
        log.warn('alarm will be fired again', { caseId: alarm.caseId, cause: String(error) });
        if ((error as Error | undefined)?.name === 'StoreUnavailable') break;
        if (failures.isLast(alarm)) moved.add(alarm.id);
      }
    }
    if (failed) await new Promise((resolve) => setTimeout(resolve, retryMs));
    forgetSettled(view.reader, moved);
  };
  const stopListening = view.onBatch((events) => {
    if (opensBefore(events, awaitedDueAt)) wake();
  });
  void view.caughtUp.then(() => {
    caughtUp = true;
    wake();
  });
  return {
    close: async () => {
      closed = true;
      stopListening();
      stopWaiting();
      again.stop();
      await running;
    },
  };
};

const laterOnce = (ms: number) => {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  return {
    stop,
    call: (work: () => void) => {
      stop();
      timer = setTimeout(work, ms).unref();
    },
  };
};

const failureCount = (log: Log) => {
  const failures = new Map<string, number>();
  return {
    forget: ({ id }: DueAlarm) => void failures.delete(id),
    /** Counts one more; true when it is given up. */
    isLast: ({ id, name, caseId }: DueAlarm): boolean => {
      const tries = (failures.get(id) ?? 0) + 1;
      failures.set(id, tries);
      if (tries < triesMax) return false;
      failures.delete(id);
      log.error('alarm given up until the next start', { caseId, alarm: name, tries });
      return true;
    },
  };
};

/** Whether the events open an alarm that is due before what is waited for. */
const opensBefore = (events: readonly StoredEvent[], awaitedDueAt: string | undefined): boolean =>
  events.some((event) =>
    (event.data as { opens?: Alarm[] }).opens?.some(
      ({ dueAt }) => awaitedDueAt === undefined || dueAt < awaitedDueAt,
    ),
  );
