import type { Service } from '@countersign/contracts';
import {
  Problem,
  type DeadLetterDoor,
  type DeadLetterItem,
  type LetterReplayed,
} from '@countersign/http';
import {
  isNamedIn,
  placeNameOf,
  type Cause,
  type DeadLetter,
  type DeadLetterDesk,
  type FencedKey,
  type RefusedLetters,
  type Replay,
  type TakenAgain,
} from '@countersign/messaging';
import { letterShown, lettersShown } from './show-letters.js';

/** The dead letters of a service as they are asked over HTTP: fenced keys, and refused records. */
export const deadLetterDoor = (
  service: Service,
  desk: DeadLetterDesk,
  refused: RefusedLetters | undefined,
): DeadLetterDoor => ({
  service,
  list: async (cause) => {
    const fits = fitsCause(cause);
    const fenced = (await desk.list()).filter(({ fence }) => fits(fence.cause));
    const causes: Record<string, number> = {};
    const count = (of: Cause) => {
      if (fits(of)) causes[of.code] = (causes[of.code] ?? 0) + 1;
      return fits(of);
    };
    for (const { fence } of fenced) count(fence.cause);
    const put = await refused?.list((letter) => count(letter.cause));
    const items = [...fenced.map(itemOfFence), ...(put?.letters ?? []).map(itemOfLetter)];
    return { items, total: fenced.length + (put?.total ?? 0), causes };
  },
  show: async (name) => [
    ...(await desk.show(name)).map((fenced) => ({
      ...itemOfFence(fenced),
      letters: lettersShown(fenced.letters),
    })),
    ...((await refused?.show(name)) ?? []).map((letter) => ({
      ...itemOfLetter(letter),
      letters: [letterShown(letter)],
    })),
  ],
  replay: async (name, { by, dryRun, skip }) => {
    const fenced = await desk.show(name);
    const letters = (await refused?.show(name)) ?? [];
    if (fenced.length + letters.length === 0) return [];
    mustKnow(skip, [...fenced.flatMap((one) => one.letters), ...letters]);
    const asked = fenced.length > 0 ? await desk.replay(name, { by, dryRun, skip }) : [];
    const again = await refused?.replay(letters, { by, dryRun, giveUp: isNamedIn(skip) });
    return [...asked.map(askedFor), ...(again ?? []).map(takenAgain)];
  },
  replayAll: async (cause, { by, dryRun }) => {
    const begun = performance.now();
    const fits = fitsCause(cause);
    const fenced = (await desk.list()).filter(({ fence }) => fits(fence.cause));
    const put = await refused?.list((letter) => fits(letter.cause));
    const waiting = [...(put?.letters ?? [])];
    const unlisted = (put?.total ?? 0) - waiting.length;
    const replayed: LetterReplayed[] = [];
    const isTime = () => performance.now() - begun < replayMaxMs;
    while (fenced.length > 0 && isTime()) {
      const { id } = fenced.shift()!.fence;
      // One that was lifted meanwhile has nothing left to ask for.
      if ((await desk.show(id)).length === 0) continue;
      replayed.push(...(await desk.replay(id, { by, dryRun })).map(askedFor));
    }
    while (waiting.length > 0 && isTime()) {
      const again = await refused!.replay(waiting.splice(0, atOnce), { by, dryRun });
      replayed.push(...again.map(takenAgain));
    }
    return { replayed, left: fenced.length + waiting.length + unlisted };
  },
});

/** The front door waits ten seconds for an answer. */
const replayMaxMs = 7_000;
const atOnce = 10;

const askedFor = ({ fence, letters, taken, requested }: Replay): LetterReplayed => ({
  id: fence.id,
  became: requested ? 'asked' : 'would-be-taken',
  taken: taken.map(({ record }) => placeNameOf(record)),
  skipped: letters.filter((one) => !taken.includes(one)).map(({ record }) => placeNameOf(record)),
});

const takenAgain = ({ letter, became, cause }: TakenAgain): LetterReplayed => {
  const id = placeNameOf(letter.record);
  const givenUp = became === 'given-up';
  return {
    id,
    became,
    taken: givenUp ? [] : [id],
    skipped: givenUp ? [id] : [],
    ...(cause && { cause }),
  };
};

const fitsCause = (wanted: string | undefined) => {
  const words = wanted?.toLowerCase();
  return ({ code, text }: Cause): boolean =>
    words === undefined || code === words || text.toLowerCase().includes(words);
};

const mustKnow = (skip: readonly string[], letters: readonly DeadLetter[]): void => {
  const missing = skip.find((name) => !letters.some(isNamedIn([name])));
  if (missing === undefined) return;
  throw new Problem(422, 'unknown-letter', 'What is to be skipped is not there', {
    detail: `${missing} is not among these dead letters`,
  });
};

const itemOfFence = ({ fence, letters }: FencedKey): DeadLetterItem => ({
  id: fence.id,
  kind: 'fenced',
  topic: fence.topic,
  partition: fence.partition,
  offset: fence.offset,
  key: fence.key,
  messageId: fence.messageId,
  messageType: fence.messageType,
  since: fence.since,
  cause: fence.cause,
  letters: letters.length,
});

const itemOfLetter = (letter: DeadLetter): DeadLetterItem => ({
  id: placeNameOf(letter.record),
  kind: 'refused',
  topic: letter.record.topic,
  partition: letter.record.partition,
  offset: letter.record.offset,
  key: letter.key,
  messageId: letter.messageId,
  messageType: letter.messageType,
  since: letter.lastFailedAt,
  cause: letter.cause,
  letters: 1,
});
