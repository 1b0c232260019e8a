import { streams, type Message } from '@countersign/contracts';
import { handle, inputOf, type Journal } from '@countersign/event-store';
import { refusals, type RefuseCommand } from '../domain/refusals.js';
import { executor } from './perform.js';

/** How many of the last refusals are looked back at for a redelivery. */
const lookBack = 200;

/**
 * Records that nothing stands behind a command, and answers nobody: an answer could be heard as the
 * result of a command that was never given. @throws StoreUnavailable
 */
export const refuseCommand = async (
  journal: Journal,
  message: Message<RefuseCommand['command'], { readonly proposalId: string }>,
  why: RefuseCommand['why'],
): Promise<void> => {
  const { type: command, id: messageId, caseId, data } = message;
  const { proposalId } = data;
  const body: RefuseCommand = { command, messageId, proposalId, caseId, why };
  const input = inputOf(message, body, executor);
  const handled = await handle(lookingBack(journal), streams.refusals, {}, input, refusals);
  if (handled.kind !== 'recorded') return;
  const { correlationId } = message;
  journal.log.error('a command was refused', { ...body, correlationId, causationId: messageId });
};

/** This stream has no end, so only its last events are read. */
const lookingBack = (journal: Journal): Journal => ({
  ...journal,
  store: {
    ...journal.store,
    read: async (stream, options) => {
      const last = { ...options, direction: 'backwards', limit: lookBack } as const;
      return [...(await journal.store.read(stream, last))].reverse();
    },
  },
});
