import { caseIdOf } from '@countersign/contracts';
import { metadataOf, type StoredEvent } from '@countersign/event-store';
import { ticketSource } from './people-and-upstream.js';

/** What must be the same however often the process was killed: type, step, visit, outcome, actor. */
export type Trace = readonly string[];

/** Everything that is kept of one case, stream by stream in the order in which they began. */
export interface Kept {
  readonly intake: readonly Trace[];
  readonly case: readonly Trace[];
  readonly approvals: readonly Trace[];
  /** Claims and calls included, which later epochs may repeat. */
  readonly runs: readonly Trace[];
  readonly executions: readonly Trace[];
}

/** Events that a later epoch, or a later attempt at the same call, may add. */
const repeatable = /^(AgentRunClaimed|ModelCallStarted|ToolCallStarted|ExecutionClaimed)$/;
const again = ' again';

const lineOf = (event: StoredEvent): string => {
  const { step, visit, outcome, epoch = 1, attempt = 1 } = event.data as Record<string, unknown>;
  const { actor } = metadataOf(event);
  const line = [event.type, step, visit, outcome, `${actor.type}:${actor.id}`];
  const repeats = Number(epoch) > 1 || Number(attempt) > 1;
  const mark = repeats && repeatable.test(event.type) ? again : '';
  return line.filter((part) => part !== undefined).join(' ') + mark;
};

/** @param id of the upstream event */
export const keptOf = (events: readonly StoredEvent[], id: string): Kept => {
  const caseId = caseIdOf(ticketSource, id);
  const ofKind = (prefix: string): Trace[] => {
    const streams = new Map<string, string[]>();
    for (const event of events) {
      if (!event.stream.startsWith(prefix) || metadataOf(event).caseId !== caseId) continue;
      const trace = streams.get(event.stream) ?? [];
      streams.set(event.stream, trace);
      trace.push(lineOf(event));
    }
    return [...streams.values()];
  };
  return {
    intake: ofKind('intake-'),
    case: ofKind('case-'),
    approvals: [...ofKind('approval-'), ...ofKind('assist-')],
    runs: ofKind('agent-run-'),
    executions: ofKind('execution-'),
  };
};

/**
 * What is kept, without the claims and calls that were only made again. One of a later epoch stands
 * for itself where it comes in turn: the process died before the call was ever begun.
 */
export const withoutRepeats = (kept: Kept, undisturbed: Kept): Kept => ({
  ...kept,
  runs: kept.runs.map((trace, n) => settled(trace, undisturbed.runs[n] ?? [])),
  executions: kept.executions.map((trace, n) => settled(trace, undisturbed.executions[n] ?? [])),
});

const settled = (trace: Trace, measure: Trace): Trace => {
  const left: string[] = [];
  for (const line of trace) {
    const repeats = line.endsWith(again);
    const said = repeats ? line.slice(0, -again.length) : line;
    if (!repeats || said === measure[left.length]) left.push(said);
  }
  return left;
};
