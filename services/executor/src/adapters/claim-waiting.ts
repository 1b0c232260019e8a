import type { View } from '@countersign/event-store';
import { waitingIn, waits, type Waiting } from './execution-view.js';
import { executor } from './decide-on.js';
import type { Performing } from './perform.js';
import { handleAndWork } from './start-work.js';
import type { Worker, Workers } from '@countersign/hosting';

const retryMs = 500;

/**
 * Gives free workers what waits for them. The view only says whom to wake: the stream decides
 * whether there is anything to claim (rule 1).
 */
export const startClaiming = (
  performing: Performing,
  workers: Workers,
  view: View,
): { close(): Promise<void> } => {
  const { journal } = performing;
  const waiting = waitingIn(view.reader);
  /** Claimed, as far as we know; the view still lists it for a moment. */
  const taken = new Set<string>();
  const claiming = new Set<Promise<void>>();
  let retry: NodeJS.Timeout | undefined;
  /** False only when the view lists nobody, so that a quiet executor does not keep asking it. */
  let somebody = false;

  const wake = () => {
    if (!somebody || workers.closing.aborted) return;
    // The longest waiting are taken first, so those of them still listed are the head of the list.
    const listed = waiting(taken.size + 1);
    const next = listed.find(({ stream }) => !taken.has(stream));
    const names = new Set(listed.map(({ stream }) => stream));
    for (const stream of taken) if (!names.has(stream)) taken.delete(stream);
    if (listed.length === 0) somebody = false;
    if (!next) return;
    const worker = workers.hire();
    if (!worker) return;
    taken.add(next.stream);
    const done = claim(performing, next, worker)
      .catch((error: unknown) => {
        journal.log.warn('an execution waits on', { ...next.belongs, cause: String(error) });
        taken.delete(next.stream);
        retry ??= setTimeout(() => {
          retry = undefined;
          wake();
        }, retryMs);
      })
      .finally(() => claiming.delete(done));
    claiming.add(done);
    wake();
  };

  let listening = false;
  const stopListening = view.onBatch((events) => {
    somebody ||= listening && events.some(waits);
    wake();
  });
  workers.onFree(wake);
  void view.caughtUp.then(() => {
    listening = true;
    somebody = true;
    wake();
  });
  return {
    close: async () => {
      listening = false;
      somebody = false;
      stopListening();
      clearTimeout(retry);
      await Promise.all(claiming);
    },
  };
};

const claim = async (performing: Performing, waiting: Waiting, worker: Worker): Promise<void> => {
  const proposalId = waiting.stream.slice('execution-'.length);
  const input = {
    ...waiting.belongs,
    id: waiting.acceptedId,
    actor: executor,
    occurredAt: performing.journal.clock.now(),
    body: { type: 'Claim', worker: worker.name } as const,
  };
  await handleAndWork(performing, { proposalId, input, worker });
};
