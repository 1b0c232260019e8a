import { streams, type Actor } from '@countersign/contracts';
import { handle, type Handled, type Input, type Journal } from '@countersign/event-store';
import type { Execution } from '../domain/execution.js';
import {
  executionPersonal,
  type CommandRefusal,
  type ExecutionFact,
  type ExecutionInput,
  type ExecutionState,
} from '../domain/facts.js';

export const executor: Actor = { type: 'service', id: 'executor' };

/** Where an execution belongs; what every input about it carries. */
export type Belonging = Pick<
  Input<unknown>,
  'correlationId' | 'caseId' | 'subjects' | 'traceparent'
>;

export type Decided = Handled<ExecutionFact, ExecutionState, CommandRefusal>;

/** Lets the stream of one proposal decide; a contradiction is called out. @throws StoreUnavailable */
export const decideOn = async (
  { journal, decider }: { readonly journal: Journal; readonly decider: Execution },
  proposalId: string,
  input: Input<ExecutionInput>,
): Promise<Decided> => {
  const stream = streams.execution(proposalId);
  const handled = await handle(journal, stream, executionPersonal, input, decider);
  if (handled.kind !== 'recorded') return handled;
  for (const { type, revision } of handled.events) {
    if (type !== 'ExecutionContradicted') continue;
    const { caseId, correlationId } = input;
    const fields = { caseId, correlationId, causationId: input.id, stream, revision };
    journal.log.error('an execution ended twice, differently', fields);
  }
  return handled;
};
