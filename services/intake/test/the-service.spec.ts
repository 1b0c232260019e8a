import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topics, type Message } from '@countersign/contracts';
import { metadataOf, type StoredEvent } from '@countersign/event-store';
import { caseOf, eventType, source, ticket } from './an-intake.js';
import { startRunningIntake, type RunningIntake } from './running-intake.js';

let at: RunningIntake;
beforeAll(async () => {
  at = await startRunningIntake();
});
afterAll(() => at.stop());

describe('the intake door (A4, U1)', () => {
  it('answers 202 with the case, after the append, and gives a repeat the same answer', async () => {
    const first = await at.send('same');
    expect(first.status).toBe(202);
    const [stored] = (await at.eventsOf('same')) as StoredEvent[];
    expect(first.body).toEqual({
      status: 'accepted',
      source,
      id: 'same',
      caseId: caseOf('same'),
      position: stored!.position,
    });
    at.clock.advance(60_000);
    expect(await at.send('same')).toMatchObject({ status: 202, body: first.body });
    expect(await at.eventsOf('same')).toHaveLength(1);
  });

  it('takes nothing while the store is away: 503, and when to come again (I24)', async () => {
    at.faults.outage = true;
    try {
      const answer = await at.send('away');
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    } finally {
      at.faults.outage = false;
    }
    expect(await at.eventsOf('away')).toEqual([]);
    expect((await at.standing('away')).status).toBe(404);
    expect((await at.send('away')).status).toBe(202);
  });

  it('answers 409 to another body under the same id, and the first one stands', async () => {
    await at.send('conflict');
    const answer = await at.send('conflict', { body: 'Something else.' });
    expect(answer).toMatchObject({
      status: 409,
      body: { type: 'urn:countersign:problem:another-body', caseId: caseOf('conflict') },
    });
    expect(await at.eventsOf('conflict')).toHaveLength(1);
  });

  it('accepts one of several bodies that race under one id, and says so only of that one (I5)', async () => {
    const bodies = ['one', 'two', 'three', 'one'];
    at.faults.together = bodies.length;
    const answers = await Promise.all(bodies.map((body) => at.send('race', { body })));
    expect(await at.eventsOf('race')).toHaveLength(1);
    const accepted = new Set(bodies.filter((_, n) => answers[n]!.status === 202));
    expect(accepted.size).toBe(1);
    // Whoever is told 202 is told so again, and whoever is not, is not.
    const again = await Promise.all(bodies.map((body) => at.send('race', { body })));
    expect(answers.map(({ status }) => status)).toEqual(again.map(({ status }) => status));
  });

  it('follows what upstream says of itself: actor, instant, correlation, and whom it is about', async () => {
    await at.post({
      specversion: '1.0',
      id: 'envelope',
      source,
      type: eventType,
      time: '2026-01-04T23:00:00+01:00',
      correlationid: 'corr-77',
      data: ticket(),
    });
    const [stored] = (await at.eventsOf('envelope')) as StoredEvent[];
    expect(metadataOf(stored!)).toMatchObject({
      actor: { type: 'upstream', id: source },
      occurredAt: '2026-01-04T22:00:00.000Z',
      recordedAt: at.clock.now(),
      $correlationId: 'corr-77',
      caseId: caseOf('envelope'),
      subjects: ['customer:8812'],
    });
    expect(JSON.stringify(stored)).not.toMatch(/Mara|Broken/);
    const isOpening = ({ caseId }: Message) => caseId === caseOf('envelope');
    const [opened] = await at.published(topics.answers('intake'), 1, isOpening);
    expect(opened).toMatchObject({ type: 'CaseReceived', data: { input: ticket() } });
  });
});

describe('an event that cannot be taken (A4, U1)', () => {
  it('is answered with every field, kept with its reasons, and taken once it is mended', async () => {
    const wrong = await at.send('mended', { body: 7, subject: undefined });
    expect(wrong.status).toBe(422);
    expect(wrong.headers.get('content-type')).toContain('application/problem+json');
    const pointers = wrong.body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers.sort()).toEqual(['/data/body', '/data/subject']);
    const [rejected] = (await at.eventsOf('mended')) as StoredEvent[];
    expect((await at.standing('mended')).body).toMatchObject({
      status: 'rejected',
      position: rejected!.position,
      problems: expect.arrayContaining([expect.objectContaining({ pointer: '/data/body' })]),
    });
    expect((await at.send('mended')).status).toBe(202);
    const { body } = await at.standing('mended');
    const { position } = (await at.eventsOf('mended')).at(-1) as StoredEvent;
    expect(body).toMatchObject({ status: 'accepted', caseId: caseOf('mended'), position });
    expect(body).not.toHaveProperty('problems');
  });

  it('is told to upstream with its reasons, but not with names that the sender chose', async () => {
    await at.send('told', { 'Mara Lind': 1, body: 7 });
    await at.send('told');
    const [rejected, accepted] = await at.toldOf('told', 2);
    expect(rejected).toMatchObject({
      type: 'RejectionPublished',
      caseId: caseOf('told'),
      data: { source, sourceId: 'told', code: 'schema' },
    });
    const { problems } = rejected!.data as { problems: readonly { pointer: string }[] };
    expect(problems.map(({ pointer }) => pointer).sort()).toEqual(['/data', '/data/body']);
    expect(accepted).toMatchObject({ type: 'AcceptancePublished', caseId: caseOf('told') });
    expect(JSON.stringify(await at.eventsOf('told'))).not.toContain('Mara');
  });

  it('is kept once a reason, and ten times an id at the most', async () => {
    for (let n = 0; n < 3; n += 1) await at.send('often', { body: 7 });
    expect(await at.eventsOf('often')).toHaveLength(1);
    for (let n = 0; n < 12; n += 1) await at.send('often', { [`extra${n}`]: n });
    expect(await at.eventsOf('often')).toHaveLength(10);
  });

  it('is remembered too when no workflow accepts its type, or its envelope is wrong', async () => {
    const event = { specversion: '1.0', source, type: eventType, data: ticket() };
    const unknown = await at.post({ ...event, id: 'unheard', type: 'unheard.of.v1' });
    expect(unknown).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/type', message: `must be one of ${eventType}` }] },
    });
    expect((await at.post({ ...event, id: 'late', time: '2026-W01' })).status).toBe(422);
    for (const id of ['unheard', 'late']) {
      expect((await at.standing(id)).body).toMatchObject({ status: 'rejected' });
    }
  });

  it('with half a character is refused before anything is kept of it', async () => {
    const answer = await at.send('half', { body: '\ud800' });
    expect(answer.status).toBe(400);
    expect(await at.eventsOf('half')).toEqual([]);
  });
});

describe('who may ask and send', () => {
  it('is the credential that the source is bound to, and people may look', async () => {
    await at.send('mine');
    expect((await at.standing('mine', 'shop')).status).toBe(403);
    expect((await at.standing('mine', 'ana')).status).toBe(200);
    const other = { specversion: '1.0', id: 'x', source: 'https://shop.example', type: eventType };
    const foreign = await at.post({ ...other, data: ticket() });
    expect(foreign.status).toBe(403);
    // A malformed event of somebody else's source must not write into its streams either.
    expect((await at.post({ ...other, specversion: '9' })).status).toBe(403);
  });
});

describe('how a case ended', () => {
  it('is kept once and told upstream once, however often it is said', async () => {
    await at.send('ended');
    for (let n = 0; n < 3; n += 1) await at.endCase('ended');
    const outcomes = await at.toldOf('ended', 2);
    expect(outcomes).toMatchObject([
      { type: 'AcceptancePublished', data: { source, sourceId: 'ended', eventType } },
      { type: 'CaseOutcomePublished', data: { source, sourceId: 'ended', outcome: 'closed' } },
    ]);
    expect((await at.standing('ended')).body).toMatchObject({
      status: 'accepted',
      outcome: 'closed',
      endedAt: at.clock.now(),
      position: ((await at.eventsOf('ended')).at(-1) as StoredEvent).position,
    });
    expect((await at.eventsOf('ended')).map(({ type }) => type)).toEqual([
      'IntakeAccepted',
      'OutcomeRecorded',
    ]);
  });
});
