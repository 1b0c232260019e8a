import { streams } from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import {
  eventHash,
  noHash,
  StoreUnavailable,
  type EventStore,
  type NewEvent,
  type StoredEvent,
} from '@countersign/event-store';
import type { Clock } from '@countersign/time';
import type { Cause } from './failures.js';

/** A key that does not move: one of its messages could not be taken, later ones wait behind it. */
export interface Fence {
  /** Id of the event that raised it; dead letters and replays name it. */
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly since: string;
  /** The message at which it stands now. */
  readonly partition: number;
  readonly offset: number;
  readonly messageId: string;
  readonly messageType: string;
  readonly cause: Cause;
  /** Record key of its dead letters. */
  readonly letterKey: string;
}
export type FencedAt = Omit<Fence, 'id' | 'since'>;

/** How a fence was taken away. */
export interface Lifting {
  readonly replayed: number;
  /** Offsets of messages that a person gave up. */
  readonly skipped: readonly number[];
  /** Who asked. */
  readonly by: string;
}

/** What became of a letter that stands behind no fence. */
export interface Settling {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Record key of the letter. */
  readonly key: string;
  readonly how: 'taken' | 'given-up';
  /** Who asked. */
  readonly by: string;
}

/** The fences of one service, folded from `fence-{service}`. */
export interface Fences {
  /** Reads what was appended since. @throws StoreUnavailable */
  load(): Promise<void>;
  of(topic: string, key: string): Fence | undefined;
  readonly open: readonly Fence[];
  /** Appends KeyFenced; on a fenced key it records where the replay stopped. @throws StoreUnavailable */
  raise(at: FencedAt): Promise<Fence>;
  /** Appends KeyUnfenced; nothing when the fence is gone already. @throws StoreUnavailable */
  lift(fence: Fence, how: Lifting): Promise<void>;
  /** Whether a letter without a fence was taken again or given up. */
  isSettled(place: Pick<Settling, 'topic' | 'partition' | 'offset'>): boolean;
  /** Appends LetterSettled; nothing when it is settled already. @throws StoreUnavailable */
  settle(letter: Settling): Promise<void>;
}

interface Written {
  readonly type: 'KeyFenced' | 'KeyUnfenced' | 'LetterSettled';
  readonly data: Readonly<Record<string, unknown>> & {
    readonly topic: string;
    readonly key: string;
  };
}

const fenceNamespace = '3f0a5a0e-0b0e-5d1b-9a3e-6f8c2f4f7f10';
const readAtOnce = 500;
/** So many faster writers in a row are not a race but an outage. */
const triesMax = 10;

export const fencesOf = (
  { store, clock }: { readonly store: EventStore; readonly clock: Clock },
  service: string,
): Fences => {
  const stream = streams.fence(service);
  const { open, settled, apply } = folded();
  let last: StoredEvent | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  const load = async () => {
    for (;;) {
      const from = last ? last.revision + 1 : 0;
      const events = await store.read(stream, { from, limit: readAtOnce, requiresLeader: true });
      events.forEach(apply);
      last = events.at(-1) ?? last;
      if (events.length < readAtOnce) return;
    }
  };
  const append = async (said: Written, isSo: () => boolean) => {
    for (let tries = 0; tries < triesMax; tries += 1) {
      if (isSo()) return;
      const event = nextEvent(stream, service, clock.now(), last, said);
      try {
        await store.append(stream, last?.revision ?? 'no-stream', [event]);
        // Read back, not remembered: after an outage the stored event may be an earlier try's.
        await load();
        return;
      } catch (error) {
        if ((error as Error).name !== 'WrongExpectedRevision') throw error;
        await load();
      }
    }
    throw new StoreUnavailable(`${stream}: ${triesMax} writers in a row were faster`);
  };
  /** One append at a time: partitions of one process never race one another. */
  const inTurn = <Result>(write: () => Promise<Result>): Promise<Result> => {
    const turn = writing.then(write, write);
    writing = turn.catch(() => undefined);
    return turn;
  };
  return {
    load: () => inTurn(load),
    of: (topic, key) => open.get(nameOf(topic, key)),
    get open() {
      return [...open.values()];
    },
    raise: (at) =>
      inTurn(async () => {
        const name = nameOf(at.topic, at.key);
        const standsThere = () => {
          const fence = open.get(name);
          return fence?.offset === at.offset && fence.partition === at.partition;
        };
        await append({ type: 'KeyFenced', data: { ...at } }, standsThere);
        return open.get(name)!;
      }),
    lift: (fence, how) =>
      inTurn(() => {
        const { id, topic, key } = fence;
        const gone = () => open.get(nameOf(topic, key))?.id !== id;
        return append({ type: 'KeyUnfenced', data: { topic, key, fence: id, ...how } }, gone);
      }),
    isSettled: (place) => settled.has(placeName(place)),
    settle: (letter) =>
      inTurn(() => {
        const isSettled = () => settled.has(placeName(letter));
        return append({ type: 'LetterSettled', data: { ...letter } }, isSettled);
      }),
  };
};

/** What stands after the events that were applied. */
const folded = () => {
  const open = new Map<string, Fence>();
  /** As many as people ever asked for. */
  const settled = new Set<string>();
  const apply = (event: StoredEvent) => {
    if (event.type === 'LetterSettled') return void settled.add(placeName(event.data as Settling));
    const { topic, key, ...data } = event.data as Fence;
    const name = nameOf(topic, key);
    if (event.type !== 'KeyFenced') return void open.delete(name);
    const { recordedAt } = event.metadata as { recordedAt: string };
    const { id, since } = open.get(name) ?? { id: event.id, since: recordedAt };
    return void open.set(name, { ...data, topic, key, id, since });
  };
  return { open, settled, apply };
};

const placeName = ({
  topic,
  partition,
  offset,
}: Pick<Settling, 'topic' | 'partition' | 'offset'>) => `${topic}@${partition}-${offset}`;

const nameOf = (topic: string, key: string) => `${topic}\n${key}`;

/** Its id follows from its place and content, so that an append may be repeated after an outage. */
const nextEvent = (
  stream: string,
  service: string,
  now: string,
  last: StoredEvent | undefined,
  { type, data }: Written,
): NewEvent => {
  const previous = (last?.metadata as { recordedAt?: string } | undefined)?.recordedAt ?? '';
  const recordedAt = now > previous ? now : previous;
  const revision = (last?.revision ?? -1) + 1;
  const causationId = causeOfWriting(data);
  // One key has many letters: two that settle at once are two events.
  const of = type === 'LetterSettled' ? `${data.key}/${causationId}` : data.key;
  return {
    id: effectIdOf(fenceNamespace, `${stream}/${revision}/${type}/${data.topic}/${of}`),
    type,
    data,
    metadata: {
      schemaVersion: 1,
      occurredAt: recordedAt,
      recordedAt,
      actor: { type: 'service', id: service },
      $correlationId: data.key,
      $causationId: causationId,
      caseId: data.key,
      subjects: [],
      prevHash: last ? eventHash(last) : noHash,
    },
  };
};

/** A record that names no message is known by its place: every event has a cause (I7). */
const causeOfWriting = (data: Written['data']): string => {
  const { fence, messageId, topic, partition, offset } = data;
  const place = `${topic}/${String(partition)}-${String(offset)}`;
  return String(fence ?? (messageId || effectIdOf(fenceNamespace, place)));
};
