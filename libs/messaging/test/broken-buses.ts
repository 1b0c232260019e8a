import type { Assignment, Bus, ConsumeOptions } from '../src/port.js';

let members = 0;

const consuming =
  (change: (options: ConsumeOptions) => ConsumeOptions) =>
  (bus: Bus): Bus => ({ ...bus, consume: (options) => bus.consume(change(options)) });

const withAssignment = (change: (assignment: Assignment) => Partial<Assignment>) =>
  consuming((options) => ({
    ...options,
    assigned: (honest) => {
      const shown = {
        topic: honest.topic,
        partition: honest.partition,
        get revoked() {
          return honest.revoked;
        },
        commit: (offset: number) => honest.commit(offset),
        pause: () => honest.pause(),
        resume: () => honest.resume(),
        ...change(honest),
      };
      return options.assigned?.(shown);
    },
  }));

/** A bus that lies in one way, and the promise that it breaks. */
export const twins: readonly (readonly [lie: string, twin: (bus: Bus) => Bus, caughtBy: string])[] =
  [
    [
      'acknowledges before the records are durable',
      (bus) => ({
        ...bus,
        publish: async (records) =>
          void setTimeout(() => void bus.publish(records).catch(() => {}), 40),
      }),
      'has kept every acknowledged record when it is killed right after the acknowledgement',
    ],
    [
      'takes a lost acknowledgement for a good one',
      (bus) => ({ ...bus, publish: (records) => bus.publish(records).catch(() => undefined) }),
      'after a lost acknowledgement, publishing again leaves all records, in order, repeats aside',
    ],
    [
      'loses the order of a key',
      consuming((options) => ({
        ...options,
        deliver: (records, from) => options.deliver(records.toReversed(), from),
      })),
      'keeps the order of each key, from history into what is published meanwhile',
    ],
    [
      'commits on delivery',
      consuming((options) => ({
        ...options,
        deliver: async (records, from) => {
          await from.commit(records.at(-1)!.offset);
          await options.deliver(records, from);
        },
      })),
      'delivers again what was delivered but not committed',
    ],
    [
      'drops records when the consumer is slow',
      consuming((options) => {
        let busy = false;
        return {
          ...options,
          deliver: async (records, from) => {
            if (busy) return;
            busy = true;
            void options.deliver(records, from).finally(() => (busy = false));
          },
        };
      }),
      'drops nothing when a member is far slower than the publisher',
    ],
    [
      'hands over the next batch while one is in hand',
      consuming((options) => ({
        ...options,
        deliver: async (records, from) => void options.deliver(records, from),
      })),
      'gives a partition its next batch only when the one before was taken',
    ],
    [
      'gives a partition to every member of a group',
      consuming((options) => ({ ...options, group: `${options.group}-${(members += 1)}` })),
      'never lets two members of a group own a partition at once',
    ],
    [
      'lets groups take records from one another',
      consuming((options) => ({ ...options, group: 'everybody' })),
      'gives every group all records, each at its own pace',
    ],
    [
      'forgets commits',
      withAssignment(() => ({ commit: async () => undefined })),
      'begins again after the committed offset when it is killed: nothing less, nothing more',
    ],
    [
      'accepts commits of a partition that was taken away',
      withAssignment((honest) => ({ commit: (o) => honest.commit(o).catch(() => undefined) })),
      'refuses a commit of a partition that was taken away',
    ],
    [
      'does not pause',
      withAssignment(() => ({ pause: () => undefined })),
      'delivers nothing while paused and everything in order after resuming',
    ],
  ];
