import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '@countersign/telemetry';
import type { Clock } from '@countersign/time';
import { leaseStream, type LeaseStream, type LeaseWord } from './lease-stream.js';
import { leasedWorks, type LeasedWork } from './leased-work.js';
import { WrongExpectedRevision, type EventStore } from './port.js';

export interface LeaseOptions {
  readonly store: EventStore;
  /** Its stream is `lease-{name}`. */
  readonly name: string;
  /** Name of this replica; a process that is started again under it takes up what it held. */
  readonly holder: string;
  /** Its monotonic time judges silence; clocks of two machines are never compared. */
  readonly clock: Clock;
  readonly log: Log;
  /** Silence after which a standby takes over; 6 000 unless said. */
  readonly ttlMs?: number;
}

/** Leave to do what one replica at a time does; the others stand by, and one of them takes over. */
export interface Lease {
  /** `lost` while the store does not answer a standby. */
  readonly state: 'held' | 'standby' | 'lost';
  /** Grows with each holder; undefined while this process is not the one. */
  readonly epoch: number | undefined;
  /** Whether nobody else can have taken over yet. Asked right before something is done. */
  isHeld(): boolean;
  /** Begins the work whenever the lease is gained, and ends it when it is lost. */
  whileHeld(work: LeasedWork): { close(): Promise<void> };
  /** Ends what runs, then leaves the lease to the others at once. */
  close(): Promise<void>;
}

interface Held {
  readonly epoch: number;
  revision: number;
  /** On this process's monotonic time. */
  untilMs: number;
}

const ttlUsualMs = 6_000;
const renewalsPerTtl = 3;
const looksPerTtl = 6;
/** The holder counts from before it asked, and stops sooner than a standby loses patience. */
const holdersShare = 0.9;
const releaseWithinMs = 1_000;

/**
 * Stands by for a lease, takes it when its holder is silent or has left it, and renews it. Two
 * holders at once do no harm: what the second one does is a no-op (I10, I12).
 */
export const startLease = (options: LeaseOptions): Lease => {
  const { store, name, holder, clock, log, ttlMs = ttlUsualMs } = options;
  const closing = new AbortController();
  const words = leaseStream(store, clock, name, holder, ttlMs);
  const turn: Turn = { words, clock, log, name, ttlMs, closing: closing.signal };
  let held: Held | undefined;
  let reachable = true;
  let isFirstLook = true;
  const isHeld = () => held !== undefined && leftMs(turn, held) > 0;
  const works = leasedWorks(isHeld, log);
  const isFree = (last: LeaseWord | undefined) => {
    // Only at first: two that are given one name by mistake must not take it from each other.
    const comesBack = isFirstLook && last?.holder === holder;
    isFirstLook = false;
    return !last || last.isOwn || comesBack || last.type === 'LeaseReleased';
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      held = await standBy(turn, isFree, (isReachable) => (reachable = isReachable));
      if (!held) return;
      log.info('a lease was taken', { lease: name, epoch: held.epoch });
      works.begin();
      await hold(turn, held);
      if (closing.signal.aborted) return;
      log.warn('a lease was lost', { lease: name, epoch: held.epoch });
      held = undefined;
      await works.end();
    }
  };
  const running = run();
  return {
    get state() {
      if (isHeld()) return 'held';
      return reachable ? 'standby' : 'lost';
    },
    get epoch() {
      return isHeld() ? held?.epoch : undefined;
    },
    isHeld,
    whileHeld: works.add,
    close: async () => {
      closing.abort();
      await running;
      await works.end();
      if (!held || !isHeld()) return;
      const release = words.say('LeaseReleased', held.epoch, held.revision);
      held = undefined;
      await inTime(release, AbortSignal.timeout(releaseWithinMs)).catch((error: unknown) =>
        log.warn('a lease was not released; it runs out', { lease: name, cause: String(error) }),
      );
    },
  };
};

interface Turn {
  readonly words: LeaseStream;
  readonly clock: Clock;
  readonly log: Log;
  readonly name: string;
  readonly ttlMs: number;
  readonly closing: AbortSignal;
}

const leftMs = ({ clock }: Turn, { untilMs }: Held): number => untilMs - clock.monotonicMs();

/** Until the lease has been taken; undefined when closing. */
const standBy = async (
  { words, clock, ttlMs, closing }: Turn,
  isFree: (last: LeaseWord | undefined) => boolean,
  tell: (isReachable: boolean) => void,
): Promise<Held | undefined> => {
  const isSilent = silence(ttlMs);
  while (!closing.aborted) {
    try {
      const askedMs = clock.monotonicMs();
      const last = await words.last();
      tell(true);
      if (isFree(last) || isSilent(last, askedMs, clock.monotonicMs())) {
        const epoch = (last?.epoch ?? 0) + 1;
        const takenMs = clock.monotonicMs();
        const revision = await words.say('LeaseTaken', epoch, last?.revision);
        return { epoch, revision, untilMs: takenMs + holdersShare * ttlMs };
      }
    } catch (error) {
      tell(error instanceof WrongExpectedRevision);
    }
    await sleep(ttlMs / looksPerTtl, closing);
  }
  return undefined;
};

/** Renews; returns when the lease is lost, or when closing. */
const hold = async (turn: Turn, mine: Held): Promise<void> => {
  const { words, clock, log, name, ttlMs, closing } = turn;
  await sleep(ttlMs / renewalsPerTtl, closing);
  while (!closing.aborted && leftMs(turn, mine) > 0) {
    const askedMs = clock.monotonicMs();
    const over = AbortSignal.timeout(Math.ceil(leftMs(turn, mine)));
    try {
      const renewed = words.say('LeaseRenewed', mine.epoch, mine.revision);
      mine.revision = await inTime(renewed, AbortSignal.any([over, closing]));
      mine.untilMs = askedMs + holdersShare * ttlMs;
      await sleep(ttlMs / renewalsPerTtl, closing);
    } catch (error) {
      if (closing.aborted) return;
      log.warn('a lease could not be renewed', { lease: name, cause: String(error) });
      if (error instanceof WrongExpectedRevision) return;
      await sleep(Math.min(ttlMs / looksPerTtl, Math.max(0, leftMs(turn, mine))), closing);
    }
  }
};

/** A holder is silent when its last word is still the one that was seen a whole ttl before. */
const silence = (ownTtlMs: number) => {
  let seen: { readonly revision: number; readonly sinceMs: number } | undefined;
  return (last: LeaseWord | undefined, askedMs: number, nowMs: number): boolean => {
    if (!last) return false;
    if (seen?.revision === last.revision) {
      return askedMs - seen.sinceMs >= Math.max(ownTtlMs, last.ttlMs);
    }
    seen = { revision: last.revision, sinceMs: nowMs };
    return false;
  };
};

const sleep = (ms: number, closing: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal: closing }).catch(() => undefined);

/** @throws Error the answer did not come before `over` */
const inTime = <Answer>(answer: Promise<Answer>, over: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const late = () => reject(new Error('no answer in time'));
    over.addEventListener('abort', late, { once: true });
    answer.then(resolve, reject).finally(() => over.removeEventListener('abort', late));
  });
