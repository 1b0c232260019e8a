import { instantAfter } from '@countersign/time';
import { pauseAfter } from './caps.js';
import { advance, sinceLastAnswer, type Call, type ToolTurn } from './course.js';
import type { RunFact } from './facts.js';
import { abstain, again, askModel, read } from './next-call.js';
import { isPassing, type CallFailed, type ModelAnswer } from './outcomes.js';
import {
  lookedAlready,
  propose,
  readTarget,
  witnessed,
  type AskedWrite,
  type Looked,
} from './proposal.js';
import { readAnswer, type Judged, type Refused } from './read-answer.js';
import { ending, jitterOf, type Standing } from './standing.js';

/** What a run does next, from how far it has come alone: one call to start, or its end. */
export const follow = (standing: Standing): readonly RunFact[] => {
  const { request, course, rules, held, at } = standing;
  const dueAt = instantAfter(held.since, rules.profile.caps.wallMs);
  if (at >= request.deadline || at >= dueAt) {
    return abstain(standing, 'limit-reached', 'the time for this step is over');
  }
  if (course.open) return again(standing, course.open, 1, 0);
  if (course.failed) return afterFailure(standing, course.failed);
  const last = course.turns.at(-1);
  if (last?.kind === 'model') return afterAnswer(standing, last.answer);
  if (last?.kind === 'tool' && last.call.purpose === 'witness') return afterWitness(standing, last);
  return last ? nextReadOrModel(standing) : askModel(standing, 1, 0);
};

/** A model that fell silent is told apart from a target that did. */
const afterFailure = (
  standing: Standing,
  { call, failure }: { call: Call; failure: CallFailed },
): readonly RunFact[] => {
  const { rules, chance } = standing;
  const pauseMs = isPassing(failure)
    ? pauseAfter(call.attempt, failure.retryAfterMs, jitterOf({ chance }), rules.times)
    : undefined;
  if (pauseMs !== undefined && call.attempt < rules.profile.caps.attemptsMax) {
    return again(standing, call, call.attempt + 1, pauseMs);
  }
  const cause = `${failure.failure} (${failure.cause})`;
  if (call.kind === 'tool') {
    const explanation = `${call.tool.name} could not be read: ${cause}`;
    return abstain(standing, 'missing-information', explanation);
  }
  const garbled = failure.failure === 'unreadable' || failure.failure === 'too-large';
  return garbled
    ? abstain(standing, 'unreadable-answer', `the model's answer was ${cause}`)
    : abstain(standing, 'model-unavailable', `the model did not answer: ${cause}`);
};

const afterAnswer = (standing: Standing, answer: ModelAnswer): readonly RunFact[] => {
  const { rules, request } = standing;
  if (answer.calls.length > rules.profile.caps.callsPerAnswerMax) {
    return abstain(standing, 'limit-reached', `${answer.calls.length} calls in one answer`);
  }
  const reading = readAnswer(rules.profile, answer);
  switch (reading.kind) {
    case 'unreadable':
      return abstain(standing, 'unreadable-answer', `the answer is of no use: ${reading.why}`);
    case 'abstains':
      return abstain(standing, reading.reason, reading.explanation);
    case 'result': {
      const data = { runId: request.runId, result: reading.result };
      return ending(standing, { type: 'AgentStepDone', data });
    }
    case 'asks':
      return afterAsking(standing, reading.calls);
  }
};

const writes = (call: Judged): boolean =>
  call.kind === 'write' || (call.kind === 'refused' && call.writes);

/** A call of a writing tool is the proposal, and stands alone; reads are made one after another. */
const afterAsking = (standing: Standing, calls: readonly Judged[]): readonly RunFact[] => {
  const proposals = calls.filter(writes).length;
  const [only] = calls;
  if (calls.length === 1 && only?.kind === 'write') return lookThenPropose(standing, only);
  const refused = calls.flatMap((call) => refusalOf(call, proposals));
  const facts = refused.map(({ of, asked, reason }): RunFact => {
    return { type: 'ToolCallRefused', data: { epoch: standing.held.epoch, of, asked, reason } };
  });
  const course = facts.reduce(advance, standing.course);
  const then = { ...standing, course };
  const next =
    proposals > 1
      ? abstain(then, 'refused-tool', 'the answer holds several proposals')
      : nextReadOrModel(then);
  return [...facts, ...next];
};

const refusalOf = (
  call: Judged,
  proposals: number,
): readonly Omit<Refused, 'kind' | 'writes'>[] => {
  if (writes(call) && proposals > 1) return [{ ...named(call), reason: 'several-proposals' }];
  if (call.kind === 'write') return [{ ...named(call), reason: 'proposal-not-alone' }];
  return call.kind === 'refused' ? [call] : [];
};
const named = (call: Judged) => ({
  of: call.of,
  asked: call.kind === 'refused' ? call.asked : call.tool.tool,
});

/** The first read of the last answer that was not made yet, or the model with all of them. */
const nextReadOrModel = (standing: Standing): readonly RunFact[] => {
  const { profile } = standing.rules;
  const last = sinceLastAnswer(standing.course);
  const reading = last && readAnswer(profile, last.answer);
  if (reading?.kind !== 'asks') return askModel(standing, 1, 0);
  const handled = new Set(
    last!.since.map((turn) => (turn.kind === 'tool' ? turn.call.of : turn.of)),
  );
  const next = reading.calls.find(({ kind, of }) => kind === 'read' && !handled.has(of));
  if (next?.kind !== 'read') return askModel(standing, 1, 0);
  const { tool, of, arguments: args } = next;
  return read(standing, { purpose: 'asked', of, tool: tool.reference, arguments: args }, 1, 0);
};

const lookThenPropose = (standing: Standing, asked: AskedWrite): readonly RunFact[] => {
  if (witnessed(asked) === null) return submit(standing, asked, null);
  const looked = lookedAlready(standing.rules, standing.course, asked);
  if (looked) return submit(standing, asked, looked);
  const { tool, arguments: args } = asked;
  return read(standing, { purpose: 'witness', of: 0, tool: tool.reference, arguments: args }, 1, 0);
};

const afterWitness = (standing: Standing, { call, answer }: ToolTurn): readonly RunFact[] => {
  const { tools } = standing.rules.profile;
  const tool = tools.find(({ reference }) => reference.digest === call.tool.digest);
  if (!tool) return abstain(standing, 'refused-tool', `${call.tool.name} is not offered`);
  const asked = { tool, arguments: call.arguments };
  const looked = readTarget(witnessed(asked) ?? '', answer);
  if (looked) return submit(standing, asked, looked);
  return answer.status === 404
    ? abstain(standing, 'not-found', `the target of ${call.tool.name} does not exist`)
    : abstain(standing, 'missing-information', `the target answered ${answer.status}`);
};

const submit = (standing: Standing, asked: AskedWrite, looked: Looked | null) =>
  ending(standing, propose(standing, asked, looked));
