import type { Service } from '@countersign/contracts';
import { Problem, type DeadLetterDoor, type DeadLetterItem } from '@countersign/http';
import {
  isNamedIn,
  placeNameOf,
  type Cause,
  type DeadLetter,
  type DeadLetterDesk,
  type FencedKey,
  type RefusedLetters,
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
    return [
      ...asked.map(({ fence, letters: all, taken, requested }) => ({
        id: fence.id,
        became: requested ? ('asked' as const) : ('would-be-taken' as const),
        taken: taken.map(({ record }) => placeNameOf(record)),
        skipped: all.filter((one) => !taken.includes(one)).map(({ record }) => placeNameOf(record)),
      })),
      ...(again ?? []).map(({ letter, became, cause }) => {
        const id = placeNameOf(letter.record);
        const lists =
          became === 'given-up' ? { taken: [], skipped: [id] } : { taken: [id], skipped: [] };
        return { id, became, ...lists, ...(cause && { cause }) };
      }),
    ];
  },
});

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
