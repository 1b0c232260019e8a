import type { Message, orchestratorSays } from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import { inputOf, type DueAlarm, type Input } from '@countersign/event-store';
import { agentName } from '../domain/profile.js';
import type { RunInput } from '../domain/run.js';
import { runClaimer, type RunParts } from './claim-run.js';
import { runIdIn, type WaitingRun } from './run-view.js';
import type { Worker } from '@countersign/hosting';

export type StepMessage = Message<'RunAgentStep', orchestratorSays.RunAgentStep>;

/** What begins runs: a request, a worker that is free, a lease that has run out. */
export interface RunSteps {
  /**
   * Accepts a request, with the first claim when a worker is free; the model is asked after this
   * has returned. @throws StoreUnavailable; Unacceptable for a profile that is not kept
   */
  take(message: StepMessage): Promise<void>;
  /** Claims a run that waits, with a worker that was hired for it. @throws StoreUnavailable */
  begin(run: WaitingRun, worker: Worker): Promise<void>;
  /** Takes over a run whose lease has run out, as soon as a worker is free. @throws StoreUnavailable */
  takeOver(alarm: DueAlarm): Promise<void>;
}

const agentService = { type: 'service', id: 'agent' } as const;

export const runSteps = (parts: RunParts): RunSteps => {
  const { journal, workers, chance } = parts;
  const claim = runClaimer(parts);
  return {
    take: async (message) => {
      const { id: runId, caseId, data } = message;
      const worker = workers.hire();
      const asked = { caseId, data, worker: worker?.name, chance: chance() };
      const actor = { type: 'agent', id: agentName(data.profile) } as const;
      const input = inputOf<RunInput>(message, { type: 'RunAgentStep', ...asked }, actor);
      await claim({ runId, input, worker, profile: data.profile });
    },
    begin: async ({ runId, eventId, seq: _, ...belongs }, worker) => {
      const input: Input<RunInput> = {
        ...belongs,
        id: effectIdOf(eventId, `claim:${worker.name}`),
        actor: agentService,
        occurredAt: journal.clock.now(),
        body: { type: 'WorkerFree', worker: worker.name, chance: chance() },
      };
      await claim({ runId, input, worker });
    },
    takeOver: async ({ id, stream, correlationId, caseId, subjects, traceparent }) => {
      const worker = await workers.whenFree();
      if (!worker) return;
      const input: Input<RunInput> = {
        ...{ id, correlationId, caseId, subjects, traceparent },
        actor: agentService,
        occurredAt: journal.clock.now(),
        body: { type: 'AlarmDue', alarmId: id, worker: worker.name, chance: chance() },
      };
      await claim({ runId: runIdIn(stream), input, worker });
    },
  };
};
