import { ignore, record, refuse, type Decider, type Fact } from '@countersign/decider';
import type { PersonalFields } from '../src/journal.js';

// A small domain that does everything the runtime must carry: several facts an append, personal
// words, alarms, silence, refusals, and no idea of its own of which input it has heard before.

export type TallyInput =
  | { readonly type: 'Add'; readonly n: number; readonly words?: string; readonly dueAt?: string }
  | { readonly type: 'Settle'; readonly alarmId: string }
  | { readonly type: 'Close' };

export type TallyFact =
  | Fact<'Added', { n: number; total: number; reason?: string | undefined }>
  | Fact<'Said', { words: string; length: number }>
  | Fact<'Settled', Record<string, never>>
  | Fact<'Closed', { total: number }>;

export interface Tally {
  readonly total: number;
  readonly order: readonly number[];
  readonly closed: boolean;
}

export const tallyPersonal: PersonalFields = { Said: ['words'] };

export const tally: Decider<TallyInput, TallyFact, Tally, 'negative'> = {
  initial: { total: 0, order: [], closed: false },
  decide: ({ body }, { total, closed }) => {
    if (closed) return ignore('closed');
    if (body.type === 'Close') return record({ type: 'Closed', data: { total } });
    if (body.type === 'Settle') {
      return record({ type: 'Settled', data: {}, settles: [body.alarmId] });
    }
    if (body.n < 0) return refuse('negative');
    if (body.n === 0) return ignore('nothing to add');
    const { n, words, dueAt } = body;
    const added: TallyFact = {
      type: 'Added',
      data: { n, total: total + n, reason: undefined },
      ...(dueAt !== undefined && { opens: [{ name: `due:${n}`, dueAt }] }),
    };
    if (words === undefined) return record(added);
    return record<TallyFact>(added, { type: 'Said', data: { words, length: words.length } });
  },
  evolve: (state, event) => {
    if (event.type === 'Added') {
      return { ...state, total: event.data.total, order: [...state.order, event.data.n] };
    }
    return event.type === 'Closed' ? { ...state, closed: true } : state;
  },
};
