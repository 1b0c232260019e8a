import type { GroupOffset } from './bus-writer.js';

/** How far each group has durably come in each topic, and what is on its way to be written. */
export interface GroupOffsets {
  /** Where a group starts, as read when it joined. */
  start(at: GroupOffset): void;
  committed(group: string, topic: string): number;
  /** Resolves when it is durable; while a write is under way later offsets replace earlier ones. */
  commit(at: GroupOffset): Promise<void>;
  /** Resolves when nothing waits to be written. */
  settled(): Promise<void>;
}

/** @param onCommitted told after each durable write, by topic */
export const groupOffsets = (
  write: (offsets: readonly GroupOffset[]) => Promise<void>,
  onCommitted: (topic: string) => void,
): GroupOffsets => {
  const durable = new Map<string, number>();
  const wanted = new Map<string, GroupOffset>();
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  const nameOf = (group: string, topic: string) => `${group}\n${topic}`;
  const durableOf = (name: string) => durable.get(name) ?? 0;
  const writeWanted = async () => {
    next = undefined;
    const offsets = [...wanted.values()];
    wanted.clear();
    await write(offsets);
    for (const { group, topic, offset } of offsets) {
      const name = nameOf(group, topic);
      durable.set(name, Math.max(durableOf(name), offset));
      onCommitted(topic);
    }
  };
  return {
    start: ({ group, topic, offset }) => {
      const name = nameOf(group, topic);
      durable.set(name, Math.max(durableOf(name), offset));
    },
    committed: (group, topic) => durableOf(nameOf(group, topic)),
    commit: (at) => {
      const name = nameOf(at.group, at.topic);
      if (at.offset <= durableOf(name)) return Promise.resolve();
      if (at.offset > (wanted.get(name)?.offset ?? 0)) wanted.set(name, at);
      next ??= writing = writing.catch(() => undefined).then(writeWanted);
      return next;
    },
    settled: () => writing.catch(() => undefined),
  };
};
