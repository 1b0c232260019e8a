import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Controller, Get, Module } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Public } from '@countersign/http';
import { openDoor, startService, type Door, type RunningService } from '../src/index.js';
import { openHostedWorld } from './hosted-world.js';

let door: Door | undefined;
let hosted: Awaited<ReturnType<typeof openHostedWorld>> | undefined;
let running: RunningService | undefined;
afterEach(async () => {
  await running?.closeDoors();
  await running?.drain();
  if (!running) await door?.close();
  await hosted?.close();
  door = running = hosted = undefined;
});

let storeIsThere = false;
const open = async (port = 0) => {
  door = await openDoor({
    service: 'intake',
    host: '127.0.0.1',
    port,
    portSetting: 'INTAKE_PORT',
    waitsFor: [
      { name: 'store', check: () => storeIsThere },
      { name: 'kafka', check: () => Promise.reject(new Error('away')) },
    ],
  });
  return `http://127.0.0.1:${door.port}`;
};

@Controller()
class Answers {
  @Get('v1/answer')
  @Public()
  answer() {
    return { answered: true };
  }
}
@Module({ controllers: [Answers] })
class AnswersModule {}

const start = async () => {
  hosted = await openHostedWorld();
  const reaches = [{ name: 'store', check: () => storeIsThere }];
  running = await startService({
    service: 'intake',
    world: { ...hosted.world, door: door!, reaches },
    module: AnswersModule,
    port: 0,
    portSetting: 'INTAKE_PORT',
    title: 'Countersign intake',
    ready: [],
    parts: [],
  });
};

describe('a door that is open before its service can work', () => {
  it('says that the process lives, what it waits for, and that one may come again', async () => {
    storeIsThere = true;
    const url = await open();
    expect(await (await fetch(`${url}/livez`)).json()).toEqual({ status: 'live' });
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(ready.headers.get('content-type')).toBe('application/problem+json');
    expect(await ready.json()).toMatchObject({
      type: 'urn:countersign:problem:not-ready',
      service: 'intake',
      checks: { store: 'ok', kafka: 'failing' },
    });
    const other = await fetch(`${url}/v1/intake`, { method: 'POST', body: '{}' });
    expect([other.status, other.headers.get('retry-after')]).toEqual([503, '5']);
    expect(other.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('lets the service answer at the same port as soon as it has started', async () => {
    storeIsThere = true;
    const url = await open();
    expect((await fetch(`${url}/v1/answer`)).status).toBe(503);
    await start();
    expect(running!.url).toBe(url);
    expect(await (await fetch(`${url}/v1/answer`)).json()).toEqual({ answered: true });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('says that what the service reaches for is away, also after it has started', async () => {
    storeIsThere = true;
    const url = await open();
    await start();
    storeIsThere = false;
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: { store: 'failing', bus: 'ok' } });
  });

  it('closes with the service, connections that callers keep open included', async () => {
    storeIsThere = true;
    const url = await open();
    await start();
    const kept = request(`${url}/v1/answer`, { headers: { connection: 'keep-alive' } }).end();
    const [answer] = await once(kept, 'response');
    answer.resume();
    await once(answer, 'end');
    await running!.closeDoors();
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('names the setting of a port that is busy', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(open(port)).rejects.toMatchObject({
      name: 'CannotListen',
      message: `port ${port} (127.0.0.1) is in use by another program; stop that one, or set INTAKE_PORT to another port`,
    });
    other.close();
  });
});
