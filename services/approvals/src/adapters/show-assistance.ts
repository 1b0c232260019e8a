import { reasonCodes, streams, type StepContext } from '@countersign/contracts';
import { fold, type Recorded } from '@countersign/decider';
import { metadataOf, readHistory, type Position } from '@countersign/event-store';
import { answerRefusal } from '../domain/assistance.js';
import type {
  AssistanceAnswer,
  AssistanceFact,
  AssistanceRequest,
  AssistanceState,
} from '../domain/assistance-facts.js';
import type { Caller } from '../domain/people.js';
import type { ApprovalsParts } from './parts.js';
import { problemOf } from './refusal-problems.js';
import { action, toolShown, type AllowedAction, type ToolShown } from './show-approval.js';

/** A tool that a person may propose with, and what its arguments must look like. */
export interface OfferedTool extends ToolShown {
  readonly description: string | null;
  /** JSON Schema; null when the manifest cannot be read here. */
  readonly arguments: Readonly<Record<string, unknown>> | null;
}

/** A request for assistance as its stream tells it now, for one caller. */
export interface AssistanceShown {
  readonly requestId: string;
  readonly caseId: string;
  readonly correlationId: string;
  readonly state: 'open' | 'ended';
  readonly answer: Answered | null;
  readonly queue: AssistanceRequest['queue'];
  readonly need: AssistanceRequest['need'];
  readonly workflow: AssistanceRequest['workflow'];
  readonly step: string;
  readonly visit: number;
  readonly why: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly supersedes: string | null;
  readonly tools: readonly OfferedTool[];
  /** The original request and what earlier steps found; null once it was erased. */
  readonly content: { readonly context: StepContext; readonly requester: string | null } | null;
  readonly allowedActions: readonly (Omit<AllowedAction, 'action'> & {
    readonly action: 'propose' | 'decline';
  })[];
  readonly reasonCodes: typeof reasonCodes;
  readonly position: Position;
}

type Answered = Omit<AssistanceAnswer, 'said'> & {
  readonly reasonCode?: string | undefined;
  readonly comment?: string | undefined;
};

/** @throws Problem 404 when nobody was asked */
export const showAssistance = async (
  parts: ApprovalsParts,
  requestId: string,
  caller: Caller,
): Promise<AssistanceShown> => {
  const { journal, processes } = parts;
  const { events, last } = await readHistory<AssistanceFact>(journal, streams.assist(requestId));
  const state = fold<AssistanceFact, AssistanceState>(processes.assistance, events);
  if (!last || state.phase === 'unrequested') throw problemOf({ code: 'unknown-request' });
  const { request } = state;
  const { caseId, queue, need, workflow, step, visit, reason, expiresAt } = request;
  const refusal = answerRefusal(state, caller, journal.clock.now());
  return {
    requestId,
    caseId,
    correlationId: metadataOf(last).$correlationId,
    state: state.phase,
    answer: state.phase === 'ended' ? answeredBy(state.answer, events.at(-1)!) : null,
    ...{ queue, need, workflow, step, visit, expiresAt },
    why: reason,
    requestedAt: events[0]!.recordedAt,
    supersedes: request.supersedes ?? null,
    tools: await offered(parts, request),
    content: contentOf(request),
    allowedActions: [action('propose', refusal), action('decline', refusal)],
    reasonCodes,
    position: last.position,
  };
};

const answeredBy = (
  { said: _, ...answer }: AssistanceAnswer,
  event: Recorded<AssistanceFact>,
): Answered => {
  if (event.type !== 'AssistanceDeclined') return answer;
  const { reasonCode, comment } = event.data;
  return { ...answer, reasonCode, comment };
};

const contentOf = ({
  context,
  requester,
}: Partial<AssistanceRequest>): AssistanceShown['content'] =>
  context ? { context, requester: requester ?? null } : null;

const offered = ({ tools }: ApprovalsParts, request: AssistanceRequest) =>
  Promise.all(
    request.tools.map(async (reference): Promise<OfferedTool> => {
      const tool = await tools.find(reference);
      return {
        ...toolShown(reference, tool),
        description: tool?.description ?? null,
        arguments: tool?.arguments ?? null,
      };
    }),
  );
