import { caseIdOf, streams, type intakeSays } from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import { handle, metadataOf, recall, type Journal } from '@countersign/event-store';
import { canonical, digestOf } from '@countersign/trust';
import {
  bodyOf,
  intake,
  intakePersonal,
  type FieldProblem,
  type IntakeFact,
  type IntakeInput,
  type IntakeRefusal,
  type IntakeState,
} from '../domain/intake.js';
import type { Catalogue } from './catalogue.js';
import type { CloudEvent } from './cloud-event.js';

export type Submission =
  | { readonly kind: 'accepted'; readonly caseId: string; readonly position: string }
  | { readonly kind: 'another-body'; readonly caseId: string }
  | { readonly kind: 'malformed'; readonly problems: readonly FieldProblem[] };

export const intakeProcess = intake((a, b) => canonical(a) === canonical(b));

/** What the door does with an event, whichever door it came through. */
export interface Acceptance {
  /** Resolves after the append, never before (rule 5). @throws StoreUnavailable */
  submit(event: CloudEvent): Promise<Submission>;
  /** Keeps why an event with a known source and id was not taken. */
  reject(source: string, id: string, problems: readonly FieldProblem[]): Promise<void>;
}

export const acceptance = (journal: Journal, catalogue: Catalogue): Acceptance => {
  const reject = async (source: string, id: string, problems: readonly FieldProblem[]) => {
    const caseId = caseIdOf(source, id);
    await tell(journal, caseId, {
      id: effectIdOf(caseId, `rejected:${digestOf(problems)}`),
      source,
      body: { type: 'Malformed', source, sourceId: id, problems },
    });
  };
  const submit = async (event: CloudEvent): Promise<Submission> => {
    const type = catalogue.typeOf(event.type);
    const problems = type?.problems(event.data) ?? [unknownType(catalogue)];
    if (!type || problems.length > 0) {
      await reject(event.source, event.id, problems);
      return { kind: 'malformed', problems };
    }
    const caseId = caseIdOf(event.source, event.id);
    const submitted = upstreamEvent(event);
    const handled = await tell(journal, caseId, {
      // Another body is another input, or one of two that race would be taken for a repeat.
      id: effectIdOf(caseId, `submitted:${digestOf(bodyOf(submitted))}`),
      source: event.source,
      event,
      subjects: type.subjects(event.data),
      body: { type: 'Submitted', event: submitted },
    });
    if (handled.kind === 'refused') return { kind: 'another-body', caseId };
    if (handled.kind === 'recorded') {
      return { kind: 'accepted', caseId, position: handled.position };
    }
    return { kind: 'accepted', caseId, position: await acceptedAt(journal, caseId) };
  };
  return { submit, reject };
};

const unknownType = (catalogue: Catalogue): FieldProblem => ({
  pointer: '/type',
  message: `must be one of ${catalogue.types().join(', ')}`,
});

const upstreamEvent = ({ source, id, type, subject, data }: CloudEvent) => ({
  source,
  sourceId: id,
  eventType: type,
  ...(subject !== undefined && { subject }),
  ...(typeof data.requester === 'string' && { requester: data.requester }),
  input: data,
});

interface Telling {
  readonly id: string;
  readonly source: string;
  readonly event?: CloudEvent;
  readonly subjects?: readonly string[];
  readonly body: IntakeInput;
}

const tell = (journal: Journal, caseId: string, { id, source, event, subjects, body }: Telling) =>
  handle<IntakeInput, IntakeFact, IntakeState, IntakeRefusal>(
    journal,
    streams.intake(caseId),
    intakePersonal,
    {
      id,
      actor: { type: 'upstream', id: source },
      occurredAt: event?.time ? new Date(event.time).toISOString() : journal.clock.now(),
      correlationId: event?.correlationid ?? caseId,
      caseId,
      subjects: subjects ?? [],
      traceparent: event?.traceparent,
      body,
    },
    intakeProcess,
  );

/** Where the first sending was recorded, so that a repeat gets the same answer. */
const acceptedAt = async (journal: Journal, caseId: string): Promise<string> => {
  const events = await journal.store.read(streams.intake(caseId), { requiresLeader: true });
  return events.find(({ type }) => type === 'IntakeAccepted')!.position;
};

/** What upstream may look up by (source, id): the acknowledgement that outlives the answer (U1). */
export interface Standing {
  readonly caseId: string;
  readonly status: 'accepted' | 'rejected';
  readonly recordedAt: string;
  readonly problems?: readonly FieldProblem[];
  readonly outcome?: intakeSays.CaseOutcomePublished['outcome'];
  readonly reason?: string;
  readonly endedAt?: string;
}

type Rejection = Extract<IntakeFact, { type: 'IntakeRejected' }>;

/** Undefined when nothing was ever heard under this source and id. */
export const standingOf = async (
  journal: Journal,
  source: string,
  id: string,
): Promise<Standing | undefined> => {
  const caseId = caseIdOf(source, id);
  const events = await journal.store.read(streams.intake(caseId), { requiresLeader: true });
  let standing: Standing | undefined;
  for (const event of events) {
    const { recordedAt } = metadataOf(event);
    if (event.type === 'IntakeAccepted') standing = { caseId, status: 'accepted', recordedAt };
    if (event.type === 'IntakeRejected' && standing?.status !== 'accepted') {
      const { data } = await recall<Rejection>(journal, event);
      standing = { caseId, status: 'rejected', recordedAt, problems: data.problems };
    }
    if (event.type === 'OutcomeRecorded') {
      const { outcome, reason, endedAt } = event.data as Required<Standing>;
      standing = { ...standing!, outcome, ...(reason !== undefined && { reason }), endedAt };
    }
  }
  return standing;
};
