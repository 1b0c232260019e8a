import type { DueAlarm } from '@countersign/event-store';
import { executor } from './decide-on.js';
import type { Performing } from './perform.js';
import { handleAndWork } from './start-work.js';
import type { Workers } from '@countersign/hosting';

/**
 * A lease has run out: the stream says whether the claim is taken again. Only this recovers a
 * claim; a redelivered command never does (rule 8).
 * @throws StoreUnavailable
 */
export const fireLease = async (
  performing: Performing,
  workers: Workers,
  alarm: DueAlarm,
): Promise<void> => {
  // A claim without a worker would only let the next lease run out.
  const worker = await workers.whenFree();
  if (!worker) throw new Error('closing: the alarm is fired after the next start');
  const { id, correlationId, caseId, subjects, traceparent, stream } = alarm;
  await handleAndWork(performing, {
    proposalId: stream.slice('execution-'.length),
    worker,
    input: {
      id,
      actor: executor,
      occurredAt: performing.journal.clock.now(),
      correlationId,
      caseId,
      subjects,
      traceparent,
      body: { type: 'AlarmDue', worker: worker.name },
    },
  });
};
