import { streams, type ReasonCode, type Reference } from '@countersign/contracts';
import { effectIdOf, fold } from '@countersign/decider';
import { metadataOf, readHistory, type Position } from '@countersign/event-store';
import { Problem } from '@countersign/http';
import { validateArguments, type Tool } from '@countersign/tools';
import { digestOf } from '@countersign/trust';
import { answerRefusal } from '../domain/assistance.js';
import type {
  AssistanceAnswer,
  AssistanceFact,
  AssistanceInput,
  AssistanceState,
} from '../domain/assistance-facts.js';
import type { Caller } from '../domain/people.js';
import type { ApprovalsParts } from './parts.js';
import { readTargetOf, type TargetSeen } from './read-target.js';
import { problemOf } from './refusal-problems.js';
import { firstEvent, saidBy, tellAssistance } from './tell.js';

/** A proposal as a person wrote it. */
export interface Written {
  /** `name@version` of one of the tools offered. */
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  readonly rationale: string;
}

export interface AnswerTaken {
  readonly requestId: string;
  readonly caseId: string;
  readonly answer: Omit<AssistanceAnswer, 'said'>;
  readonly position: Position;
}

/**
 * Records what a person proposes: a tool that was offered, arguments that fit it, the target as it is
 * now. @throws Problem
 */
export const proposeAssistance = async (
  parts: ApprovalsParts,
  requestId: string,
  caller: Caller,
  written: Written,
): Promise<AnswerTaken> => {
  const state = await standing(parts, requestId);
  if (state.phase === 'unrequested') throw problemOf({ code: 'unknown-request' });
  // Nobody makes us read a target who could not answer anyway; a repeat needs no second look.
  const refusal = answerRefusal(state, caller, parts.journal.clock.now());
  if (refusal && refusal.code !== 'already-answered') throw problemOf(refusal);
  const { tools } = state.request;
  const reference = tools.find((tool) => nameOf(tool) === written.tool);
  if (!reference) throw problemOf({ code: 'tool-not-offered', tools });
  const seen = refusal ? nothingSeen : await seenFor(parts, reference, written.arguments);
  const body = {
    type: 'Propose',
    tool: reference,
    arguments: written.arguments,
    rationale: written.rationale,
    ...seen,
    salt: parts.chance.hex(16),
    caller,
  } as const;
  const said = digestOf([reference, written.arguments, written.rationale]);
  return answer(parts, requestId, caller, `propose\n${caller.sub}\n${said}`, body);
};

/** Records that a person will not propose anything either. @throws Problem */
export const declineAssistance = (
  parts: ApprovalsParts,
  requestId: string,
  caller: Caller,
  {
    reasonCode,
    comment,
  }: { readonly reasonCode: ReasonCode; readonly comment?: string | undefined },
): Promise<AnswerTaken> => {
  const body = { type: 'Decline', reasonCode, comment, caller } as const;
  return answer(parts, requestId, caller, `decline\n${caller.sub}\n${reasonCode}`, body);
};

const standing = async ({ journal, processes }: ApprovalsParts, requestId: string) => {
  const { events } = await readHistory<AssistanceFact>(journal, streams.assist(requestId));
  return fold<AssistanceFact, AssistanceState>(processes.assistance, events);
};

const nothingSeen: TargetSeen = { witness: null, target: null };

const seenFor = async (
  parts: ApprovalsParts,
  reference: Reference,
  args: Record<string, unknown>,
): Promise<TargetSeen> => {
  const tool = await offeredTool(parts, reference);
  mustFit(tool, args);
  return readTargetOf(parts.readTarget, parts.journal.clock, tool, args);
};

const nameOf = ({ name, version }: Reference): string => `${name}@${version}`;

const offeredTool = async ({ tools }: ApprovalsParts, reference: Reference): Promise<Tool> => {
  const tool = await tools.find(reference);
  if (tool) return tool;
  throw new Problem(409, 'tool-unknown', 'This tool cannot be used here', {
    detail: `The manifest of ${nameOf(reference)} is not in the store or cannot be read.`,
  });
};

const mustFit = (tool: Tool, args: Record<string, unknown>): void => {
  const validated = validateArguments(tool, args);
  if (validated.ok) return;
  throw new Problem(422, 'arguments-invalid', 'The arguments do not fit the tool', {
    errors: validated.errors.map(({ pointer, problem }) => ({
      pointer: `/arguments${pointer}`,
      message: problem,
    })),
  });
};

const answer = async (
  parts: ApprovalsParts,
  requestId: string,
  caller: Caller,
  cause: string,
  body: AssistanceInput,
): Promise<AnswerTaken> => {
  const { journal } = parts;
  const first = await firstEvent(journal, streams.assist(requestId));
  if (!first) throw problemOf({ code: 'unknown-request' });
  const input = saidBy(journal, first, caller, effectIdOf(requestId, cause), body);
  const handled = await tellAssistance(parts, requestId, input);
  if (handled.kind === 'refused') throw problemOf(handled.refusal);
  if (handled.state.phase !== 'ended') throw new Error(`${requestId} was answered and is open`);
  const { said: _, ...taken } = handled.state.answer;
  const position =
    handled.kind === 'recorded' ? handled.position : await answeredAt(parts, requestId);
  return { requestId, caseId: metadataOf(first).caseId, answer: taken, position };
};

/** A request has one answer, and it is its last event. */
const answeredAt = async ({ journal }: ApprovalsParts, requestId: string): Promise<Position> =>
  (await journal.store.read(streams.assist(requestId), { requiresLeader: true })).at(-1)!.position;
