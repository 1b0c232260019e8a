import type { Rights } from '@countersign/contracts';
import type { EventStore, StoredEvent } from '@countersign/event-store';
import { SubjectKeysMismatch, type SealedBox, type SubjectKeys } from '@countersign/trust';

/** Among so many events of a service there is one that speaks of a person, if any does. */
const looksAtMax = 1_000;

/**
 * Looks whether the keys open what a service has stored, before it stores more: with the keys of
 * another deployment, or with none, it would bury every message.
 * @throws SubjectKeysMismatch
 */
export const mustOpenWhatIsStored = async (
  store: EventStore,
  keys: Pick<SubjectKeys, 'find'>,
  { append }: Pick<Rights, 'append'>,
): Promise<void> => {
  const box = await firstBoxIn(store, append);
  if (!box) return;
  try {
    await keys.find(box.key);
  } catch (error) {
    if ((error as Error).name !== 'SubjectKeyUnknown') throw error;
    throw new SubjectKeysMismatch(
      'the store holds what was sealed with other keys than those of SUBJECT_KEYS_FILE: give it the ' +
        'keys that belong to this store, or restore them from their backup',
      { cause: error },
    );
  }
};

const firstBoxIn = async (
  store: EventStore,
  prefixes: readonly string[],
): Promise<SealedBox | undefined> => {
  let box: SealedBox | undefined;
  let looked = 0;
  const enough = Promise.withResolvers<void>();
  const subscription = store.subscribe({
    prefixes: prefixes.filter((prefix) => prefix.endsWith('-')),
    batchMax: 100,
    deliver: ({ events }) => {
      looked += events.length;
      box ??= events.map(boxOf).find((one) => one !== undefined);
      if (box || looked >= looksAtMax) enough.resolve();
    },
  });
  await Promise.race([enough.promise, subscription.caughtUp]);
  await subscription.close();
  return box;
};

const boxOf = ({ data }: StoredEvent): SealedBox | undefined => {
  const { sealed } = data as { readonly sealed?: Readonly<Record<string, SealedBox>> };
  return sealed && Object.values(sealed)[0];
};
