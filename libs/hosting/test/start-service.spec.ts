import { Controller, Get, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { topics, type Message } from '@countersign/contracts';
import { messageCodec, OnMessage, publisher } from '@countersign/messaging';
import { Public } from '@countersign/http';
import { journalOf, startService, type RunningService, type ServiceParts } from '../src/index.js';
import { openHostedWorld } from './hosted-world.js';

/** What happened, in order. */
let seen: string[];
let gate: PromiseWithResolvers<void>;

@Controller()
class Door {
  @Get('v1/slow')
  @Public()
  async slow() {
    seen.push('request');
    await gate.promise;
    return { answered: true };
  }

  @OnMessage('RecordOutcome')
  async take(@Payload() message: Message) {
    seen.push(`began ${message.type}`);
    await gate.promise;
    seen.push(`took ${message.type}`);
  }
}

@Module({ controllers: [Door] })
class DoorModule {}

let hosted: Awaited<ReturnType<typeof openHostedWorld>>;
let running: RunningService | undefined;
beforeEach(async () => {
  seen = [];
  gate = Promise.withResolvers();
  hosted = await openHostedWorld();
});
afterEach(async () => {
  gate.resolve();
  await running?.closeDoors();
  running = undefined;
  await hosted.close();
});

const part = (name: string, fails = false) => ({
  close: async () => {
    seen.push(`closed ${name}`);
    if (fails) throw new Error(`${name} does not close`);
  },
});

const start = async (changed: Partial<ServiceParts> = {}) => {
  running = await startService({
    service: 'intake',
    world: hosted.world,
    module: DoorModule,
    port: 0,
    portSetting: 'INTAKE_PORT',
    title: 'Countersign intake',
    ready: [{ name: 'relay', check: () => true }],
    parts: [part('view'), part('relay'), part('keeper')],
    ...changed,
  });
  return running;
};

const caseId = '00000000-0000-4000-8000-000000000001';
const sendOutcome = () =>
  publisher(hosted.bus, messageCodec('orchestrator', hosted.world.sealer)).publish([
    {
      topic: topics.commands('intake'),
      message: {
        id: '00000000-0000-4000-8000-0000000000aa',
        type: 'RecordOutcome',
        schemaVersion: 1,
        caseId,
        occurredAt: hosted.world.clock.now(),
        actor: { type: 'service', id: 'orchestrator' },
        correlationId: caseId,
        causationId: caseId,
        subjects: [],
        source: { stream: `case-${caseId}`, revision: 0, hash: '0'.repeat(64) },
        data: { outcome: 'closed', endedAt: hosted.world.clock.now() },
      },
    },
  ]);

const patienceMs = 15_000;
const until = async (what: string) => {
  const begun = performance.now();
  while (!seen.includes(what) && performance.now() - begun < patienceMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(seen).toContain(what);
};

describe('a service that is started', () => {
  it('answers whether it lives, is ready, which it is, and what it offers', async () => {
    const { url, port, service } = await start();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(service).toBe('intake');
    const get = async (path: string) => (await fetch(`${url}${path}`)).json();
    expect(await get('/livez')).toEqual({ status: 'live' });
    expect(await get('/readyz')).toMatchObject({ checks: { relay: 'ok', bus: 'ok' } });
    expect(await get('/version')).toMatchObject({ service: 'intake' });
    const openapi: any = await get('/openapi.json');
    expect(openapi).toMatchObject({ openapi: '3.1.0', info: { title: 'Countersign intake' } });
    expect(Object.keys(openapi.paths)).toEqual(expect.arrayContaining(['/v1/slow', '/readyz']));
  });

  it('is not ready while one of its checks fails, and says which', async () => {
    const { url } = await start({ ready: [{ name: 'relay', check: () => false }] });
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ checks: { relay: 'failing', bus: 'ok' } });
  });

  it('finishes what it has begun when its doors close, and takes nothing more', async () => {
    const { url, closeDoors } = await start();
    await sendOutcome();
    const answer = fetch(`${url}/v1/slow`);
    await until('began RecordOutcome');
    await until('request');
    const closing = closeDoors();
    gate.resolve();
    await closing;
    expect(await (await answer).json()).toEqual({ answered: true });
    expect(seen).toContain('took RecordOutcome');
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
    await sendOutcome();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen.filter((what) => what.startsWith('took'))).toHaveLength(1);
  });

  it('drains its parts in reverse, all of them, even when one does not close', async () => {
    const parts = [part('view'), part('relay', true), part('keeper')];
    const { closeDoors, drain } = await start({ parts });
    await closeDoors();
    await expect(drain()).rejects.toThrow('relay does not close');
    expect(seen).toEqual(['closed keeper', 'closed relay', 'closed view']);
  });

  it('gives back all it took when its port is busy, and names the setting', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const starting = start({ port });
    await expect(starting).rejects.toMatchObject({
      name: 'CannotListen',
      message: `port ${port} (127.0.0.1) is in use by another program; stop that one, or set INTAKE_PORT to another port`,
    });
    expect(seen).toEqual(['closed keeper', 'closed relay', 'closed view']);
    await sendOutcome();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).not.toContain('began RecordOutcome');
    other.close();
  });
});

describe('the journal of a service', () => {
  it('has memories of its own, so that no two services share what they remember', () => {
    const [one, other] = [journalOf('intake', hosted.world), journalOf('intake', hosted.world)];
    expect(one).toMatchObject({ service: 'intake', store: hosted.world.store });
    expect(one.histories).not.toBe(other.histories);
    expect(one.recalled).not.toBe(other.recalled);
    expect(one.hashes).not.toBe(other.hashes);
  });
});
