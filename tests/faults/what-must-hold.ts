import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v5 as uuid } from 'uuid';
import type { StoredEvent } from '@countersign/event-store';
import type { ReceivedRecord } from '@countersign/messaging';
import type { Everything } from './everything-kept.js';

// An oracle of its own: it knows what must hold of a store and its topics, and none of the code
// that makes it hold. Each function answers with findings; an empty list is what is hoped for.

type Metadata = Record<string, any>;

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const hashForm = /^[0-9a-f]{64}$/;
const actorTypes = ['human', 'service', 'agent', 'upstream', 'rule'];
const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0;

/** Bookkeeping of relays and leases is no history (decision 4). */
const isHistory = ({ stream }: StoredEvent): boolean => !/^(relay|lease)-/.test(stream);
const placeOf = ({ stream, revision, type }: StoredEvent): string =>
  `${stream}/${revision} ${type}`;
const metadataOf = (event: StoredEvent): Metadata => event.metadata as Metadata;

const envelope: Readonly<Record<string, (metadata: Metadata) => boolean>> = {
  schemaVersion: ({ schemaVersion }) => Number.isInteger(schemaVersion) && schemaVersion >= 1,
  occurredAt: ({ occurredAt }) => instantForm.test(occurredAt),
  recordedAt: ({ recordedAt }) => instantForm.test(recordedAt),
  actor: ({ actor }) => actorTypes.includes(actor?.type) && isText(actor?.id),
  correlation: (metadata) => isText(metadata['$correlationId']),
  causation: (metadata) => uuidForm.test(metadata['$causationId']),
  caseId: ({ caseId }) => isText(caseId),
  subjects: ({ subjects }) => Array.isArray(subjects) && subjects.every(isText),
  prevHash: ({ prevHash }) => hashForm.test(prevHash),
  cause: ({ cause }) =>
    cause === undefined ||
    (isText(cause.stream) && Number.isInteger(cause.revision) && hashForm.test(cause.hash)),
};

/** I7: every transition says who, when, why and in which form. */
export const incompleteEnvelopes = ({ events }: Everything): string[] =>
  events.filter(isHistory).flatMap((event) =>
    Object.entries(envelope)
      .filter(([, isComplete]) => !isComplete(metadataOf(event)))
      .map(([name]) => `I7 ${placeOf(event)}: ${name}`),
  );

const streamsOf = (events: readonly StoredEvent[]): ReadonlyMap<string, StoredEvent[]> =>
  Map.groupBy(events.filter(isHistory), ({ stream }) => stream);

/** I7: in a stream, time never runs backwards, and revisions have no gap. */
export const timeRunningBackwards = ({ events }: Everything): string[] =>
  [...streamsOf(events).values()].flatMap((stream) =>
    stream
      .filter((event, n) => {
        const before = stream[n - 1];
        const grows =
          !before || metadataOf(before)['recordedAt'] <= metadataOf(event)['recordedAt'];
        return !grows || event.revision !== n;
      })
      .map((event) => `I7 ${placeOf(event)}: not after the event before it`),
  );

/** By the words of decision 4, not by the product's function. */
const hashOf = ({ stream, revision, id, type, data, metadata }: StoredEvent): string =>
  createHash('sha256')
    .update(canonicalize([stream, revision, id, type, data, metadata])!)
    .digest('hex');

/** I21: each event names the hash of the one before it. */
export const brokenChains = ({ events }: Everything): string[] =>
  [...streamsOf(events).values()].flatMap((stream) =>
    stream
      .filter((event, n) => {
        const before = stream[n - 1];
        return metadataOf(event)['prevHash'] !== (before ? hashOf(before) : '0'.repeat(64));
      })
      .map((event) => `I21 ${placeOf(event)}: not chained to the event before it`),
  );

/** What each event makes its service say; an event that is not listed makes it say nothing. */
const saysOn: Readonly<Record<string, string | ((data: Metadata) => string | readonly string[])>> =
  {
    IntakeAccepted: () => ['CaseReceived', 'AcceptancePublished'],
    IntakeRejected: ({ told }) => (told ? 'RejectionPublished' : []),
    RecordRepeated: 'DuplicatePublished',
    RecordRefused: 'RejectionPublished',
    OutcomeRecorded: 'CaseOutcomePublished',
    AgentStepAsked: 'RunAgentStep',
    ApprovalAsked: 'RequestApproval',
    ApprovalExpiryAsked: 'ExpireApproval',
    AssistanceAsked: 'RequestAssistance',
    AssistanceExpiryAsked: 'ExpireAssistance',
    ExecutionAsked: 'ExecuteAction',
    ResolutionAsked: 'RequestResolution',
    ResolutionRecorded: 'ResolveExecution',
    CaseEnded: 'RecordOutcome',
    ExecutionResolved: ({ outcome }) =>
      outcome === 'done' ? 'ExecutionSucceeded' : 'ExecutionFailed',
    ...Object.fromEntries(
      [
        ...['AgentStepDone', 'ProposalSubmitted', 'AgentAbstained'],
        ...['ApprovalReleased', 'ApprovalRejected', 'ApprovalChangesRequested', 'ApprovalExpired'],
        ...['AssistanceProposed', 'AssistanceDeclined', 'AssistanceExpired', 'OutcomeResolved'],
        ...['ExecutionSucceeded', 'ExecutionRefused', 'ExecutionFailed', 'ExecutionUncertain'],
      ].map((type) => [type, type]),
    ),
  };

/** The messages that an event asks for: their ids follow from their names by rule 2. */
const askedIds = (event: StoredEvent): readonly string[] => {
  const says = saysOn[event.type] ?? [];
  const data = event.data as Metadata;
  const types = [typeof says === 'function' ? says(data) : says].flat();
  return types.map((type) => {
    const isStep = event.stream.startsWith('case-');
    return uuid(isStep ? `${type}:${data['step']}#${data['visit']}` : type, event.id);
  });
};

const isDeadLetter = ({ topic }: ReceivedRecord): boolean => topic.includes('dead-letters');
const messageIn = (record: ReceivedRecord): Metadata => JSON.parse(String(record.value));

/** I10: every message names its source event, which is in the store under the same hash. */
export const messagesWithoutSource = ({ events, records }: Everything): string[] => {
  const byPlace = new Map(events.map((event) => [`${event.stream}/${event.revision}`, event]));
  return records
    .filter((record) => !isDeadLetter(record))
    .flatMap((record) => {
      const message = messageIn(record);
      const event = byPlace.get(`${message['sourcestream']}/${message['sourcerevision']}`);
      const place = `I10 ${record.topic}/${record.offset} ${message['type']}`;
      if (!event) return [`${place}: its source event is not in the store`];
      const wrong = [
        message['sourcehash'] !== hashOf(event) && 'its source event has another hash',
        !askedIds(event).includes(message['id']) && 'its id does not follow from its source event',
        message['causationid'] !== event.id && 'it names another cause',
        record.key !== metadataOf(event)['caseId'] && 'it has the key of another case',
      ];
      return wrong.filter((one) => one !== false).map((what) => `${place}: ${what}`);
    });
};

/** I10: every event that asks for a message has been published at least once. */
export const eventsNeverPublished = ({ events, records }: Everything): string[] => {
  const published = new Set(records.map((record) => record.headers['ce_id']));
  return events
    .filter((event) => askedIds(event).some((id) => !published.has(id)))
    .map((event) => `I10 ${placeOf(event)}: never published`);
};

/** I10: messages of a case come first in the order of the events that made them. */
export const overtakenMessages = ({ events, records }: Everything): string[] => {
  const order = new Map(events.map((event, n) => [`${event.stream}/${event.revision}`, n]));
  const seen = new Set<string>();
  const last = new Map<string, number>();
  return records
    .filter((record) => !isDeadLetter(record))
    .flatMap((record) => {
      const message = messageIn(record);
      const id = message['id'] as string;
      if (seen.has(id)) return [];
      seen.add(id);
      const lane = `${record.topic} ${record.key}`;
      const place = order.get(`${message['sourcestream']}/${message['sourcerevision']}`) ?? -1;
      const overtaken = place < (last.get(lane) ?? -1);
      last.set(lane, Math.max(place, last.get(lane) ?? -1));
      return overtaken ? [`I10 ${record.topic}/${record.offset}: overtaken by a later one`] : [];
    });
};

/** All that must hold of any store, whatever happened to its process. */
export const findingsIn = (everything: Everything): string[] => [
  ...incompleteEnvelopes(everything),
  ...timeRunningBackwards(everything),
  ...brokenChains(everything),
  ...messagesWithoutSource(everything),
  ...eventsNeverPublished(everything),
  ...overtakenMessages(everything),
];

/** What a fault must not leave behind where nobody forged anything. */
export const troubleIn = ({ events, records }: Everything): string[] => [
  ...records.filter(isDeadLetter).map(({ topic, headers }) => `${topic}: ${headers['dead_cause']}`),
  ...events
    .filter(({ type }) => /Contradicted$|Refused$|^KeyFenced$|Failed$|Uncertain$/.test(type))
    .map(placeOf),
];
