import { topics } from '@countersign/contracts';
import { placeNameOf, readDeadLetter, type DeadLetter } from './dead-letters.js';
import type { DeskOptions } from './dead-letter-desk.js';
import { causeOf, isInfrastructure, type Cause } from './failures.js';
import { fencesOf } from './fences.js';
import type { ReceivedRecord } from './port.js';
import { bytesOf } from './record-bytes.js';

/** Dead letters without a fence: records that promised no order, each of them by itself. */
export interface RefusedLetters {
  /** The newest that nobody has settled, and how many there are in all. */
  list(filter?: (letter: DeadLetter) => boolean): Promise<Refused>;
  /** By place (`topic@partition-offset`), case id, or the id that upstream gave. */
  show(name: string): Promise<readonly DeadLetter[]>;
  /** Takes each of them again, now, and records by whom it was settled. @throws StoreUnavailable … */
  replay(letters: readonly DeadLetter[], how: ReplayingRefused): Promise<readonly TakenAgain[]>;
}

export interface Refused {
  /** Oldest first. */
  readonly letters: readonly DeadLetter[];
  readonly total: number;
}

export interface ReplayingRefused {
  readonly by: string;
  /** Only says what would be taken again. */
  readonly dryRun?: boolean;
  /** Given up instead: recorded, and listed no more. */
  readonly giveUp?: (letter: DeadLetter) => boolean;
}

export interface TakenAgain {
  readonly letter: DeadLetter;
  readonly became: 'would-be-taken' | 'taken' | 'given-up' | 'refused';
  /** Why it was refused once more. */
  readonly cause?: Cause;
}

export interface RefusedLettersOptions extends DeskOptions {
  /** Takes a record as its first delivery was to be taken. */
  readonly take: (record: ReceivedRecord) => Promise<void>;
}

/** More are not looked at one by one; their causes count them. */
const listedMax = 500;
/** Each may be as large as a record, and several people may ask at once. */
const listedMaxBytes = 16 * 1024 * 1024;
/** A letter that was published again after a crash follows closely: so many are remembered. */
const repeatsWithin = 10_000;

export const refusedLetters = (options: RefusedLettersOptions): RefusedLetters => {
  const { service, bus, take } = options;
  const fences = fencesOf(options, service);

  const list = async (filter = (_: DeadLetter): boolean => true): Promise<Refused> => {
    await fences.load();
    const letters: DeadLetter[] = [];
    let total = 0;
    let bytes = 0;
    for await (const letter of unfenced(bus.browse(topics.deadLetters(service)))) {
      if (fences.isSettled(letter.record) || !filter(letter)) continue;
      total += 1;
      letters.push(letter);
      bytes += bytesOf(letter.record);
      while (letters.length > listedMax || bytes > listedMaxBytes) {
        bytes -= bytesOf(letters.shift()!.record);
      }
    }
    return { letters, total };
  };
  const settle = (letter: DeadLetter, how: 'taken' | 'given-up', by: string) => {
    const { topic, partition, offset } = letter.record;
    return fences.settle({ topic, partition, offset, key: letter.key, how, by });
  };
  const takeAgain = async (letter: DeadLetter, by: string): Promise<TakenAgain> => {
    try {
      await take(letter.record);
    } catch (error) {
      if (isInfrastructure(error)) throw error;
      return { letter, became: 'refused', cause: causeOf(error) };
    }
    await settle(letter, 'taken', by);
    return { letter, became: 'taken' };
  };
  const replayOne = async (letter: DeadLetter, how: ReplayingRefused): Promise<TakenAgain> => {
    const { by, dryRun = false, giveUp = () => false } = how;
    const givenUp = giveUp(letter);
    if (dryRun) return { letter, became: givenUp ? 'given-up' : 'would-be-taken' };
    if (!givenUp && letter.cut) return { letter, became: 'refused', cause: notWhole };
    if (!givenUp) return takeAgain(letter, by);
    await settle(letter, 'given-up', by);
    return { letter, became: 'given-up' };
  };
  return {
    list,
    show: async (name) => {
      const named = ({ record, key, messageId }: DeadLetter) =>
        name !== '' && [placeNameOf(record), key, messageId].includes(name);
      return (await list(named)).letters;
    },
    replay: async (letters, how) => {
      const replayed: TakenAgain[] = [];
      for (const letter of letters) replayed.push(await replayOne(letter, how));
      return replayed;
    },
  };
};

const notWhole: Cause = { code: 'cut', text: 'only the beginning of its value could be kept' };

/** Letters without a fence, each once. */
const unfenced = async function* (
  published: AsyncIterable<ReceivedRecord>,
): AsyncGenerator<DeadLetter, void> {
  const seen = new Set<string>();
  for await (const record of published) {
    if (record.headers['dead_fence'] !== '') continue;
    const letter = readDeadLetter(record);
    const name = placeNameOf(letter.record);
    if (seen.has(name)) continue;
    seen.add(name);
    if (seen.size > repeatsWithin) seen.delete(seen.keys().next().value!);
    yield letter;
  }
};
