import { setTimeout as pause } from 'node:timers/promises';
import { streams } from '@countersign/contracts';
import {
  handle,
  TooLarge,
  type Handled,
  type Handling,
  type Input,
  type Journal,
} from '@countersign/event-store';
import { isInfrastructure } from '@countersign/messaging';
import { functionName } from '@countersign/tools';
import { runPersonal, type RunFact } from '../domain/facts.js';
import type { Answered } from '../domain/outcomes.js';
import { agentName } from '../domain/profile.js';
import type { RunInput, RunProcess, RunState, Working } from '../domain/run.js';
import { makeCall, type Belonging, type Performing, type Work } from './make-call.js';
import { failed } from './model.js';

/**
 * Acts on a claim until the run ends or is another's: makes the call that the stream says was
 * started, and tells the stream what came of it. What is not recorded, the lease's alarm recovers.
 */
export const perform = async (performing: Performing, work: Work): Promise<void> => {
  const { journal } = performing;
  await journal.failpoints.reach('agent.after_claim');
  let { state } = work;
  let leaseEndsMs = work.claimedMs + work.rules.times.leaseMs;
  for (;;) {
    const answered = await makeCall(performing, work, state, leaseEndsMs);
    if (!answered) return;
    await reachAfter(performing, work, state, answered);
    const tellingMs = journal.clock.monotonicMs();
    const after = await tellUntilTold(performing, work, state, answered, leaseEndsMs);
    if (!after || !goesOn(state, after)) return;
    if (after.held.leaseAlarm !== state.held.leaseAlarm) {
      leaseEndsMs = tellingMs + work.rules.times.leaseMs;
    }
    state = after;
  }
};

/** Still ours, and with a further call to make; also when our own record was there already. */
const goesOn = (before: Working, after: RunState): after is Working =>
  after.phase === 'working' &&
  after.held.worker === before.held.worker &&
  after.held.epoch === before.held.epoch &&
  after.begunBy !== before.begunBy;

/** Named places between an answer and its record, for tests that kill the process there. */
const reachAfter = async (
  { journal: { failpoints } }: Performing,
  { rules }: Work,
  { course }: Working,
  { outcome }: Answered,
): Promise<void> => {
  if (course.open?.kind === 'tool') return failpoints.reach('agent.after_tool_call');
  await failpoints.reach('agent.after_model_call');
  const reads = rules.profile.tools.filter(({ effect }) => effect === 'read');
  const asksToRead =
    outcome.kind === 'model-answer' &&
    outcome.calls.some(({ name }) => reads.some((tool) => functionName(tool) === name));
  if (!asksToRead) await failpoints.reach('agent.before_result');
};

const pauseMinMs = 50;
const pauseMaxMs = 1_000;

/**
 * Tells the run what came of a call; again while the store is away and the lease lasts, since only
 * this process knows the answer. How the run stands then; undefined when it gave up.
 */
const tellUntilTold = async (
  performing: Performing,
  work: Work,
  { request, held, begunBy }: Working,
  answered: Answered,
  leaseEndsMs: number,
): Promise<RunState | undefined> => {
  const { journal, stopping, chance } = performing;
  const said = { worker: held.worker, epoch: held.epoch, chance: chance() };
  const now = () => journal.clock.monotonicMs();
  let answer = answered;
  // A record of unknown outcome may stand there: then only the leader knows.
  let fromMemory = true;
  for (let pauseMs = pauseMinMs; ; pauseMs = Math.min(2 * pauseMs, pauseMaxMs)) {
    const input: Input<RunInput> = {
      ...work.belongs,
      id: begunBy,
      actor: { type: 'agent', id: agentName(work.rules.profile.reference) },
      occurredAt: journal.clock.now(),
      body: { type: 'CallEnded', answered: answer, leaseLeftMs: leaseEndsMs - now(), ...said },
    };
    try {
      return (await handleRun(journal, request.runId, input, work.process, { fromMemory })).state;
    } catch (error) {
      if (error instanceof TooLarge && answer.outcome.kind !== 'call-failed') {
        answer = { ...answered, outcome: failed('too-large', 'event') };
        continue;
      }
      if (!isInfrastructure(error) || stopping.aborted) throw error;
      fromMemory = false;
      if (now() + pauseMs >= leaseEndsMs) return undefined;
      journal.log.warn('an answer is not recorded yet', {
        ...ids(work.belongs),
        cause: String(error),
      });
      await pause(pauseMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
};

const ids = ({ correlationId, caseId }: Belonging) => ({ correlationId, caseId });

/** Lets the stream of a run decide on an input. @throws StoreUnavailable, TooLarge */
export const handleRun = (
  journal: Journal,
  runId: string,
  input: Input<RunInput>,
  process: RunProcess | Parameters<typeof handle<RunInput, RunFact, RunState>>[4],
  handling: Handling = {},
): Promise<Handled<RunFact, RunState, never>> =>
  handle<RunInput, RunFact, RunState>(
    journal,
    streams.agentRun(runId),
    runPersonal,
    input,
    process,
    handling,
  );
