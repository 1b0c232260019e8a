import { caseStates, messageTypes } from '@countersign/contracts';
import { effectIdOf, walk, wayTo, type Walk } from '@countersign/decider';
import type { CaseProcess } from '../../src/domain/case-process.js';
import type { ResolvedDefinition } from '../../src/domain/definition.js';
import type { CaseFact } from '../../src/domain/facts.js';
import type { CaseInput } from '../../src/domain/inputs.js';
import { speakerOf } from '../../src/domain/inputs.js';
import type { CaseState } from '../../src/domain/state.js';
import { inputsFor, type Vocabulary } from './alphabet.js';
import { onlooker, type CaseMove, type CasePlace, type Seen } from './onlooker.js';

export type CaseWalk = Walk<CaseInput, CaseFact, CaseState, Seen>;

export const walkCase = (
  process: CaseProcess,
  vocabulary: Vocabulary,
  until: (move: CaseMove) => boolean = () => false,
): CaseWalk => walk({ process, inputsIn: inputsFor(vocabulary), onlooker, until });

/** A promise that does not hold, and the way on which it was broken. */
export type Finding = `${string}: ${string}`;

/** Every promise that a walk finds broken, once each; nothing when all hold. */
export const findingsIn = (
  process: CaseProcess,
  definition: ResolvedDefinition,
  walked: CaseWalk,
): readonly Finding[] => {
  const findings = new Map<string, Finding>();
  for (const move of walked.moves) {
    for (const breach of breachesOf(process, definition, move)) {
      const way = `${wayTo(move.from)} → ${move.told.body.type}`;
      if (!findings.has(breach)) findings.set(breach, `${breach}: ${way}`);
    }
  }
  const moving = new Set<string>(walked.moves.map(({ told }) => told.body.type));
  for (const type of kindsExpected(definition)) {
    if (!moving.has(type)) findings.set(type, `A3 nothing ever hears ${type}: anywhere`);
  }
  return [...findings.values()];
};

/** What one step breaks. */
export const breachesOf = (
  process: CaseProcess,
  definition: ResolvedDefinition,
  move: CaseMove,
): readonly string[] => [
  ...(move.from.seen.ended ? ['I8 an ended case moves again'] : []),
  ...twice(process, move),
  ...unauthorised(move),
  ...withoutDeadline(move),
  ...endedUnknown(move),
  ...badlySaid(move),
  ...badlyRecorded(definition, move),
  ...standsBadly(move.to),
];

/** I11: each request is answered once, each alarm moves once, the same message never twice. */
const twice = (process: CaseProcess, { from, told, to }: CaseMove): string[] => {
  const again = process.decide(told, to.state);
  const breaches = 'facts' in again ? ['I11 the same message moves twice'] : [];
  const { body } = told;
  if (body.type === 'AlarmDue') {
    const open = from.seen.alarms.some(
      ({ id, open: isOpen }) => isOpen && id === body.data.alarmId,
    );
    if (!open) breaches.push('I11 an alarm that is not open moves');
  } else if ('answers' in body.data) {
    const { answers } = body.data;
    const request = from.seen.requests.find(({ id }) => id === answers);
    if (!request?.open) breaches.push('I11 an answer to nothing outstanding moves');
    const about = 'proposalId' in body.data ? body.data.proposalId : undefined;
    if (about !== undefined && request?.proposalId !== undefined && about !== request.proposalId) {
      breaches.push('I4 an answer about another proposal moves');
    }
  }
  return breaches;
};

/** I1: whatever is sent to the executor was released before, itself, under that very digest. */
const unauthorised = ({ effects, to }: CaseMove): string[] =>
  effects.flatMap(({ effect }) => {
    if (effect.type !== 'ExecuteAction') return [];
    const asked = effect.data as { proposalId: string; digest: string; releaseRevision: number };
    const released = to.seen.releases.some(
      ({ proposalId, digest, releaseRevision }) =>
        proposalId === asked.proposalId &&
        digest === asked.digest &&
        releaseRevision === asked.releaseRevision,
    );
    return released ? [] : ['I1 something is executed that was not released'];
  });

const bounded = [
  'RunAgentStep',
  'RequestApproval',
  'RequestAssistance',
  'ExecuteAction',
  'RequestResolution',
  'ResolveExecution',
];

/** I12: each request is bounded by an alarm that its own event opens, due later than now. */
const withoutDeadline = ({ effects, events }: CaseMove): string[] =>
  effects.flatMap(({ eventId, effect }) => {
    if (!bounded.includes(effect.type)) return [];
    const event = events.find(({ id }) => id === eventId)!;
    const due = event.opens.some(({ dueAt }) => dueAt > event.recordedAt);
    return due ? [] : [`I12 ${effect.type} has no deadline`];
  });

/** I20: as long as nobody knows what an execution did, no deadline and no guess ends it. */
const endedUnknown = ({ from, told, to }: CaseMove): string[] => {
  const executing = from.seen.requests.some(({ type, open }) => type === 'ExecuteAction' && open);
  if (!executing || told.body.type.startsWith('Execution')) {
    const guessed = told.body.type === 'ExecutionUncertain' && to.seen.ended;
    return guessed ? ['I20 not knowing ends a case'] : [];
  }
  const stillAsked = to.seen.requests.some(({ type, open }) => type === 'ExecuteAction' && open);
  return stillAsked && !to.seen.ended ? [] : ['I20 an execution is left without its result'];
};

/** Rule 12: each message is whole, by the contract, from the event alone; its id is its own. */
const badlySaid = ({ effects }: CaseMove): string[] => {
  const ids = effects.map(({ eventId, effect }) => effectIdOf(eventId, effect.name));
  const breaches = new Set(ids).size === ids.length ? [] : ['I10 two messages have one id'];
  for (const { effect } of effects) {
    const read = messageTypes.get(effect.type)?.data.safeParse(JSON.parse(asJson(effect.data)));
    if (!read?.success) breaches.push(`I10 ${effect.type} is not as its contract says`);
  }
  return breaches;
};

const asJson = (data: unknown): string => JSON.stringify(data ?? null);

/** I7, A3: each fact says where the case stands, in the closed list's words. */
const badlyRecorded = ({ reference, steps }: ResolvedDefinition, { events }: CaseMove): string[] =>
  events.flatMap(({ type, data }) => {
    const stands =
      (caseStates as readonly string[]).includes(data.state) &&
      Object.hasOwn(steps, data.step) &&
      data.visit >= (type === 'CaseOpened' ? 0 : 1) &&
      data.definition === reference.digest;
    return stands ? [] : [`I7 ${type} does not say where the case stands`];
  });

/** I26: an open case has one deadline, or one has come for something that is still outstanding. */
const standsBadly = ({ seen }: CasePlace): string[] => {
  const alarms = seen.alarms.filter(({ open }) => open).length;
  if (seen.ended) return alarms === 0 ? [] : ['I12 an ended case keeps an alarm open'];
  const cameDue = seen.requests.some((request) => request.open && request.cameDue);
  const breaches = alarms <= 1 ? [] : ['I12 an alarm is not settled'];
  if (alarms === 0 && !cameDue) breaches.push('I26 nobody will ever end this wait');
  return breaches;
};

const kindsExpected = ({ steps }: ResolvedDefinition): readonly string[] => {
  const all = Object.values(steps);
  const agents = all.filter((step) => step.kind === 'agent');
  const unused = new Set<string>();
  if (!agents.some(({ on }) => on.done !== undefined)) unused.add('AgentStepDone');
  if (!agents.some(({ on }) => on.proposed !== undefined)) unused.add('ProposalSubmitted');
  return [...Object.keys(speakerOf), 'AlarmDue'].filter((type) => !unused.has(type));
};
