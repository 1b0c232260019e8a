import { effectIdOf, type Recorded } from '@countersign/decider';
import type { CaseFact } from './facts.js';
import { requestNameOf } from './react.js';
import { remember, rememberOpening } from './remember.js';
import type { CaseState, InPhase } from './state.js';

// ── Evolve: collates facts, judges nothing; needs no definition ─────────────────────────────

export const evolve = (state: CaseState, event: Recorded<CaseFact>): CaseState => {
  if (event.type === 'CaseOpened') {
    return { phase: 'moving', memory: rememberOpening(event.data) };
  }
  if (!('memory' in state)) return state;
  const memory = remember(state.memory, event);
  switch (event.type) {
    case 'AgentStepAsked':
      return { phase: 'with-agent', memory, ...awaits(event) };
    case 'ApprovalAsked': {
      const { proposalId, digest } = event.data.proposal;
      return { phase: 'awaiting-approval', memory, proposalId, digest, ...awaits(event) };
    }
    case 'AssistanceAsked':
      return { phase: 'awaiting-assistance', memory, ...awaits(event) };
    case 'ExecutionAsked': {
      const { proposalId, digest } = event.data;
      return { phase: 'executing', memory, proposalId, digest, ...awaits(event) };
    }
    case 'ApprovalExpiryAsked':
    case 'AssistanceExpiryAsked':
    case 'ExecutionOverdue':
    case 'ResolutionOverdue':
    case 'UncertaintyRecorded':
      return { ...state, memory, alarmId: undefined } as CaseState;
    case 'ResolutionAsked': {
      const resolutionId = effectIdOf(event.id, requestNameOf(event));
      const askedAt = event.recordedAt;
      const alarmId = event.opens[0]?.id;
      const asked = { resolutionId, askedAt, alarmId };
      return { ...(state as InPhase<'executing'>), phase: 'uncertain', memory, ...asked };
    }
    case 'ResolutionRecorded': {
      const settlingId = effectIdOf(event.id, requestNameOf(event));
      const alarmId = event.opens[0]?.id;
      return { ...state, memory, resolutionId: undefined, settlingId, alarmId } as CaseState;
    }
    case 'CaseEnded':
      return { phase: 'ended', definition: memory.definition, outcome: event.data.outcome };
    default:
      return { phase: 'moving', memory };
  }
};

type Asked = Recorded<
  Extract<
    CaseFact,
    { type: 'AgentStepAsked' | 'ApprovalAsked' | 'AssistanceAsked' | 'ExecutionAsked' }
  >
>;

/** The request's id is that of the message which the event asks for. */
const awaits = (event: Asked) => ({
  step: event.data.step,
  visit: event.data.visit,
  requestId: effectIdOf(event.id, requestNameOf(event)),
  since: event.recordedAt,
  alarmId: event.opens[0]?.id,
});
