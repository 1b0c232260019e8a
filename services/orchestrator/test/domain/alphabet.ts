import { proposalIdOf } from '@countersign/contracts';
import type { Told } from '@countersign/decider';
import type { CaseInput } from '../../src/domain/inputs.js';
import type { CasePlace, SeenRequest } from './onlooker.js';
import { alarmDue, idOf, now, proposalFor, received, said, sha256Of, tell } from './told.js';

/** What the walk cannot find out by itself: what opens a case, and what its agents may find. */
export interface Vocabulary {
  readonly eventType: string;
  /** Results that lead routes to each of their branches. */
  readonly results: readonly Record<string, unknown>[];
}

const stranger = idOf('a request of another case');
const by = { sub: 'ana', role: 'supervisor' as const };
const refusal = { by, reasonCode: 'other' as const, comment: 'Not like this.' };

/**
 * Everything that could be said to a case: each answer to each request there ever was, to those that
 * are long answered too, about its own proposal and about another; each alarm there ever was; and
 * what belongs to no request of this case at all.
 */
export const inputsFor = ({ eventType, results }: Vocabulary) => {
  const known = new Map<string, readonly Told<CaseInput>[]>();
  const once = (key: string, make: () => readonly CaseInput[]): readonly Told<CaseInput>[] => {
    const found = known.get(key);
    if (found) return found;
    const made = make().map((body, n) => tell(body, idOf(`${key} ${n}`)));
    known.set(key, made);
    return made;
  };
  return ({ seen }: CasePlace): readonly Told<CaseInput>[] => [
    ...once('received', () => [received(eventType)]),
    ...once('strangers', () => [
      ...answersTo({ ...unknownRequest, type: 'RunAgentStep' }, results),
      ...peoplesAnswers(stranger, proposalIdOf(stranger), sha256Of('other')),
      ...answersTo({ ...unknownRequest, type: 'RequestAssistance' }, results),
      ...answersTo({ ...unknownRequest, type: 'ExecuteAction' }, results),
      ...answersTo({ ...unknownRequest, type: 'RequestResolution' }, results),
      alarmDue(idOf('an alarm of another case')),
    ]),
    ...seen.requests.flatMap((request) =>
      once(`answers ${request.id}`, () => answersTo(request, results)),
    ),
    ...seen.alarms.flatMap(({ id }) => [tell(alarmDue(id), id)]),
  ];
};

const unknownRequest = { id: stranger, at: '', open: false, proposalId: proposalIdOf(stranger) };

const answersTo = (request: SeenRequest, results: Vocabulary['results']): readonly CaseInput[] => {
  const { id: answers, type, proposalId = '', digest = sha256Of('none') } = request;
  const other = proposalIdOf(stranger);
  switch (type) {
    case 'RunAgentStep':
      return [
        ...results.map((result) => said('AgentStepDone', { answers, result })),
        said('ProposalSubmitted', { answers, ...proposalFor(answers) }),
        said('ProposalSubmitted', { answers, ...proposalFor(answers, { caseId: stranger }) }),
        said('ProposalSubmitted', { answers, ...proposalFor(answers, { proposalId: other }) }),
        said('ProposalSubmitted', { answers, ...proposalFor(answers, { requestId: stranger }) }),
        said('AgentAbstained', { answers, reason: 'unknown-request', explanation: 'Who knows.' }),
      ];
    case 'RequestApproval':
      return [
        ...peoplesAnswers(answers, proposalId, digest),
        ...peoplesAnswers(answers, other, digest),
        said('ApprovalReleased', {
          ...{ answers, proposalId, digest: sha256Of('another text'), releaseRevision: 2, by },
        }),
      ];
    case 'RequestAssistance':
      return [
        said('AssistanceProposed', { answers, ...proposalFor(answers) }),
        said('AssistanceProposed', { answers, ...proposalFor(answers, { caseId: stranger }) }),
        said('AssistanceProposed', { answers, ...proposalFor(answers, { proposalId: other }) }),
        said('AssistanceDeclined', { answers, ...refusal }),
        said('AssistanceExpired', { answers }),
      ];
    case 'ExecuteAction':
    case 'ResolveExecution':
      return [proposalId, other].flatMap((of) => [
        said('ExecutionSucceeded', { answers, proposalId: of, epoch: 1 }),
        said('ExecutionRefused', {
          answers,
          proposalId: of,
          reason: 'witness-changed',
          detail: '',
        }),
        said('ExecutionFailed', { answers, proposalId: of, detail: 'Proven not done.' }),
        said('ExecutionUncertain', { answers, proposalId: of, reason: 'no answer', since: now }),
      ]);
    case 'RequestResolution':
      return [proposalId, other].flatMap((of) =>
        (['done', 'not-done'] as const).map((outcome) =>
          said('OutcomeResolved', {
            ...{ answers, proposalId: of, outcome, by, evidence: 'Looked it up.', resolvedAt: now },
          }),
        ),
      );
    default:
      return [];
  }
};

const peoplesAnswers = (answers: string, proposalId: string, digest: string): CaseInput[] => [
  said('ApprovalReleased', { answers, proposalId, digest, releaseRevision: 2, by }),
  said('ApprovalRejected', { answers, proposalId, ...refusal }),
  said('ApprovalChangesRequested', { answers, proposalId, ...refusal }),
  said('ApprovalExpired', { answers, proposalId }),
];
