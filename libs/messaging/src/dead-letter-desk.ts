import { topics, type Service } from '@countersign/contracts';
import type { EventStore } from '@countersign/event-store';
import type { Clock } from '@countersign/time';
import { eachOnce, placeNameOf, type DeadLetter } from './dead-letters.js';
import { fencesOf, type Fence } from './fences.js';
import type { Bus } from './port.js';
import { toReplayRecord } from './replay-request.js';

/** A fenced key and what waits behind it, in the order in which it came. */
export interface FencedKey {
  readonly fence: Fence;
  readonly letters: readonly DeadLetter[];
}

export interface ReplayOptions {
  /** Only says what would be taken again. */
  readonly dryRun?: boolean;
  /**
   * Messages that are given up, by id or place; they stay among the dead letters and are named in
   * the record.
   */
  readonly skip?: readonly string[];
  /** Who asks; recorded with the lifting of the fence. */
  readonly by: string;
}

export interface Replay extends FencedKey {
  /** What the service takes again, in this order. */
  readonly taken: readonly DeadLetter[];
  readonly requested: boolean;
}

/** What people do about the messages that one service could not take. */
export interface DeadLetterDesk {
  /** Fenced keys, the longest fenced first; of their letters everything but the values. */
  list(): Promise<readonly FencedKey[]>;
  /** By the key (it may be fenced in several topics), the fence's id, a message's id or its place. */
  show(keyOrId: string): Promise<readonly FencedKey[]>;
  /**
   * Asks the service to take the messages of a fenced key again, in order, and then to lift the
   * fence. Asking twice is harmless. It happens when the service comes to the request; until then,
   * and when a message fails again, the key stays fenced and nothing leaves the dead letters.
   * @throws Error nothing such is fenced, or `skip` names what is not there
   */
  replay(keyOrId: string, options: ReplayOptions): Promise<readonly Replay[]>;
}

export interface DeskOptions {
  readonly service: Service;
  /** Must be allowed to browse the dead letters and to publish to the topics of the service. */
  readonly bus: Bus;
  readonly store: EventStore;
  readonly clock: Clock;
}

export const deadLetterDesk = ({ service, bus, ...stored }: DeskOptions): DeadLetterDesk => {
  const fences = fencesOf(stored, service);
  const deadLetters = topics.deadLetters(service);

  const open = async (isWhole: (fence: Fence) => boolean): Promise<readonly FencedKey[]> => {
    await fences.load();
    const fenced = [...fences.open]
      .sort((a, b) => a.since.localeCompare(b.since))
      .map((fence) => ({ fence, letters: [] as DeadLetter[], whole: isWhole(fence) }));
    if (fenced.length === 0) return [];
    const byId = new Map(fenced.map((one) => [one.fence.id, one]));
    for await (const letter of eachOnce(bus.browse(deadLetters))) {
      const of = byId.get(letter.fence);
      of?.letters.push(of.whole ? letter : withoutValue(letter));
    }
    return fenced.map(({ fence, letters }) => ({ fence, letters }));
  };
  const list = () => open(() => false);
  const show = async (keyOrId: string): Promise<readonly FencedKey[]> => {
    const isNamed = ({ id, key }: Fence) => id === keyOrId || key === keyOrId;
    const found = (await open(isNamed)).filter(
      ({ fence, letters }) => isNamed(fence) || letters.some(isNamedIn([keyOrId])),
    );
    if (found.every(({ fence }) => isNamed(fence))) return found;
    const ids = new Set(found.map(({ fence }) => fence.id));
    const isFound = ({ id }: Fence) => ids.has(id);
    return (await open(isFound)).filter(({ fence }) => isFound(fence));
  };
  const replay = async ({ fence, letters }: FencedKey, options: ReplayOptions): Promise<Replay> => {
    const { dryRun = false, skip = [], by } = options;
    const skipped = letters.filter(isNamedIn(skip));
    const request = { fence: fence.id, skip: skipped.map(({ record }) => record.offset), by };
    if (!dryRun) await bus.publish([toReplayRecord(fence, request)]);
    const taken = letters.filter((letter) => !skipped.includes(letter));
    return { fence, letters, taken, requested: !dryRun };
  };
  return {
    list,
    show,
    replay: async (keyOrId, options) => {
      const found = await show(keyOrId);
      if (found.length === 0) throw new Error(`nothing of ${service} is fenced under ${keyOrId}`);
      const letters = found.flatMap((fenced) => fenced.letters);
      const missing = options.skip?.find((name) => !letters.some(isNamedIn([name])));
      if (missing !== undefined) throw new Error(`${missing} is not among the dead letters`);
      const replays: Replay[] = [];
      for (const fenced of found) replays.push(await replay(fenced, options));
      return replays;
    },
  };
};

/** When many keys are fenced, what stands in all their letters is more than memory should hold. */
const withoutValue = (letter: DeadLetter): DeadLetter => ({
  ...letter,
  record: { ...letter.record, value: '' },
});

/** Whether one of the names is the letter's: the id of its message, or its place. */
export const isNamedIn =
  (names: readonly string[]) =>
  ({ messageId, record }: DeadLetter): boolean =>
    (messageId !== '' && names.includes(messageId)) || names.includes(placeNameOf(record));
