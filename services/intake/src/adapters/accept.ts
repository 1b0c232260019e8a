import {
  caseIdOf,
  streams,
  type IntakeRefusalCode,
  type intakeSays,
  type UpstreamRecord,
} from '@countersign/contracts';
import { effectIdOf } from '@countersign/decider';
import { handle, metadataOf, recall, type Journal, type Position } from '@countersign/event-store';
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
  | {
      readonly kind: 'accepted';
      readonly caseId: string;
      readonly position: Position;
      /** It was accepted before, as another sending of the same. */
      readonly repeat: boolean;
    }
  | { readonly kind: 'another-body'; readonly caseId: string }
  | ({ readonly kind: 'malformed' } & Reasons);

/** Why an event is refused. */
export interface Reasons {
  readonly code: IntakeRefusalCode;
  /** For the sender alone, and kept sealed. */
  readonly problems: readonly FieldProblem[];
  /** The same without names that the sender chose, for the topic of outcomes. */
  readonly told: readonly FieldProblem[];
}

export const intakeProcess = intake((a, b) => canonical(a) === canonical(b));

/** What the door does with an event, whichever door it came through. */
export interface Acceptance {
  /**
   * Resolves after the append, never before (rule 5).
   * @param record where it was published; absent when it came over HTTP
   * @throws StoreUnavailable
   */
  submit(event: CloudEvent, record?: UpstreamRecord): Promise<Submission>;
  /**
   * Keeps why an event with a known source and id was not taken. Of one that came over HTTP it also
   * tells upstream; a record is answered by itself (`answer-record.ts`).
   */
  reject(source: string, id: string, reasons: Reasons, record?: UpstreamRecord): Promise<void>;
}

export const acceptance = (journal: Journal, catalogue: Catalogue): Acceptance => {
  const reject: Acceptance['reject'] = async (source, id, reasons, record) => {
    const caseId = caseIdOf(source, id);
    const { code, problems, told } = reasons;
    await tell(journal, caseId, {
      id: effectIdOf(caseId, `rejected:${digestOf(problems)}`),
      source,
      body: { type: 'Malformed', source, sourceId: id, code, problems, ...(!record && { told }) },
    });
  };
  const reasonsAgainst = (event: CloudEvent): Reasons | undefined => {
    const type = catalogue.typeOf(event.type);
    if (!type) return unknownType(catalogue);
    const problems = type.problems(event.data);
    if (problems.length === 0) return undefined;
    return { code: 'schema', problems, told: type.told(problems, event.data) };
  };
  const submit: Acceptance['submit'] = async (event, record) => {
    const reasons = reasonsAgainst(event);
    if (reasons) {
      await reject(event.source, event.id, reasons, record);
      return { kind: 'malformed', ...reasons };
    }
    const caseId = caseIdOf(event.source, event.id);
    const submitted = upstreamEvent(event);
    const handled = await tell(journal, caseId, {
      // Another body is another input, or one of two that race would be taken for a repeat. So is
      // another record: of two that race only one is the acceptance, and the other is told so.
      id: effectIdOf(caseId, `submitted:${digestOf(bodyOf(submitted))}${placeIn(record)}`),
      source: event.source,
      event,
      subjects: catalogue.typeOf(event.type)!.subjects(event.data),
      body: { type: 'Submitted', event: submitted, record },
    });
    if (handled.kind === 'refused') return { kind: 'another-body', caseId };
    if (handled.kind === 'recorded') {
      return { kind: 'accepted', caseId, position: handled.position, repeat: false };
    }
    return { kind: 'accepted', caseId, ...(await acceptedBefore(journal, caseId, record)) };
  };
  return { submit, reject };
};

const placeIn = (record: UpstreamRecord | undefined): string =>
  record ? ` ${record.topic}@${record.partition}-${record.offset}` : '';

const unknownType = (catalogue: Catalogue): Reasons => {
  const message = `must be one of ${catalogue.types().join(', ')}`;
  const problems = [{ pointer: '/type', message }];
  return { code: 'unknown-type', problems, told: problems };
};

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

/**
 * Where the first sending was recorded, so that a repeat gets the same answer; and whether this is a
 * repeat, or that very record delivered again.
 */
const acceptedBefore = async (
  journal: Journal,
  caseId: string,
  record: UpstreamRecord | undefined,
): Promise<{ position: Position; repeat: boolean }> => {
  const events = await journal.store.read(streams.intake(caseId), { requiresLeader: true });
  const { position, data } = events.find(({ type }) => type === 'IntakeAccepted')!;
  const { record: first } = data as { record?: UpstreamRecord };
  return { position, repeat: !record || placeIn(first) !== placeIn(record) };
};

/** What upstream may look up by (source, id): the acknowledgement that outlives the answer (U1). */
export interface Standing {
  readonly caseId: string;
  readonly status: 'accepted' | 'rejected';
  readonly recordedAt: string;
  /** Of the last event that it follows from. */
  readonly position: Position;
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
  let standing: Omit<Standing, 'position'> | undefined;
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
  return standing && { ...standing, position: events.at(-1)!.position };
};
