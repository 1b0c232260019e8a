import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { Message } from '@countersign/contracts';
import { readDeadLetter } from '../src/dead-letters.js';
import { BusStrategy, connectBus, messageCodec, publisher, Unacceptable } from '../src/index.js';
import { caseIdOf, faults, Odd, OutcomeModule, seen } from './outcome-app.js';
import { scratchKeys } from './sample-messages.js';
import { scratchFolder } from './scratch-folder.js';
import { scratchWorld, until, type ScratchWorld } from './scratch-world.js';

const topic = 'intake.commands.v1';
const folder = scratchFolder();
const codec = messageCodec('intake', scratchKeys().sealer);

const messageOf = (n: number, type: string, data: unknown): Message => ({
  id: `10000000-0000-4000-8000-00000000000${n}`,
  type,
  schemaVersion: 1,
  caseId: caseIdOf(n),
  occurredAt: '2026-01-05T09:00:00.000Z',
  actor: { type: 'service', id: 'orchestrator' },
  correlationId: caseIdOf(n),
  causationId: caseIdOf(n),
  subjects: [],
  source: { stream: `case-${caseIdOf(n)}`, revision: 0, hash: '0'.repeat(64) },
  data,
});
const recordOutcome = (n: number) =>
  messageOf(n, 'RecordOutcome', { outcome: 'closed', endedAt: '2026-01-05T09:00:00.000Z' });
const outcomePublished = (n: number) =>
  messageOf(n, 'CaseOutcomePublished', { source: 's', sourceId: 'i', outcome: 'closed' });

let world: ScratchWorld;
const apps: INestApplication[] = [];

beforeEach(() => {
  world = scratchWorld(folder);
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  await world.close();
  seen.length = 0;
  faults.clear();
});

const startApp = async (connect: typeof connectBus = connectBus) => {
  const built = await Test.createTestingModule({ imports: [OutcomeModule] }).compile();
  const app = built.createNestApplication(new FastifyAdapter(), { logger: false });
  apps.push(app);
  const strategy = new BusStrategy({
    service: 'intake',
    topics: [topic],
    ...world,
    codec,
    graceMs: 200,
  });
  connect(app, strategy);
  expect(strategy.state).toEqual({ name: 'starting' });
  await app.startAllMicroservices();
  return { app, strategy };
};
const send = (...messages: Message[]) =>
  publisher(world.bus, codec).publish(messages.map((message) => ({ topic, message })));
const deadLetterOf = async (n: number) => {
  for await (const record of world.bus.browse('intake.dead-letters.v1')) {
    if (record.key === caseIdOf(n)) return readDeadLetter(record);
  }
  return undefined;
};

describe('a Nest application on the bus', () => {
  it('handles messages in its controllers, with payload and context', async () => {
    const { strategy } = await startApp();
    expect(strategy.state).toEqual({ name: 'running' });
    expect(strategy.unwrap()).toBe(world.bus);
    await send(recordOutcome(1));
    await until(() => seen.length === 1, 'handled');
    expect(seen).toEqual(['closed 1 1']);
  });

  it('awaits observables, runs pipes, and stops consuming when it closes', async () => {
    const { app, strategy } = await startApp();
    await send(outcomePublished(1));
    await until(() => seen.length === 1, 'handled');
    expect(seen).toEqual(['CLOSED']);
    await app.close();
    expect(strategy.state).toEqual({ name: 'closed' });
    await send(recordOutcome(1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(seen).toEqual(['CLOSED']);
  });

  it('tells infrastructure from a fault of the message, through promises and observables', async () => {
    const { strategy } = await startApp();
    const away = Object.assign(new Error('away'), { name: 'StoreUnavailable' });
    faults.set(caseIdOf(2), () => {
      throw new Error('while appending', { cause: away });
    });
    await send(recordOutcome(2));
    await until(() => strategy.state.name === 'paused', 'paused by a promise');
    faults.clear();
    await until(() => seen.length === 1, 'handled');
    faults.set(caseIdOf(2), () => away);
    await send(outcomePublished(2));
    await until(() => strategy.state.name === 'paused', 'paused by an observable');
    faults.clear();
    await until(() => seen.length === 2, 'handled');
    expect(await deadLetterOf(2)).toBeUndefined();
  });

  it('dead-letters with the cause that the handler threw', async () => {
    await startApp();
    let tries = 0;
    faults.set(caseIdOf(3), () => {
      tries += 1;
      throw new RangeError('no such step');
    });
    await send(recordOutcome(3));
    await until(async () => (await deadLetterOf(3)) !== undefined, 'dead-lettered');
    expect(tries).toBe(3);
    expect((await deadLetterOf(3))!.cause.text).toBe('RangeError: no such step');
  });

  it('keeps the permanence of an error, and names one that was none', async () => {
    await startApp();
    let tries = 0;
    faults.set(caseIdOf(4), () => {
      tries += 1;
      throw new Unacceptable('too-odd', 'not in this life');
    });
    faults.set(caseIdOf(5), () => {
      throw 'a string';
    });
    await send(recordOutcome(4), recordOutcome(5));
    await until(async () => (await deadLetterOf(5)) !== undefined, 'dead-lettered');
    expect((await deadLetterOf(4))!.cause.code).toBe('too-odd');
    expect(tries).toBe(1);
    expect((await deadLetterOf(5))!.cause.text).toContain('a handler threw no error');
  });

  it('dead-letters a type that it has no handler for, and does not pass over it', async () => {
    await startApp();
    const step = { step: 's', visit: 1, proposalId: caseIdOf(6), digest: 'd', releaseRevision: 0 };
    await send(messageOf(6, 'ExecuteAction', step));
    await until(async () => (await deadLetterOf(6)) !== undefined, 'dead-lettered');
    expect(await deadLetterOf(6)).toMatchObject({
      messageType: 'countersign.ExecuteAction.v1',
      cause: { code: 'no-handler', text: 'Unacceptable: intake takes no ExecuteAction' },
    });
  });

  it('runs guards and filters of its own', async () => {
    await startApp();
    faults.set(caseIdOf(7), () => {
      throw new Odd();
    });
    await send(recordOutcome(7));
    await until(() => seen.includes('odd'), 'the filter');
    faults.set('guard', () => undefined);
    await send(recordOutcome(8));
    await until(async () => (await deadLetterOf(8)) !== undefined, 'the guard');
    expect((await deadLetterOf(8))!.cause.text).toContain('Forbidden');
    expect(await deadLetterOf(7)).toBeUndefined();
  });

  it('buries nothing while Nest hides the cause of a failure', async () => {
    const { strategy } = await startApp((app, s) => app.connectMicroservice({ strategy: s }));
    faults.set(caseIdOf(9), () => {
      throw new Error('whatever');
    });
    await send(recordOutcome(9));
    await until(() => strategy.state.name === 'paused', 'paused');
    expect(strategy.state).toMatchObject({ because: expect.stringContaining('connectBus') });
    expect(await deadLetterOf(9)).toBeUndefined();
    faults.clear();
    await until(() => strategy.state.name === 'running', 'running');
  });
});
