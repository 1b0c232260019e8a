import { setTimeout as pause } from 'node:timers/promises';
import type { Input, Journal } from '@countersign/event-store';
import { nameAndVersion, redact, type ToolCaller } from '@countersign/tools';
import type { Call } from '../domain/course.js';
import type { Answered, Outcome } from '../domain/outcomes.js';
import { agentName } from '../domain/profile.js';
import { promptFor } from '../domain/prompt.js';
import type { RunProcess, Working } from '../domain/run.js';
import type { RunRules } from '../domain/standing.js';
import { failed, type Model } from './model.js';
import { readTool } from './read-tool.js';

export interface Performing {
  readonly journal: Journal;
  readonly model: Model;
  readonly caller: ToolCaller;
  /** Fresh for every input. */
  readonly chance: () => string;
  /** Aborted when the service stops: what is not recorded then is left to the lease. */
  readonly stopping: AbortSignal;
}

/** Where a run belongs; what every input about it carries. */
export type Belonging = Pick<
  Input<unknown>,
  'correlationId' | 'caseId' | 'subjects' | 'traceparent'
>;

/** A run under its rules, and a claim on it that is ours. */
export interface Work {
  readonly rules: RunRules;
  readonly process: RunProcess;
  readonly belongs: Belonging;
  readonly state: Working;
  /** Reading of the monotonic clock before the claim was appended. */
  readonly claimedMs: number;
}

/** Share of the lease that is left for recording: what covers clocks and the store. */
const shareForRecording = 0.05;

/**
 * Makes the call that the stream says was started. Undefined when the lease has no time for it, or the
 * service stops.
 */
export const makeCall = async (
  performing: Performing,
  { rules, belongs }: Work,
  { request, course, held }: Working,
  leaseEndsMs: number,
): Promise<Answered | undefined> => {
  const { journal, stopping } = performing;
  const call = course.open!;
  const monotonic = () => journal.clock.monotonicMs();
  if (call.pauseMs > 0) {
    await pause(call.pauseMs, undefined, { signal: stopping }).catch(() => undefined);
  }
  const startedMs = monotonic();
  const { leaseMs, callMaxMs } = rules.times;
  const lastMs = leaseEndsMs - leaseMs * shareForRecording;
  const deadlineMs = Math.min(startedMs + callMaxMs, lastMs);
  if (stopping.aborted || deadlineMs <= startedMs) return undefined;
  const outcome =
    call.kind === 'model'
      ? await performing.model.ask(promptFor(rules.profile, request, course), {
          answerTokensMax: rules.profile.caps.answerTokensMax,
          answerMaxBytes: rules.profile.caps.answerMaxBytes,
          timeoutMs: deadlineMs - startedMs,
          signal: stopping,
        })
      : await readOffered(performing, rules, call, deadlineMs);
  if (stopping.aborted && outcome.kind === 'call-failed') return undefined;
  const tookMs = Math.round(monotonic() - startedMs);
  logCall(journal, rules, belongs, held.epoch, call, outcome, tookMs);
  return { call: call.number, tookMs, outcome };
};

const readOffered = async (
  { journal, caller }: Performing,
  { profile }: RunRules,
  call: Extract<Call, { kind: 'tool' }>,
  deadlineMs: number,
): Promise<Outcome> => {
  const tool = profile.tools.find(({ reference }) => reference.digest === call.tool.digest);
  if (!tool) return failed('rejected', 'not-offered');
  const monotonic = () => journal.clock.monotonicMs();
  return readTool(tool, call, { caller, monotonic, deadlineMs, now: journal.clock.now() });
};

/** C9: which call, arguments without what speaks of people, outcome. */
const logCall = (
  { log }: Journal,
  { profile, model }: RunRules,
  { correlationId, caseId }: Belonging,
  epoch: number,
  call: Call,
  outcome: Outcome,
  tookMs: number,
): void => {
  const tool =
    call.kind === 'tool'
      ? profile.tools.find(({ reference }) => reference.digest === call.tool.digest)
      : undefined;
  const what =
    call.kind === 'model'
      ? { model, promptSha256: profile.promptSha256 }
      : {
          tool: nameAndVersion(call.tool),
          purpose: call.purpose,
          ...(tool && { arguments: redact(tool, call.arguments) }),
        };
  const became =
    outcome.kind === 'call-failed'
      ? { outcome: outcome.failure, cause: outcome.cause }
      : outcome.kind === 'tool-answer'
        ? { outcome: 'answered', status: outcome.status }
        : { outcome: 'answered', finish: outcome.finish, ...outcome.usage };
  const head = { correlationId, caseId, agent: agentName(profile.reference), epoch };
  const { number, attempt } = call;
  log.info(`${call.kind} call`, { ...head, call: number, attempt, ...what, ...became, tookMs });
};
