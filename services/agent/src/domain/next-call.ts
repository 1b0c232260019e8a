import { askedReadsIn, modelAnswersIn, type Call } from './course.js';
import type { AbstainReason, FactOf, RunFact } from './facts.js';
import { promptLength } from './prompt.js';
import { clipped } from './read-answer.js';
import { ending, leaseFor, type Standing } from './standing.js';

/** Rough: what tokenizers come to for English; the answer's own count settles it. */
const charactersPerToken = 4;

/** The next call of the model, or the end of a run that has used up what it may. */
export const askModel = (
  standing: Standing,
  attempt: number,
  pauseMs: number,
): readonly RunFact[] => {
  const { rules, course, held } = standing;
  const { profile, model } = rules;
  const { caps } = profile;
  if (modelAnswersIn(course) >= caps.modelCallsMax) {
    return abstain(standing, 'limit-reached', `the model was asked ${caps.modelCallsMax} times`);
  }
  const chargedTokens = chargeFor(standing);
  if (course.tokens + chargedTokens > caps.tokensMax) {
    return abstain(standing, 'limit-reached', `${caps.tokensMax} tokens do not reach further`);
  }
  const call = course.calls + 1;
  const { leaseUntil, ...alarms } = leaseFor(standing, call, pauseMs);
  const { promptSha256, toolset } = profile;
  const data: FactOf<'ModelCallStarted'>['data'] = {
    ...{ epoch: held.epoch, call, attempt, model, promptSha256, toolset, chargedTokens },
    ...(pauseMs > 0 && { pauseMs }),
    ...(leaseUntil !== undefined && { leaseUntil }),
  };
  return [{ type: 'ModelCallStarted', data, ...alarms }];
};

const chargeFor = ({ rules, request, course }: Standing): number =>
  Math.ceil(promptLength(rules.profile, request, course) / charactersPerToken) +
  rules.profile.caps.answerTokensMax;

type Read = Pick<FactOf<'ToolCallStarted'>['data'], 'purpose' | 'of' | 'tool' | 'arguments'>;

/** The next read of a tool, likewise. */
export const read = (
  standing: Standing,
  { purpose, of, tool, arguments: args }: Read,
  attempt: number,
  pauseMs: number,
): readonly RunFact[] => {
  const { rules, course, held } = standing;
  const { toolCallsMax } = rules.profile.caps;
  if (purpose === 'asked' && askedReadsIn(course) >= toolCallsMax) {
    return abstain(standing, 'limit-reached', `tools were read ${toolCallsMax} times`);
  }
  const call = course.calls + 1;
  const { leaseUntil, ...alarms } = leaseFor(standing, call, pauseMs);
  const data: FactOf<'ToolCallStarted'>['data'] = {
    ...{ epoch: held.epoch, call, attempt, tool, purpose, of, arguments: args },
    ...(pauseMs > 0 && { pauseMs }),
    ...(leaseUntil !== undefined && { leaseUntil }),
  };
  return [{ type: 'ToolCallStarted', data, ...alarms }];
};

/** The same call once more. */
export const again = (standing: Standing, call: Call, attempt: number, pauseMs: number) =>
  call.kind === 'model'
    ? askModel(standing, attempt, pauseMs)
    : read(standing, call, attempt, pauseMs);

const explanationMaxLength = 2_000;
/** The step goes to a person. */
export const abstain = (
  standing: Standing,
  reason: AbstainReason,
  explanation: string,
): readonly RunFact[] =>
  ending(standing, {
    type: 'AgentAbstained',
    data: {
      runId: standing.request.runId,
      reason,
      explanation: clipped(explanation, explanationMaxLength),
    },
  });
