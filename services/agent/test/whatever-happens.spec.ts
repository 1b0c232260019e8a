import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isEnding } from '../src/domain/facts.js';
import type { Outcome } from '../src/domain/outcomes.js';
import type { RunInput } from '../src/domain/run.js';
import { aRun, asked, asks, callOf, chance, getOrder, orderRead, says } from './a-run.js';
import { profileNamed, refundArguments, rulesFor } from './shipped.js';

const drafter = rulesFor(profileNamed('ticket-drafter'));
const proposal = callOf('crm_resolve-ticket', refundArguments);

const outcomes: readonly Outcome[] = [
  asks(getOrder()),
  asks(getOrder(), callOf('shell', {})),
  asks(proposal),
  asks(proposal, proposal),
  asks(callOf('abstain', { reason: 'not-found', explanation: 'No such order.' })),
  says({ text: 'words' }),
  orderRead,
  { kind: 'tool-answer', status: 404, body: '' },
  { kind: 'call-failed', failure: 'timed-out', cause: 'deadline' },
  { kind: 'call-failed', failure: 'rejected', cause: 'status-401' },
];

type Happening =
  | { readonly kind: 'asked' | 'free' | 'old alarm' }
  | { readonly kind: 'answered'; readonly outcome: Outcome; readonly late: boolean }
  | { readonly kind: 'lapsed' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: answered() },
  { weight: 1, arbitrary: fc.constantFrom<Happening>({ kind: 'asked' }, { kind: 'free' }) },
  { weight: 2, arbitrary: fc.constantFrom<Happening>({ kind: 'lapsed' }, { kind: 'old alarm' }) },
);
function answered(): fc.Arbitrary<Happening> {
  return fc.record({
    kind: fc.constant('answered' as const),
    outcome: fc.constantFrom(...outcomes),
    late: fc.boolean(),
  });
}

/** A history of anything in any order: redeliveries, lost workers, answers of those who lost. */
const live = (happenings: readonly Happening[], begins: boolean) => {
  const run = aRun(drafter);
  const alarms: string[] = [];
  run.tell(asked(drafter, begins ? {} : { worker: null }));
  happenings.forEach((happening, seconds) => {
    const input = inputOf(happening, run, alarms, seconds);
    if (input) run.tell(input, seconds);
    if (run.state.phase === 'working') alarms.push(run.working.held.leaseAlarm!);
  });
  return { run, alarms };
};

const inputOf = (
  happening: Happening,
  run: ReturnType<typeof aRun>,
  alarms: readonly string[],
  seconds: number,
): RunInput | undefined => {
  const worker = `w-${seconds}`;
  switch (happening.kind) {
    case 'asked':
      return asked(drafter, { worker });
    case 'free':
      return { type: 'WorkerFree', worker, chance };
    case 'old alarm':
      return alarms[0] === undefined
        ? undefined
        : { type: 'AlarmDue', alarmId: alarms[0], worker, chance };
    case 'lapsed':
      if (run.state.phase !== 'working') return undefined;
      return { type: 'AlarmDue', alarmId: run.working.held.leaseAlarm!, worker, chance };
    case 'answered': {
      if (run.state.phase !== 'working') return undefined;
      const { held, course } = run.working;
      const answer = { call: course.open!.number, tookMs: 1, outcome: happening.outcome };
      const by = { worker: happening.late ? 'w-lost' : held.worker, epoch: held.epoch };
      return { type: 'CallEnded', ...by, leaseLeftMs: 60_000, chance, answered: answer };
    }
  }
};

describe('whatever happens to a run', () => {
  const lives = fc.tuple(fc.array(happening, { maxLength: 40 }), fc.boolean());

  it('it ends at most once, says one thing, and then nothing moves it (I11)', () => {
    fc.assert(
      fc.property(lives, ([happenings, begins]) => {
        const { run } = live(happenings, begins);
        const ends = run.events.filter(isEnding);
        expect(ends.length).toBeLessThanOrEqual(1);
        expect(run.effects()).toHaveLength(ends.length);
        if (ends.length === 1) expect(isEnding(run.last())).toBe(true);
      }),
    );
  });

  it('while a worker has it, one call is open and one alarm watches over it', () => {
    fc.assert(
      fc.property(lives, ([happenings, begins]) => {
        const { run } = live(happenings, begins);
        const opened = run.events.flatMap(({ opens }) => opens.map(({ id }) => id));
        const settled = run.events.flatMap(({ settles }) => settles);
        const outstanding = opened.filter((id) => !settled.includes(id));
        if (run.state.phase === 'working') {
          expect(outstanding).toEqual([run.working.held.leaseAlarm]);
          expect(run.working.course.open).toBeDefined();
        } else {
          expect(outstanding).toEqual([]);
        }
      }),
    );
  });

  it('every call was logged by its holder before anything came of it, and numbers never repeat', () => {
    fc.assert(
      fc.property(lives, ([happenings, begins]) => {
        const { run } = live(happenings, begins);
        const started: number[] = [];
        for (const event of run.events) {
          const answer = 'answered' in event.data ? event.data.answered : undefined;
          if (answer) expect(started.at(-1)).toBe(answer.call);
          if (event.type === 'ModelCallStarted' || event.type === 'ToolCallStarted') {
            expect(event.data.call).toBe(started.length + 1);
            started.push(event.data.call);
          }
        }
      }),
    );
  });
});
