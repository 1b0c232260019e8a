import { describe, expect, it } from '@jest/globals';
import { walk, wayTo, type Move, type Walk } from '@countersign/decider';
import type { Execution } from '../src/domain/execution.js';
import type {
  CommandRefusal,
  ExecutionFact,
  ExecutionInput,
  ExecutionState,
} from '../src/domain/facts.js';
import { decider, findings, idOf, late, order, ordered, start, told } from './orders.js';

/** What an onlooker knows who hears the inputs and sees the events, and nothing else. */
interface Seen {
  readonly results: number;
  readonly uncertain: number;
  /** Per epoch: whether a call may have left in it. */
  readonly mayHaveLeft: readonly boolean[];
  readonly openAlarms: readonly string[];
  readonly oldAlarms: readonly string[];
}
type ExecutionWalk = Walk<ExecutionInput, ExecutionFact, ExecutionState, Seen>;

const results: readonly ExecutionFact['type'][] = [
  'ExecutionSucceeded',
  'ExecutionRefused',
  'ExecutionFailed',
  'ExecutionResolved',
];

const see = (
  seen: Seen,
  { events }: Pick<Move<ExecutionInput, ExecutionFact, ExecutionState, Seen>, 'events'>,
): Seen =>
  events.reduce((now: Seen, { type, opens, settles }) => {
    const closed = now.openAlarms.filter((id) => settles.includes(id));
    return {
      // Two are as wrong as twenty; without a bound a faulty process would be walked for ever.
      results: Math.min(2, now.results + (results.includes(type) ? 1 : 0)),
      uncertain: Math.min(2, now.uncertain + (type === 'ExecutionUncertain' ? 1 : 0)),
      mayHaveLeft:
        type === 'ExecutionClaimed'
          ? [...now.mayHaveLeft, true]
          : type === 'ExecutionPostponed'
            ? now.mayHaveLeft.with(-1, false)
            : now.mayHaveLeft,
      openAlarms: [
        ...now.openAlarms.filter((id) => !settles.includes(id)),
        ...opens.map(({ id }) => id),
      ],
      oldAlarms: closed.length > 0 ? closed : now.oldAlarms,
    };
  }, seen);

const inputsFor =
  (idempotency: typeof order.idempotency) =>
  ({ seen, state }: { seen: Seen; state: ExecutionState }) => {
    const of = { ...order, idempotency };
    const epochs = seen.mayHaveLeft.map((_, n) => n + 1);
    const alarm = (id: string, at: string) => told(id, { type: 'AlarmDue', worker: 'w9' }, at);
    return [
      ordered(of),
      ordered(of, ''),
      ordered({ ...of, requestId: idOf('another request') }),
      told(idOf('accepted'), { type: 'Claim', worker: 'w2' }),
      ...[...seen.openAlarms, ...seen.oldAlarms].flatMap((id) => [
        alarm(id, start),
        alarm(id, late),
      ]),
      ...epochs.flatMap((epoch) =>
        Object.entries(findings).map(([name, finding]) =>
          told(idOf(`${name} in ${epoch}`), { type: 'Reported', epoch, finding }),
        ),
      ),
      ...(state.phase === 'unknown' ? [] : (['done', 'not-done'] as const)).map((outcome) =>
        told(idOf(`resolved ${outcome}`), { type: 'ResolveExecution', outcome, by: 'rob' }),
      ),
    ];
  };

const nothingSeen: Seen = {
  results: 0,
  uncertain: 0,
  mayHaveLeft: [],
  openAlarms: [],
  oldAlarms: [],
};

const walked = (process: Execution, idempotency: typeof order.idempotency): ExecutionWalk =>
  walk<ExecutionInput, ExecutionFact, ExecutionState, Seen, CommandRefusal>({
    process,
    inputsIn: inputsFor(idempotency),
    onlooker: { initial: nothingSeen, see },
  });

/** Everything that must hold on every step; each finding names the way to it. */
const faultsOf = (
  { places, moves }: ExecutionWalk,
  process: Execution,
  idempotency: typeof order.idempotency,
): string[] => [
  ...places.flatMap((place) => {
    const { phase } = place.state;
    const { results: ended, openAlarms, uncertain } = place.seen;
    const way = `${phase} by ${wayTo(place)}`;
    return [
      ...(ended > 1 ? [`two results: ${way}`] : []),
      ...(uncertain > 1 ? [`uncertain twice: ${way}`] : []),
      ...(ended === 1 && phase !== 'ended' ? [`left its end: ${way}`] : []),
      ...((phase === 'claimed') === (openAlarms.length === 1) ? [] : [`lease and claim: ${way}`]),
    ];
  }),
  ...moves.flatMap((move) => {
    const { told: input, to, from, events } = move;
    const way = `${input.body.type} after ${wayTo(from)}`;
    const again = process.decide(input, to.state);
    const repeated = 'facts' in again ? [`moves twice: ${way}`] : [];
    return [...repeated, ...events.flatMap((event) => unproven(event, move, way, idempotency))];
  }),
];

const unproven = (
  event: { readonly type: string },
  { told: input, from }: Move<ExecutionInput, ExecutionFact, ExecutionState, Seen>,
  way: string,
  idempotency: typeof order.idempotency,
): string[] => {
  const possible = from.seen.mayHaveLeft.filter(Boolean).length;
  const finding = input.body.type === 'Reported' ? input.body.finding : undefined;
  switch (event.type) {
    case 'ExecutionFailed':
      return possible > 0 ? [`failed though a call may have left: ${way}`] : [];
    case 'ExecutionRefused': {
      const everyCall = finding?.kind === 'refused' && finding.covers === 'every-call';
      return possible > 1 && !everyCall ? [`refused though a call may have left: ${way}`] : [];
    }
    case 'ExecutionClaimed':
      return possible > 0 && idempotency === 'none' ? [`a blind second call: ${way}`] : [];
    case 'ExecutionSucceeded':
      return finding?.kind === 'done' ? [] : [`a success that nobody saw: ${way}`];
    default:
      return [];
  }
};

describe.each(['native', 'readback', 'none'] as const)(
  'every step of a %s tool (I3, I8, I20)',
  (idempotency) => {
    const walkOfIt = walked(decider, idempotency);

    it('ends once, proves what it says, moves once for each input, and always waits for something', () => {
      expect(faultsOf(walkOfIt, decider, idempotency)).toEqual([]);
    });

    it('hears every kind of input in some state', () => {
      const heard = new Set(walkOfIt.moves.map(({ told: input }) => input.body.type));
      const kinds = ['ExecuteAction', 'Claim', 'AlarmDue', 'Reported', 'ResolveExecution'];
      expect([...heard].sort()).toEqual([...kinds].sort());
    });

    it('records every kind of fact, and reaches every phase', () => {
      const facts = new Set(walkOfIt.moves.flatMap(({ events }) => events.map(({ type }) => type)));
      expect(facts.size).toBe(9);
      const phases = new Set(walkOfIt.places.map(({ state }) => state.phase));
      expect([...phases].sort()).toEqual(['accepted', 'claimed', 'ended', 'uncertain', 'unknown']);
    });

    it('answers the request of the order, whatever comes to an end', () => {
      for (const { effects } of walkOfIt.moves) {
        for (const { effect } of effects) {
          expect(effect).toMatchObject({
            topic: 'executor.answers.v1',
            data: { answers: order.requestId, proposalId: order.proposalId },
          });
        }
      }
    });
  },
);

describe('the walk', () => {
  const decideAs = (
    decide: (...args: Parameters<Execution['decide']>) => ReturnType<Execution['decide']>,
  ) => ({
    ...decider,
    decide,
  });
  const twins: Record<string, Execution> = {
    'believes a refusal of one call for all': decideAs((input, state) =>
      input.body.type === 'Reported' && input.body.finding.kind === 'refused'
        ? decider.decide(
            {
              ...input,
              body: { ...input.body, finding: { ...input.body.finding, covers: 'every-call' } },
            },
            state.phase === 'claimed' ? { ...state, earlierCalls: 0 } : state,
          )
        : decider.decide(input, state),
    ),
    'calls again although nobody dedupes': decideAs((input, state) =>
      decider.decide(
        input,
        state.phase === 'claimed'
          ? { ...state, order: { ...state.order, idempotency: 'native' } }
          : state,
      ),
    ),
    'ends a second time after its end': decideAs((input, state) =>
      state.phase === 'ended' && input.body.type === 'ResolveExecution'
        ? decider.decide(input, { ...state, phase: 'uncertain', earlierCalls: 0 })
        : decider.decide(input, state),
    ),
    'forgets that an earlier call may have left': {
      ...decider,
      evolve: (state, event) => {
        const next = decider.evolve(state, event);
        return next.phase === 'claimed' ? { ...next, earlierCalls: 0 } : next;
      },
    },
    'takes an old lease for a new one': decideAs((input, state) =>
      input.body.type === 'AlarmDue' && state.phase === 'claimed'
        ? decider.decide({ ...input, id: state.leaseId }, state)
        : decider.decide(input, state),
    ),
  };

  it.each(Object.keys(twins))('catches an executor that %s', (name) => {
    const faults = (['native', 'readback', 'none'] as const).flatMap((idempotency) =>
      faultsOf(walked(twins[name]!, idempotency), twins[name]!, idempotency),
    );
    expect(faults).not.toEqual([]);
  });
});
