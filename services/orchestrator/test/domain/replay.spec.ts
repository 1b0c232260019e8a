import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { effectIdOf, fold, type Recorded } from '@countersign/decider';
import { caseProcess } from '../../src/domain/case-process.js';
import { casePersonal, type CaseFact } from '../../src/domain/facts.js';
import type { CaseState } from '../../src/domain/state.js';
import { supportTicket } from './definitions-walked.js';
import { stories } from './stories.js';

const process_ = caseProcess(supportTicket);
const asStored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Takes away what a replay must not need: a clock, chance, and a way to reach a model. */
const withNothingOutside = <T>(replay: () => T): T => {
  const kept = {
    now: Date.now,
    random: Reflect.get(Math, 'random') as unknown,
    fetch: globalThis.fetch,
  };
  const gone = () => {
    throw new Error('a replay asked for something outside');
  };
  Object.assign(Date, { now: gone });
  Object.assign(Math, { random: gone });
  Object.assign(globalThis, { fetch: gone });
  try {
    return replay();
  } finally {
    Object.assign(Date, { now: kept.now });
    Object.assign(Math, { random: kept.random });
    Object.assign(globalThis, { fetch: kept.fetch });
  }
};

describe('a case that is replayed with no model, clock or network (A9)', () => {
  it.each(Object.entries(stories))('is what it was when it was live: %s', (_, tell) => {
    const { events, state } = tell(supportTicket);
    const replayed = withNothingOutside(() => fold(process_, asStored(events)));
    expect(asStored(replayed)).toEqual(asStored(state));
  });

  it.each(Object.entries(stories))(
    'asks for the same messages under the same ids: %s',
    (_, tell) => {
      const { events } = tell(supportTicket);
      const messagesOf = (history: readonly Recorded<CaseFact>[]) =>
        history.flatMap((event) =>
          process_.react(event).map((effect) => [effectIdOf(event.id, effect.name), effect]),
        );
      const again = withNothingOutside(() => messagesOf(asStored(events)));
      expect(asStored(again)).toEqual(asStored(messagesOf(events)));
    },
  );

  it.each(Object.entries(stories))('can be folded when its people were erased: %s', (_, tell) => {
    const { events, state } = tell(supportTicket);
    const erased = asStored(events).map((event) => {
      const sealed = casePersonal[event.type] ?? [];
      const left = Object.entries(event.data).filter(([name]) => !sealed.includes(name));
      return { ...event, data: Object.fromEntries(left) } as unknown as Recorded<CaseFact>;
    });
    const { phase, ...waits } = fold(process_, erased) as { phase: string; requestId?: string };
    expect(phase).toBe(state.phase);
    expect(waits.requestId).toBe('requestId' in state ? state.requestId : undefined);
  });
});

/** A stream as it was once stored, and what it came to. Never regenerated: only added to. */
interface Golden {
  readonly events: readonly Recorded<CaseFact>[];
  /** Phase and case state after each event. */
  readonly ways: readonly string[];
  readonly state: CaseState;
  readonly messages: readonly { readonly id: string; readonly type: string }[];
}

const wayOf = (state: CaseState): string =>
  'memory' in state ? `${state.phase}, ${state.memory.state}` : state.phase;

describe('streams of the past', () => {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../golden');
  const goldens = readdirSync(folder).filter((name) => name.endsWith('.json'));

  it('are kept, at least one a way to end', () => {
    expect(goldens.length).toBeGreaterThanOrEqual(8);
  });

  it.each(goldens)('fold for ever to what they came to: %s', (name) => {
    const golden = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Golden;
    expect(asStored(fold(process_, golden.events))).toEqual(golden.state);
    const ways = golden.events.map((_, n) => wayOf(fold(process_, golden.events.slice(0, n + 1))));
    expect(ways).toEqual(golden.ways);
    const messages = golden.events.flatMap((event) =>
      process_
        .react(event)
        .map(({ name: effect, type }) => ({ id: effectIdOf(event.id, effect), type })),
    );
    expect(messages).toEqual(golden.messages);
  });
});
