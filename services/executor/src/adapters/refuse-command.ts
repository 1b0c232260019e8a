import { streams, type Message } from '@countersign/contracts';
import { handle, inputOf, type Journal } from '@countersign/event-store';
import { refusals, type RefuseCommand } from '../domain/refusals.js';
import { executor } from './decide-on.js';

/** How many of the last refusals are looked back at for a redelivery: a consumer holds 256. */
const lookBack = 300;

/** Records that nothing stands behind a command. @throws StoreUnavailable */
export type RefuseCommands = (
  message: Message<RefuseCommand['command'], { readonly proposalId: string }>,
  why: RefuseCommand['why'],
) => Promise<void>;

/**
 * Refuses commands, and answers nobody: an answer could be heard as the result of a command that was
 * never given. One at a time: all refusals go to one stream, and a flood of forged commands that
 * compete there would stop the lanes of true ones.
 */
export const refuseCommands = (journal: Journal): RefuseCommands => {
  const lookingBack = onlyTheLast(journal);
  let turn: Promise<void> = Promise.resolve();
  return (message, why) => {
    const refused = turn.then(() => refuse(lookingBack, message, why));
    turn = refused.catch(() => undefined);
    return refused;
  };
};

const refuse = async (journal: Journal, ...[message, why]: Parameters<RefuseCommands>) => {
  const { type: command, id: messageId, caseId, correlationId, data } = message;
  const body: RefuseCommand = { command, messageId, proposalId: data.proposalId, caseId, why };
  const input = inputOf(message, body, executor);
  const handled = await handle(journal, streams.refusals, {}, input, refusals);
  if (handled.kind !== 'recorded') return;
  journal.log.error('a command was refused', { ...body, correlationId, causationId: messageId });
};

/** The stream has no end, so only its last events are read. */
const onlyTheLast = ({ histories: _, ...journal }: Journal): Journal => ({
  ...journal,
  store: {
    ...journal.store,
    read: async (stream, options) => {
      const last = { ...options, direction: 'backwards', limit: lookBack } as const;
      return [...(await journal.store.read(stream, last))].reverse();
    },
  },
});
