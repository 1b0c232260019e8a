import type { Decision, Recorded, Told } from '@countersign/decider';
import type { CaseProcess } from '../../src/domain/case-process.js';
import type { CaseFact } from '../../src/domain/facts.js';
import type { CaseInput } from '../../src/domain/inputs.js';
import type { CaseState } from '../../src/domain/state.js';

/** A process with one fault, and the promise that the walk must find broken. */
export interface BrokenTwin {
  readonly fault: string;
  readonly breaks: string;
  readonly of: (process: CaseProcess) => CaseProcess;
  /** How often a step may be entered on the walk, where loops show nothing more. */
  readonly visits?: number;
}

type Hearing = (told: Told<CaseInput>, state: CaseState) => unknown;

/** Hears something else than what was said. */
const mishearing =
  (hear: Hearing) =>
  (process: CaseProcess): CaseProcess => ({
    ...process,
    decide: (told, state) =>
      process.decide({ ...told, body: (hear(told, state) ?? told.body) as CaseInput }, state),
  });

/** Records something else than what was decided. */
const misrecording =
  (alter: (fact: CaseFact) => CaseFact | readonly CaseFact[]) =>
  (process: CaseProcess): CaseProcess => ({
    ...process,
    decide: (told, state) => {
      const decision: Decision<CaseFact> = process.decide(told, state);
      return 'facts' in decision ? { facts: decision.facts.flatMap(alter) } : decision;
    },
  });

const misremembering =
  (alter: (before: CaseState, event: Recorded<CaseFact>, after: CaseState) => unknown) =>
  (process: CaseProcess): CaseProcess => ({
    ...process,
    evolve: (state, event) => alter(state, event, process.evolve(state, event)) as CaseState,
  });

const waitsIn = (state: CaseState, phase: CaseState['phase']) => state.phase === phase;

export const brokenTwins: readonly BrokenTwin[] = [
  {
    fault: "takes another proposal's release",
    breaks: 'I4 an answer about another proposal moves',
    of: mishearing(({ body }, state) =>
      body.type === 'ApprovalReleased' && 'digest' in state
        ? { ...body, data: { ...body.data, proposalId: state.proposalId } }
        : undefined,
    ),
  },
  {
    fault: 'executes a text that nobody was shown',
    breaks: 'I1 something is executed that was not released',
    of: mishearing(({ body }, state) =>
      body.type === 'ApprovalReleased' && 'digest' in state
        ? { ...body, data: { ...body.data, digest: state.digest } }
        : undefined,
    ),
  },
  {
    fault: 'takes any answer for one to what is outstanding',
    breaks: 'I11 an answer to nothing outstanding moves',
    of: mishearing(({ body }, state) =>
      'answers' in body.data && 'requestId' in state
        ? { ...body, data: { ...body.data, answers: state.requestId } }
        : undefined,
    ),
  },
  {
    fault: 'takes the alarm of an earlier visit for the one that is open',
    breaks: 'I11 an alarm that is not open moves',
    of: mishearing(({ body }, state) =>
      body.type === 'AlarmDue' && waitsIn(state, 'awaiting-approval') && 'alarmId' in state
        ? { ...body, data: { ...body.data, alarmId: state.alarmId } }
        : undefined,
    ),
  },
  {
    fault: 'opens an ended case again',
    breaks: 'I8 an ended case moves again',
    of: (process) => ({
      ...process,
      decide: (told, state) =>
        process.decide(told, state.phase === 'ended' ? process.initial : state),
    }),
  },
  {
    fault: 'asks for an approval without a deadline',
    breaks: 'I12 RequestApproval has no deadline',
    of: misrecording((fact) => (fact.type === 'ApprovalAsked' ? { ...fact, opens: [] } : fact)),
  },
  {
    fault: 'leaves the alarm of a step open when the step is left',
    breaks: 'I12 an alarm is not settled',
    of: misrecording((fact) =>
      fact.type === 'AgentStepRecorded' ? { ...fact, settles: [] } : fact,
    ),
  },
  {
    fault: 'raises the alarm of an overdue execution again and again',
    breaks: 'I11 the same message moves twice',
    of: misremembering((before, event, after) =>
      event.type === 'ExecutionOverdue' ? { ...after, alarmId: event.data.alarmId } : after,
    ),
  },
  {
    fault: 'asks people to find out without a deadline',
    breaks: 'I12 RequestResolution has no deadline',
    of: misrecording((fact) => (fact.type === 'ResolutionAsked' ? { ...fact, opens: [] } : fact)),
  },
  {
    fault: 'keeps the deadline for finding out open when it was found out',
    breaks: 'I12 an alarm is not settled',
    of: misrecording((fact) =>
      fact.type === 'ResolutionRecorded' ? { ...fact, settles: [] } : fact,
    ),
  },
  {
    fault: 'calls again and again when nobody finds out',
    breaks: 'I11 the same message moves twice',
    of: misremembering((before, event, after) =>
      event.type === 'ResolutionOverdue' ? { ...after, alarmId: event.data.alarmId } : after,
    ),
  },
  {
    fault: 'takes an overdue finding for a failed execution',
    breaks: 'I20 an execution is left without its result',
    of: mishearing(({ body }, state) =>
      body.type === 'AlarmDue' && state.phase === 'uncertain' && body.data.alarmId === state.alarmId
        ? {
            type: 'ExecutionFailed',
            data: { answers: state.requestId, proposalId: state.proposalId, detail: 'late' },
            peer: { stream: '', revision: 0, hash: '' },
          }
        : undefined,
    ),
  },
  {
    fault: 'takes not knowing for failure',
    breaks: 'I20 not knowing ends a case',
    of: mishearing(({ body }) => {
      if (body.type !== 'ExecutionUncertain') return undefined;
      const { answers, proposalId, reason } = body.data;
      return { ...body, type: 'ExecutionFailed', data: { answers, proposalId, detail: reason } };
    }),
  },
  {
    fault: 'takes an overdue execution for a failed one',
    breaks: 'I20 an execution is left without its result',
    of: mishearing(({ body }, state) =>
      body.type === 'AlarmDue' && state.phase === 'executing' && body.data.alarmId === state.alarmId
        ? {
            type: 'ExecutionFailed',
            data: { answers: state.requestId, proposalId: state.proposalId, detail: 'late' },
            peer: { stream: '', revision: 0, hash: '' },
          }
        : undefined,
    ),
  },
  {
    fault: 'does not ask anybody when nobody knows',
    breaks: 'I26 nobody will ever end this wait',
    of: misrecording((fact) => (fact.type === 'ResolutionAsked' ? [] : fact)),
  },
  {
    fault: 'forgets what to expect of people',
    breaks: 'I10 RequestApproval is not as its contract says',
    of: (process) => ({
      ...process,
      react: (event) =>
        process.react(event).map((effect) => ({
          ...effect,
          data: { ...(effect.data as object), need: undefined },
        })),
    }),
  },
  {
    fault: 'does not hear that changes were requested',
    breaks: 'A3 nothing ever hears ApprovalChangesRequested',
    visits: 1,
    of: mishearing(({ body }) =>
      body.type === 'ApprovalChangesRequested'
        ? { ...body, type: 'ApprovalExpired', data: { answers: '', proposalId: '' } }
        : undefined,
    ),
  },
  {
    fault: 'shows a state that is on no list',
    breaks: 'I7 ApprovalAsked does not say where the case stands',
    of: misrecording((fact) =>
      fact.type === 'ApprovalAsked'
        ? ({ ...fact, data: { ...fact.data, state: 'pending' } } as unknown as CaseFact)
        : fact,
    ),
  },
];

/** Mutates what it was given; the walk cannot even be walked. */
export const mutating = misremembering((before, _event, after) => {
  if ('memory' in before) (before.memory.visits as Record<string, number>)['draft'] = 0;
  return after;
});
