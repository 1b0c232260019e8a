import {
  proposalIdOf,
  streams,
  type Evidence,
  type UnsignedProposal,
  type Witness,
} from '@countersign/contracts';
import { nameAndVersion, requestFor, witnessRequestFor, type Tool } from '@countersign/tools';
import { digestOf, proposalDigest } from '@countersign/trust';
import { sinceLastAnswer, type Course, type ToolTurn } from './course.js';
import type { FactOf } from './facts.js';
import { flagsOf } from './flags.js';
import type { ToolAnswer } from './outcomes.js';
import { agentName } from './profile.js';
import { clipped } from './read-answer.js';
import { saltOf, type Standing } from './standing.js';

/** A call of a writing tool that the model asked for: a proposal, never a call. */
export interface AskedWrite {
  readonly tool: Tool;
  readonly arguments: Record<string, unknown>;
}

/** What the target looked like just now: `null` for a tool that has nothing to look at. */
export interface Looked {
  readonly witness: Witness;
  readonly target: Record<string, unknown> | null;
}

const rationaleMaxLength = 4_000;

/** What is signed, what people will see, and what will run if they agree. */
export const propose = (
  standing: Standing,
  { tool, arguments: args }: AskedWrite,
  looked: Looked | null,
): FactOf<'ProposalSubmitted'> => {
  const { request, course, rules, at } = standing;
  const { runId, caseId, supersedes } = request;
  const content = {
    arguments: args,
    witness: looked?.witness ?? null,
    salt: saltOf(standing),
    rationale: clipped(sinceLastAnswer(course)?.answer.text ?? '', rationaleMaxLength),
    target: looked?.target ?? null,
  };
  const proposalId = proposalIdOf(runId);
  const unsigned: UnsignedProposal = {
    proposalId,
    caseId,
    requestId: runId,
    tool: tool.reference,
    digest: proposalDigest({ proposalId, caseId, tool: tool.reference, ...content }),
    author: { type: 'agent', id: agentName(rules.profile.reference) },
    createdAt: at,
    evidence: [...evidenceOf(standing)],
    flags: [...flagsOf({ request, course, tool, arguments: args, target: content.target })],
    model: {
      id: rules.model,
      promptSha256: rules.profile.promptSha256,
      toolset: [...rules.profile.toolset],
    },
    ...(supersedes !== undefined && { supersedes }),
  };
  return {
    type: 'ProposalSubmitted',
    data: { runId, proposal: rules.sign(unsigned), content },
  };
};

const evidenceMax = 32;

/** What influenced the proposal: the ticket, what a person said of the last one, and every read. */
const evidenceOf = ({ request, course }: Standing): readonly Evidence[] => {
  const { input, feedback } = request.context;
  const reads = course.turns.filter((turn): turn is ToolTurn => turn.kind === 'tool');
  const evidence: Evidence[] = [
    { kind: 'intake', ref: streams.intake(request.caseId), digest: digestOf(input) },
    ...(feedback
      ? [{ kind: 'person' as const, ref: feedback.proposalId, digest: digestOf(feedback) }]
      : []),
    ...reads.map(({ call, answer }) => ({
      kind: 'tool' as const,
      ref: `${nameAndVersion(call.tool)}#${call.number}`,
      digest: digestOf(answer.body),
    })),
  ];
  return evidence.slice(0, evidenceMax);
};

/** The resource that the tool's witness is about, or null when there is none. */
export const witnessed = ({ tool, arguments: args }: AskedWrite): string | null =>
  witnessRequestFor(tool, args)?.path ?? null;

/**
 * The last read that the model made of that very resource in this run: what it saw is what the
 * proposal stands on, and the executor will hold the target against it (I25).
 */
export const lookedAlready = (
  { profile }: Standing['rules'],
  { turns }: Course,
  asked: AskedWrite,
): Looked | undefined => {
  const wanted = witnessRequestFor(asked.tool, asked.arguments);
  const read = turns.findLast((turn): turn is ToolTurn => {
    const tool = turn.kind === 'tool' && toolOf(profile.tools, turn);
    if (!tool) return false;
    const { target, method, path } = requestFor(tool, turn.call.arguments);
    return target === wanted?.target && method === wanted.method && path === wanted.path;
  });
  return wanted && read ? readTarget(wanted.path, read.answer) : undefined;
};

const toolOf = (tools: readonly Tool[], { call }: ToolTurn): Tool | undefined =>
  tools.find(({ reference, effect }) => effect === 'read' && reference.digest === call.tool.digest);

/** A successful read that carries an ETag; anything else is no witness. */
export const readTarget = (resource: string, answer: ToolAnswer): Looked | undefined => {
  if (answer.status !== 200 || answer.etag === undefined) return undefined;
  return { witness: { resource, etag: answer.etag }, target: objectIn(answer.body) };
};

const objectIn = (body: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(body);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};
