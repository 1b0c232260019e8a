import { describe, expect, it } from '@jest/globals';
import type { CallFailed } from '../src/domain/outcomes.js';
import { aRun, asked, asks, at, callOf, chance, getOrder, orderRead } from './a-run.js';
import { profileNamed, refundArguments, rulesFor } from './shipped.js';

const failure = (more: Partial<CallFailed> = {}): CallFailed => ({
  kind: 'call-failed',
  failure: 'server-error',
  cause: 'status-500',
  ...more,
});

const drafter = rulesFor(profileNamed('ticket-drafter'));
const begun = (rules = drafter) => {
  const run = aRun(rules);
  run.tell(asked(rules));
  return run;
};
const ended = (run: ReturnType<typeof aRun>) => {
  const last = run.last();
  return last.type === 'AgentAbstained' ? last.data.reason : last.type;
};

describe('a model that always wants more ends at a person (I16)', () => {
  it('after so many answers', () => {
    const run = begun();
    for (let n = 0; run.state.phase === 'working'; n += 1) {
      expect(n).toBeLessThan(20);
      run.answer(asks(callOf('no_such_tool', {})));
    }
    expect(ended(run)).toBe('limit-reached');
    expect(run.types().filter((type) => type === 'ModelCallStarted')).toHaveLength(6);
  });

  it('after so many reads', () => {
    const run = begun();
    for (let n = 0; run.state.phase === 'working'; n += 1) {
      expect(n).toBeLessThan(40);
      const { open } = run.working.course;
      run.answer(open!.kind === 'tool' ? orderRead : asks(getOrder(), getOrder('A-1234')));
    }
    expect(ended(run)).toBe('limit-reached');
    expect(run.types().filter((type) => type === 'ToolCallStarted')).toHaveLength(6);
  });

  it('at once when it asks for thousands of calls in one answer', () => {
    const run = begun();
    run.answer(asks(...Array.from({ length: 10_000 }, () => getOrder())));
    expect(ended(run)).toBe('limit-reached');
    expect(run.types()).toHaveLength(4);
  });

  it('before a call that could exceed the tokens: they are charged first and settled after', () => {
    const rules = rulesFor(profileNamed('ticket-drafter', { tokens: 15_000 }));
    const run = begun(rules);
    const charged = run.working.course.tokens;
    expect(charged).toBeGreaterThan(4_000);
    run.answer({ ...asks(getOrder()), usage: { promptTokens: 9_000, answerTokens: 3_000 } });
    expect(run.working.course.tokens).toBe(12_000);
    run.answer(orderRead);
    expect(ended(run)).toBe('limit-reached');
  });

  it('and an answer without a count stays charged', () => {
    const run = begun();
    const charged = run.working.course.tokens;
    const { usage: _, ...uncounted } = asks(getOrder());
    run.answer(uncounted);
    expect(run.working.course.tokens).toBe(charged);
  });

  it('when its time is over, by the request', () => {
    const run = begun();
    run.answer(asks(callOf('crm_resolve-ticket', refundArguments)), 10);
    run.answer(orderRead, 301);
    expect(ended(run)).toBe('limit-reached');
  });

  it('when its time is over, by the profile', () => {
    const run = begun(rulesFor(profileNamed('ticket-drafter', { wallMs: 20_000 })));
    run.answer(asks(getOrder()), 21);
    expect(ended(run)).toBe('limit-reached');
  });

  it('when its request was due before anybody took it up', () => {
    const run = aRun(drafter);
    run.tell(asked(drafter, { worker: null }));
    run.tell({ type: 'WorkerFree', worker: 'w', chance }, 301);
    expect(run.types()).toEqual(['AgentRunAccepted', 'AgentAbstained']);
  });
});

describe('a call that fails (H5)', () => {
  it.each(['rate-limited', 'server-error', 'unreachable', 'timed-out'] as const)(
    'because it was %s is made again, logged before each attempt, and then given up',
    (kind) => {
      const run = begun();
      for (let n = 0; run.state.phase === 'working'; n += 1) {
        expect(n).toBeLessThan(10);
        run.answer(failure({ failure: kind }));
      }
      expect(ended(run)).toBe('model-unavailable');
      const attempts = run.events.flatMap((event) =>
        event.type === 'ModelCallStarted' ? [[event.data.attempt, event.data.pauseMs]] : [],
      );
      // Doubled each time, spread by chance: here in the middle.
      expect(attempts).toEqual([
        [1, undefined],
        [2, 250],
        [3, 500],
        [4, 1_000],
      ]);
    },
  );

  it('waits as long as it was asked to', () => {
    const run = begun();
    run.answer(failure({ failure: 'rate-limited', retryAfterMs: 7_000 }));
    expect(run.last().data).toMatchObject({ attempt: 2, pauseMs: 7_000 });
  });

  it('is given up when it is asked to wait longer than a worker may', () => {
    const run = begun();
    run.answer(failure({ failure: 'rate-limited', retryAfterMs: 120_000 }));
    expect(ended(run)).toBe('model-unavailable');
  });

  it.each([
    ['rejected', 'model-unavailable'],
    ['unreadable', 'unreadable-answer'],
    ['too-large', 'unreadable-answer'],
  ] as const)('and is %s is not made again', (kind, reason) => {
    const run = begun();
    run.answer(failure({ failure: kind }));
    expect(ended(run)).toBe(reason);
  });

  it('costs nothing when the endpoint wrote nothing, and stays charged when nobody knows', () => {
    const run = begun();
    const charged = run.working.course.tokens;
    run.answer(failure({ failure: 'rate-limited' }));
    expect(run.working.course.tokens).toBe(charged);
    run.answer(failure({ failure: 'timed-out' }));
    expect(run.working.course.tokens).toBe(2 * charged);
  });

  it('and was a read is made again, and then leaves the step to a person', () => {
    const run = begun();
    run.answer(asks(getOrder()));
    for (let n = 0; run.state.phase === 'working'; n += 1) {
      expect(n).toBeLessThan(10);
      run.answer(failure());
    }
    expect(ended(run)).toBe('missing-information');
    expect(run.types().filter((type) => type === 'ToolCallStarted')).toHaveLength(4);
  });
});

describe('a lease', () => {
  const leaseAlarm = (run: ReturnType<typeof aRun>) => run.working.held.leaseAlarm!;
  const lapse = (run: ReturnType<typeof aRun>, worker: string, seconds: number) =>
    run.tell({ type: 'AlarmDue', alarmId: leaseAlarm(run), worker, chance }, seconds);

  it('that runs out lets another worker go on with the call that nobody answered', () => {
    const run = begun();
    run.answer(asks(getOrder()), 1);
    lapse(run, 'w-2', 60);
    expect(run.types().slice(-2)).toEqual(['AgentRunClaimed', 'ToolCallStarted']);
    expect(run.last().data).toMatchObject({ epoch: 2, call: 3, purpose: 'asked', of: 0 });
    expect(run.events.at(-2)!.settles).toHaveLength(1);
  });

  it('lets nobody ask again what was answered (A9)', () => {
    const run = begun();
    run.answer(asks(getOrder()), 1);
    run.answer(orderRead, 2);
    lapse(run, 'w-2', 60);
    run.answer(asks(callOf('crm_resolve-ticket', refundArguments)), 61);
    expect(run.types().at(-1)).toBe('ProposalSubmitted');
    expect(run.types().filter((type) => type === 'ToolCallStarted')).toHaveLength(1);
  });

  it('that was lost makes the answer of its worker count for nothing', () => {
    const run = begun();
    const late = { worker: 'w-1', epoch: 1, leaseLeftMs: 1_000, chance } as const;
    lapse(run, 'w-2', 60);
    const answered = { call: 1, tookMs: 70_000, outcome: asks(getOrder()) };
    expect(run.tell({ type: 'CallEnded', ...late, answered }, 70)).toHaveProperty('ignored');
    expect(run.tell({ type: 'CallEnded', ...late, epoch: 2, answered }, 70)).toHaveProperty(
      'ignored',
    );
  });

  it('is renewed before a call that it would not cover, and its old alarm moves nothing', () => {
    const run = begun();
    const first = leaseAlarm(run);
    run.answer(asks(getOrder()), 20);
    expect(leaseAlarm(run)).toBe(first);
    run.answer(orderRead, 40);
    expect(run.last()).toMatchObject({ opens: [{ dueAt: at(100) }], settles: [first] });
    const due = { type: 'AlarmDue', alarmId: first, worker: 'w-2', chance } as const;
    expect(run.tell(due, 60)).toHaveProperty('ignored');
  });

  it('is renewed by the time that the worker counts, whatever the wall clock says', () => {
    const run = begun();
    run.answer(asks(getOrder()), 0, 29_999);
    expect(run.last()).toMatchObject({ data: { leaseUntil: at(60) }, opens: [{ dueAt: at(60) }] });
  });

  it('that is lost again and again ends at a person, with what it cost still counted', () => {
    const run = begun();
    const charged = run.working.course.tokens;
    lapse(run, 'w-2', 60);
    expect(run.working.course.tokens).toBe(2 * charged);
    for (let n = 2; run.state.phase === 'working'; n += 1) {
      expect(n).toBeLessThan(10);
      lapse(run, `w-${n + 1}`, 60);
    }
    expect(ended(run)).toBe('limit-reached');
    expect(run.types().filter((type) => type === 'AgentRunClaimed')).toHaveLength(5);
  });
});
