import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStoreDev, type EventStoreDev } from '@countersign/event-store-dev';
import { startKafka, type Kafka } from '@countersign/kafka-dev';
import { composeFrom } from './compose.js';
import { composedProcesses, type ComposedProcesses } from './composed-processes.js';
import { environmentOf } from './dockerfile-problems.js';
import { processes } from './processes.js';

const folder = mkdtempSync(join(tmpdir(), 'countersign-composed-'));
let kafka: Kafka;
let store: EventStoreDev;
let composed: ComposedProcesses;

beforeAll(async () => {
  kafka = await startKafka({ folder: join(folder, 'kafka'), port: 0 });
  store = await startEventStoreDev({ file: join(folder, 'store.db'), port: 0, controlPort: 0 });
  composed = await composedProcesses(composeFrom(readFileSync('docker-compose.yml', 'utf8')), {
    folder: join(folder, 'volumes'),
    ports: { kafka: kafka.port, eventstore: Number(new URL(store.url).port) },
    image: environmentOf(readFileSync('Dockerfile', 'utf8')),
  });
});
afterAll(async () => {
  await composed?.down();
  await store?.close();
  await kafka?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Summary {
  readonly effects: readonly { readonly path: string }[];
}

/** The demo against what runs; not waited for in one go, since the store is in this process. */
const demo = async (): Promise<Summary> => {
  const ports = Object.entries({
    APPROVALS_PORT: 'approvals',
    INTAKE_PORT: 'intake',
    DEV_ISSUER_PORT: 'issuer',
    DEMO_CRM_PORT: 'demo-crm',
  }).map(([name, one]) => [name, String(composed.portOf(one))] as const);
  const command = ['apps/countersign/dist/main.js', 'demo', '--approve', '--short', '--json'];
  const running = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...command],
    // The rest of the environment is not the demo's business.
    { env: Object.fromEntries(ports) },
  );
  let printed = '';
  let complained = '';
  running.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  running.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
  const [code] = (await once(running, 'close')) as [number];
  expect({ code, complained }).toEqual({ code: 0, complained: '' });
  return JSON.parse(printed.trim().split('\n').at(-1)!) as Summary;
};

describe('the processes of docker-compose.yml, over a real Kafka and the development store', () => {
  it('make their keys and topics, and become healthy in the order of the file', async () => {
    await composed.up();
  });

  it('take tickets, ask people, and write once (E23)', async () => {
    const summary = await demo();
    expect(summary).toMatchObject({ kind: 'summary', unexpected: [], outcomes: { closed: 1 } });
    expect(summary.effects.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^\/orders\/A-\d+\/resolutions$/),
    ]);
  });

  it('give the agent keys to check tokens with, and no token', async () => {
    const asked = await fetch(`http://127.0.0.1:${composed.portOf('issuer-keys')}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"as":"ana"}',
    });
    expect(asked.status).toBe(404);
  });

  it('end in order when they are told to', async () => {
    const ends = await composed.down();
    expect(Object.keys(ends)).toEqual(
      expect.arrayContaining(processes.map(({ service }) => service)),
    );
    expect(Object.entries(ends).filter(([, code]) => code !== 0)).toEqual([]);
  });
});
