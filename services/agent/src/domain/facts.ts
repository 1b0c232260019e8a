import type { agentSays, orchestratorSays, Proposal, Reference } from '@countersign/contracts';
import type { Fact } from '@countersign/decider';
import type { Answered } from './outcomes.js';

// ── Events: what we record, for ever, in stream `agent-run-{runId}` ─────────────────────────
// Fields are added, never changed or removed.

/** The whole request, so that a run can be continued from its stream alone. */
export type RunRequest = orchestratorSays.RunAgentStep & {
  readonly runId: string;
  readonly caseId: string;
};

/** Every fact that follows a call carries what came of it. */
interface AfterCall {
  readonly answered?: Answered | undefined;
}

/** Log before act: appended before the call is made. `call` counts from 1 over the whole run. */
interface CallStarted extends AfterCall {
  readonly epoch: number;
  readonly call: number;
  /** Counts from 1; above it the same call failed before. */
  readonly attempt: number;
  /** How long to wait before the call, in milliseconds, after a failure. */
  readonly pauseMs?: number | undefined;
  /** The lease as renewed for this call, when the one before was too short for it. */
  readonly leaseUntil?: string | undefined;
}

export const toolRefusals = [
  'not-offered',
  'name-variant',
  'invalid-arguments',
  'proposal-not-alone',
  'several-proposals',
] as const;
export type ToolRefusal = (typeof toolRefusals)[number];

/** Why a tool is read: the model asked, or the state of the target is taken as witness. */
export type ReadPurpose = 'asked' | 'witness';

export type RunFact =
  /** `waits`: no worker was free; the run is claimed when one is. */
  | Fact<'AgentRunAccepted', RunRequest & { readonly waits: boolean }>
  | Fact<'AgentRunClaimed', { epoch: number; worker: string; leaseUntil: string }>
  | Fact<
      'ModelCallStarted',
      CallStarted & {
        readonly model: string;
        readonly promptSha256: string;
        readonly toolset: readonly string[];
        /** Counted as spent until the answer says how many it was. */
        readonly chargedTokens: number;
      }
    >
  | Fact<
      'ToolCallStarted',
      CallStarted & {
        readonly tool: Reference;
        readonly purpose: ReadPurpose;
        /** Place of the asking call in the model's last answer, from 0. */
        readonly of: number;
        readonly arguments: Record<string, unknown>;
      }
    >
  | Fact<
      'ToolCallRefused',
      AfterCall & {
        readonly epoch: number;
        readonly of: number;
        /** The name that the model wrote, shortened; never sent on. */
        readonly asked: string;
        readonly reason: ToolRefusal;
      }
    >
  | Fact<'AgentStepDone', AfterCall & Omit<agentSays.AgentStepDone, 'answers'> & OfRun>
  | Fact<'ProposalSubmitted', AfterCall & Omit<agentSays.ProposalSubmitted, 'answers'> & OfRun>
  | Fact<'AgentAbstained', AfterCall & Omit<agentSays.AgentAbstained, 'answers'> & OfRun>;

interface OfRun {
  readonly runId: string;
}

export type FactOf<Type extends RunFact['type']> = Extract<RunFact, { type: Type }>;
export type AbstainReason = agentSays.AgentAbstained['reason'];
export type { Proposal };

export const endings = ['AgentStepDone', 'ProposalSubmitted', 'AgentAbstained'] as const;
export type Ending = FactOf<(typeof endings)[number]>;
export const isEnding = (fact: { readonly type: string }): fact is Ending =>
  (endings as readonly string[]).includes(fact.type);

/** Fields that speak of people, or that a model wrote; sealed under the case's subject. */
export const runPersonal: Readonly<Record<RunFact['type'], readonly string[]>> = {
  AgentRunAccepted: ['context'],
  AgentRunClaimed: [],
  ModelCallStarted: ['answered'],
  ToolCallStarted: ['answered', 'arguments'],
  ToolCallRefused: ['answered', 'asked'],
  AgentStepDone: ['answered', 'result'],
  ProposalSubmitted: ['answered', 'content'],
  AgentAbstained: ['answered', 'explanation'],
};
