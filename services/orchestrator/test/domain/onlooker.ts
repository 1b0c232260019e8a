import { effectIdOf, type Move, type Place, type WalkOptions } from '@countersign/decider';
import type { CaseFact } from '../../src/domain/facts.js';
import type { CaseInput } from '../../src/domain/inputs.js';
import type { CaseState } from '../../src/domain/state.js';

/**
 * What somebody knows of a case who hears every message and sees every alarm, but knows nothing of
 * the process's state: the walk's own memory, against which its steps are held.
 */
export interface Seen {
  readonly requests: readonly SeenRequest[];
  readonly alarms: readonly { readonly id: string; readonly open: boolean }[];
  readonly releases: readonly SeenRelease[];
  readonly ended: boolean;
}

export interface SeenRequest {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly open: boolean;
  readonly proposalId?: string | undefined;
  readonly digest?: string | undefined;
  /** An execution of which nobody knows whether it happened. */
  readonly uncertain?: boolean;
  /** Still open though its deadline has come, as a fact said. */
  readonly cameDue?: boolean;
}

export interface SeenRelease {
  readonly proposalId: string;
  readonly digest: string;
  readonly releaseRevision: number;
}

export type CasePlace = Place<CaseInput, CaseFact, CaseState, Seen>;
export type CaseMove = Move<CaseInput, CaseFact, CaseState, Seen>;
type Onlooker = WalkOptions<CaseInput, CaseFact, CaseState, Seen, never>['onlooker'];

/** Messages that stay outstanding until somebody answers. */
const answerable = [
  'RunAgentStep',
  'RequestApproval',
  'RequestAssistance',
  'ExecuteAction',
  'RequestResolution',
  'ResolveExecution',
];

export const onlooker: Onlooker = {
  initial: { requests: [], alarms: [], releases: [], ended: false },
  see: (seen, move) => ({
    requests: [...dueBy(answeredBy(seen.requests, move.told.body), move), ...requestsIn(move)],
    alarms: [...settledBy(seen.alarms, move), ...openedBy(move)],
    releases: [...seen.releases, ...releasesIn(seen.requests, move.told.body)],
    ended: seen.ended || move.effects.some(({ effect }) => effect.type === 'RecordOutcome'),
  }),
};

type Told = CaseMove['told']['body'];
type Sight = Omit<CaseMove, 'to'>;

const answersOf = (body: Told): string | undefined =>
  'answers' in body.data ? body.data.answers : undefined;

const answeredBy = (requests: readonly SeenRequest[], body: Told): readonly SeenRequest[] => {
  const answered = requests.find(({ id }) => id === answersOf(body));
  if (!answered) return requests;
  return requests.map((request) => {
    if (body.type === 'ExecutionUncertain') {
      return request === answered ? { ...request, uncertain: true } : request;
    }
    // A result of the execution ends all that was asked about it.
    const about = ['ExecuteAction', 'RequestResolution', 'ResolveExecution'];
    const ends =
      body.type.startsWith('Execution') &&
      about.includes(request.type) &&
      request.proposalId === answered.proposalId;
    if (request !== answered && !ends) return request;
    const { cameDue: _, ...closed } = request;
    return { ...closed, open: false };
  });
};

const dueBy = (requests: readonly SeenRequest[], { events }: Sight): readonly SeenRequest[] => {
  const due = new Set(events.flatMap(({ data }) => ('alarmId' in data ? [data.requestId] : [])));
  return requests.map((request) =>
    request.open && due.has(request.id) ? { ...request, cameDue: true } : request,
  );
};

const requestsIn = ({ effects, events }: Sight): readonly SeenRequest[] =>
  effects
    .filter(({ effect }) => answerable.includes(effect.type))
    .map(({ eventId, effect }) => {
      const data = effect.data as {
        proposalId?: string;
        digest?: string;
        proposal?: { proposalId: string; digest: string };
      };
      const event = events.find(({ id }) => id === eventId)!;
      return {
        id: effectIdOf(eventId, effect.name),
        type: effect.type,
        at: `${event.data.step}#${event.data.visit}`,
        open: true,
        proposalId: data.proposal?.proposalId ?? data.proposalId,
        digest: data.proposal?.digest ?? data.digest,
      };
    });

const settledBy = (alarms: Seen['alarms'], { events }: Sight) => {
  const settled = new Set(events.flatMap(({ settles }) => settles));
  return alarms.map((alarm) => (settled.has(alarm.id) ? { ...alarm, open: false } : alarm));
};

const openedBy = ({ events }: Sight) =>
  events.flatMap(({ opens }) => opens.map(({ id }) => ({ id, open: true })));

/** A release counts when it answers a request for just that proposal under just that digest. */
const releasesIn = (requests: readonly SeenRequest[], body: Told): readonly SeenRelease[] => {
  if (body.type !== 'ApprovalReleased') return [];
  const { answers, proposalId, digest, releaseRevision } = body.data;
  const asked = requests.some(
    (request) =>
      request.type === 'RequestApproval' &&
      request.id === answers &&
      request.proposalId === proposalId &&
      request.digest === digest,
  );
  return asked ? [{ proposalId, digest, releaseRevision }] : [];
};
