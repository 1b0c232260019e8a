import type { Recorded, Told } from '@countersign/decider';
import { fold, stamp } from '@countersign/decider';
import { v5 as uuid } from 'uuid';
import { execution } from '../src/domain/execution.js';
import type {
  ExecutionFact,
  ExecutionInput,
  ExecutionState,
  Finding,
  Order,
} from '../src/domain/facts.js';

export const idOf = (name: string): string => uuid(name, '6e0e33f4-8f3c-5a60-8f41-d1a0d3a3b7a1');

export const limits = { leaseMs: 30_000, callsMax: 2, epochsMax: 3, patienceMs: 15 * 60_000 };
export const decider = execution(limits);

export const order: Order = {
  requestId: idOf('request'),
  proposalId: idOf('proposal'),
  caseId: idOf('case'),
  step: 'write',
  visit: 1,
  digest: 'd'.repeat(64),
  releaseRevision: 2,
  tool: { name: 'crm.resolve-ticket', version: 1, digest: 'e'.repeat(64) },
  idempotency: 'native',
  approver: { sub: 'ana', role: 'supervisor' },
  executableUntil: '2026-01-06T09:00:00.000Z',
};

export const start = '2026-01-05T09:00:00.000Z';
export const late = '2026-01-05T09:15:00.000Z';

export const told = <Body extends ExecutionInput>(
  id: string,
  body: Body,
  recordedAt = start,
): Told<ExecutionInput> => ({
  id,
  actor: { type: 'service', id: 'executor' },
  occurredAt: recordedAt,
  recordedAt,
  body,
});

export const ordered = (of: Order = order, worker: string | undefined = 'w1') =>
  told(of.requestId, { type: 'ExecuteAction', order: of, ...(worker && { worker }) });

/** Folds what a row of inputs comes to, as the stream would hold it. */
export const after = (
  ...inputs: ((state: ExecutionState) => Told<ExecutionInput>)[]
): { state: ExecutionState; events: readonly Recorded<ExecutionFact>[] } => {
  let events: readonly Recorded<ExecutionFact>[] = [];
  let state: ExecutionState = decider.initial;
  for (const input of inputs) {
    const decision = decider.decide(input(state), state);
    const facts = 'facts' in decision ? decision.facts : [];
    events = [...events, ...stamp(input(state), facts, events.length - 1)];
    state = fold<ExecutionFact, ExecutionState>(decider, events);
  }
  return { state, events };
};

/** The alarm of the lease that runs in `state`. */
export const leaseOver =
  (recordedAt = start) =>
  (state: ExecutionState) =>
    told(
      state.phase === 'claimed' ? state.leaseId : idOf('no lease'),
      { type: 'AlarmDue', worker: 'w2' },
      recordedAt,
    );

export const reported =
  (finding: Finding, epoch?: number) =>
  (state: ExecutionState): Told<ExecutionInput> => {
    const current = 'epoch' in state ? state.epoch : 1;
    const id = idOf(`report of ${epoch ?? current} ${JSON.stringify(finding)}`);
    return told(id, { type: 'Reported', epoch: epoch ?? current, finding });
  };

export const findings = {
  done: { kind: 'done', by: 'answer', reference: 'R-1' },
  doneOther: { kind: 'done', by: 'answer', reference: 'R-2' },
  refusedThis: {
    kind: 'refused',
    reason: 'stage-forbids',
    detail: 'stage: the tool is read-only',
    covers: 'this-call',
  },
  refusedEvery: {
    kind: 'refused',
    reason: 'witness-changed',
    detail: 'the target answered 412',
    covers: 'every-call',
  },
  notCalled: { kind: 'not-called', detail: 'ECONNREFUSED' },
  notRepeated: { kind: 'not-repeated', detail: 'stage: the tool is read-only' },
  unknown: { kind: 'unknown', detail: 'no answer: deadline' },
} as const satisfies Record<string, Finding>;
