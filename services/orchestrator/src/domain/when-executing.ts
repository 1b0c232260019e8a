import { ignore, record, type Decision } from '@countersign/decider';
import { instantAfter } from '@countersign/time';
import { stepOf } from './definition.js';
import type { CaseFact } from './facts.js';
import type { AlarmDue, HeardInput, InputOf } from './inputs.js';
import {
  alarmsOf,
  answered,
  cameDue,
  foreignTo,
  moveOn,
  silence,
  standsAt,
  type Turn,
} from './move-on.js';
import type { ExecutingState } from './state.js';

/**
 * The executor acts, or nobody knows whether it did. Silence is not failure: a deadline calls a
 * person and moves nothing, and the first result wins, however late it comes.
 */
export const whenExecuting = (turn: Turn<ExecutingState>): Decision<CaseFact> => {
  const { state, rules, body } = turn;
  if (body.type === 'AlarmDue') return whenOverdue({ ...turn, body });
  if (body.type === 'OutcomeResolved') return whenResolved({ ...turn, body });
  const foreign = foreignTo(state, body.data, settling(state));
  if (foreign) return ignore(foreign);
  const { on, state: shown, reaches } = stepOf(rules.definition, state.step, 'execute');
  switch (body.type) {
    case 'ExecutionSucceeded': {
      const { answers: _, ...result } = body.data;
      const data = { ...answered({ ...turn, body }, reaches), ...result };
      return moveOn(turn, { type: 'ExecutionRecorded', data }, on.succeeded);
    }
    case 'ExecutionRefused': {
      const { answers: _, ...result } = body.data;
      const data = { ...answered({ ...turn, body }, shown), ...result };
      const fact = { type: 'ExecutionRefusalRecorded', data } as const;
      return moveOn(turn, fact, on.refused, `refused: ${result.reason}`);
    }
    case 'ExecutionFailed': {
      const { answers: _, ...result } = body.data;
      const data = { ...answered({ ...turn, body }, shown), ...result };
      return moveOn(turn, { type: 'ExecutionFailureRecorded', data }, on.failed, 'not done');
    }
    case 'ExecutionUncertain':
      return whenUncertain({ ...turn, body });
    default:
      return ignore(silence.notExpected);
  }
};

const settling = (state: ExecutingState): string | undefined =>
  state.phase === 'uncertain' ? state.settlingId : undefined;

/** Once unknown it stays so until a result: the request stands, and a person is asked. */
const whenUncertain = (
  turn: Turn<ExecutingState, InputOf<'ExecutionUncertain'>>,
): Decision<CaseFact> => {
  const { state, body } = turn;
  if (state.phase === 'uncertain') return ignore(silence.known);
  const { proposalId, reason, since: uncertainSince } = body.data;
  const uncertainty = { proposalId, reason, uncertainSince };
  return record<CaseFact>(
    {
      type: 'UncertaintyRecorded',
      data: { ...answered(turn, 'uncertain'), ...uncertainty },
      settles: alarmsOf(state),
    },
    {
      type: 'ResolutionAsked',
      data: { ...standsAt(state, 'uncertain'), ...uncertainty },
      opens: [deadlineOf(turn, 'unresolved')],
    },
  );
};

/** A person has found out. The executor writes it down, and its answer moves the case. */
const whenResolved = (
  turn: Turn<ExecutingState, InputOf<'OutcomeResolved'>>,
): Decision<CaseFact> => {
  const { state, body } = turn;
  const { answers, ...resolution } = body.data;
  if (state.phase !== 'uncertain' || answers !== state.resolutionId) {
    return ignore(silence.notOutstanding);
  }
  if (resolution.proposalId !== state.proposalId) return ignore(silence.anotherProposal);
  const asked = { requestId: answers, since: state.askedAt };
  return record({
    type: 'ResolutionRecorded',
    data: {
      ...answered({ ...turn, body: body as HeardInput }, 'uncertain'),
      ...asked,
      ...resolution,
    },
    settles: alarmsOf(state),
    opens: [deadlineOf(turn, 'overdue')],
  });
};

/** Each wait of an execution has the step's deadline for itself. */
const deadlineOf = ({ state, rules, told }: Turn<ExecutingState, unknown>, name: string) => {
  const { step, visit } = state;
  const { deadlineMs } = stepOf(rules.definition, step, 'execute');
  return { name: `${name}:${step}#${visit}`, dueAt: instantAfter(told.recordedAt, deadlineMs) };
};

/** Calls the person on call, once a wait, and keeps listening. */
const whenOverdue = (turn: Turn<ExecutingState, AlarmDue>): Decision<CaseFact> => {
  const { state, rules, body } = turn;
  if (body.data.alarmId !== state.alarmId) return ignore(silence.alarmNotOpen);
  const { proposalId } = state;
  const about = { proposalId, calls: rules.definition.owners.onCall };
  const settles = alarmsOf(state);
  if (state.phase === 'uncertain' && state.resolutionId !== undefined) {
    const asked = { requestId: state.resolutionId, since: state.askedAt };
    const data = { ...cameDue(turn, 'uncertain'), ...asked, ...about };
    return record({ type: 'ResolutionOverdue', data, settles });
  }
  const shown = state.phase === 'uncertain' ? 'uncertain' : 'escalated';
  return record({ type: 'ExecutionOverdue', data: { ...cameDue(turn, shown), ...about }, settles });
};
