import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caseIdOf, topics } from '@countersign/contracts';
import { kafkaBus, type KafkaBus, type OutgoingRecord } from '@countersign/messaging';
import { silentLog } from '@countersign/telemetry';
import { refund, type Ticket } from './over-http.js';
import { startRunningServices, type RunningServices } from './running-services.js';

// A publisher as it is: a client of Kafka, and the two topics that it is promised.

const source = 'https://demo.example/tickets';
const topic = topics.upstream('demo');
const eventsCount = 30;

let at: RunningServices;
let upstream: KafkaBus;
beforeAll(async () => {
  at = await startRunningServices();
  const brokers = at.product.kafkaBrokers.split(',');
  upstream = kafkaBus({ brokers, clientId: 'upstream', log: silentLog });
}, 120_000);
afterAll(async () => {
  await upstream?.close();
  await at?.stop();
}, 60_000);

const idOf = (n: number) => `A4-${n}`;
const orderOf = (n: number): string => `A-${711_000 + n}`;
/** As it is sent over HTTP: the last digits of an order are its customer. */
const ticketOf = (n: number): Ticket => ({
  ...refund(orderOf(n)),
  customer: { id: orderOf(n).slice(-4), name: 'Mara Lind' },
});
const structured = (id: string, ticket: object): OutgoingRecord => ({
  topic,
  key: id,
  value: JSON.stringify({
    specversion: '1.0',
    ...{ id, source, type: 'support.ticket.created.v1' },
    data: ticket,
  }),
  headers: { 'content-type': 'application/cloudevents+json' },
});
const events = Array.from({ length: eventsCount }, (_, n) => structured(idOf(n), ticketOf(n)));
const malformed: OutgoingRecord[] = [
  { topic, key: 'm', value: '{"specversion":', headers: {} },
  structured('A4-schema', { body: 'No subject, no customer.' }),
];
/** Every event twice, in an order that has nothing to do with theirs. */
const shuffled = [...events, ...events, ...malformed]
  .map((record, n) => ({ record, by: createHash('sha1').update(`order ${n}`).digest('hex') }))
  .sort((a, b) => a.by.localeCompare(b.by))
  .map(({ record }) => record);

interface Outcome {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly data: { readonly sourceId?: string; readonly code?: string; readonly outcome?: string };
}
/** What upstream was told so far, each thing once. */
const heard = async (): Promise<Map<string, Outcome>> => {
  const told = new Map<string, Outcome>();
  for await (const { value } of upstream.browse(topics.outcomes)) {
    const outcome = JSON.parse(Buffer.from(value as Uint8Array).toString('utf8')) as Outcome;
    told.set(outcome.id, outcome);
  }
  return told;
};
const patienceMs = 90_000;
const heardAll = async (what: string, enough: (told: readonly Outcome[]) => boolean) => {
  const begun = performance.now();
  for (;;) {
    const told = [...(await heard()).values()];
    if (enough(told)) return told;
    if (performance.now() - begun > patienceMs) throw new Error(`never heard: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};
const named = (told: readonly Outcome[], type: string) =>
  told.filter((outcome) => outcome.type === `countersign.${type}.v1`);

describe('A4 U1 a publisher on Kafka', () => {
  it('finds one case for each event, however often and in whatever order it was sent (I5, I6)', async () => {
    await upstream.publish(shuffled);
    const told = await heardAll('an answer to each record', (outcomes) => {
      const answers = outcomes.filter(({ type }) => !type.includes('CaseOutcome'));
      return answers.length >= shuffled.length;
    });
    const accepted = named(told, 'AcceptancePublished').map(({ subject }) => subject);
    const expected = events.map((_, n) => caseIdOf(source, idOf(n)));
    expect(accepted.sort()).toEqual(expected.sort());
    expect(named(told, 'DuplicatePublished')).toHaveLength(eventsCount);
    const codes = named(told, 'RejectionPublished').map(({ data }) => data.code);
    expect(codes.sort()).toEqual(['schema', 'unparsable']);
    const cases = await Promise.all(
      expected.map((caseId) => at.until(caseId, 'awaiting-approval')),
    );
    const newest = cases.map(({ position }) => position).sort(at.backbone.store.comparePositions);
    expect((await at.list(newest.at(-1))).total).toBe(eventsCount);
  });

  it('has what is malformed among the dead letters, with its reason and place', async () => {
    const { body } = await at.ask('sam', 'GET', '/v1/dead-letters/intake');
    expect(body).toMatchObject({ total: 2, causes: { schema: 1, unparsable: 1 } });
    for (const { id } of body.items) expect(id).toMatch(/^intake\.demo\.v1@\d+-\d+$/);
  });

  it('may look up each by its own source and id, over HTTP too', async () => {
    const look = (id: string) =>
      at.ask('demo', 'GET', `/v1/intake?source=${encodeURIComponent(source)}&id=${id}`);
    expect((await look(idOf(7))).body).toMatchObject({
      status: 'accepted',
      caseId: caseIdOf(source, idOf(7)),
    });
    expect((await look('A4-schema')).body).toMatchObject({ status: 'rejected' });
    expect((await at.submit(idOf(7), ticketOf(7))).status).toBe(202);
  });

  it('hears how a case ended', async () => {
    const caseId = caseIdOf(source, idOf(3));
    const { proposalId, etag } = await at.pending(caseId);
    await at.decide('ana', proposalId, etag, { decision: 'approve' });
    await at.until(caseId, 'closed');
    const ended = (told: readonly Outcome[]) =>
      named(told, 'CaseOutcomePublished').filter(({ subject }) => subject === caseId);
    const told = await heardAll('how it ended', (outcomes) => ended(outcomes).length > 0);
    expect(ended(told).map(({ data }) => data)).toEqual([
      expect.objectContaining({ sourceId: idOf(3), outcome: 'closed' }),
    ]);
    expect(await at.effects(orderOf(3))).toHaveLength(1);
  });
});
