import type { Fact, Recorded, RecordedFact, Told } from './decider.js';
import { effectIdOf, eventIdOf } from './identity.js';

/** Facts as they will stand in the stream after `revision` (-1: the stream is empty). */
export const stamp = <F extends Fact>(
  input: Omit<Told<unknown>, 'body'>,
  facts: readonly F[],
  revision: number,
): readonly Recorded<F>[] =>
  facts.map((fact, index): RecordedFact => {
    const id = eventIdOf(input.id, index);
    return {
      id,
      type: fact.type,
      data: fact.data,
      revision: revision + 1 + index,
      recordedAt: input.recordedAt,
      actor: fact.actor ?? input.actor,
      opens: (fact.opens ?? []).map((alarm) => ({ ...alarm, id: effectIdOf(id, alarm.name) })),
      settles: fact.settles ?? [],
    };
  }) as unknown as readonly Recorded<F>[];
