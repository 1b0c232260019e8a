import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccessDeniedError,
  EventStoreDBClient,
  jsonEvent,
  type Credentials,
} from '@eventstore/db-client';
import { startEventStoreDev, type EventStoreDev } from '../src/index.js';
import { selfSigned } from './certificate.js';
import { scratchFolder, type TestEvent } from './server-harness.js';

const folder = scratchFolder();
const password = randomUUID();
const open: EventStoreDBClient[] = [];
let server: EventStoreDev;
beforeAll(async () => {
  const { certificate, key } = selfSigned();
  writeFileSync(join(folder, 'ca.pem'), certificate);
  server = await startEventStoreDev({
    file: join(folder, 'log.db'),
    port: 0,
    controlPort: 0,
    tls: { certificate, key, password },
  });
});
afterAll(async () => {
  await Promise.all(open.map((client) => client.dispose()));
  await server.close();
});

const as = (credentials?: Credentials): EventStoreDBClient => {
  const { port } = new URL(server.url);
  const who = credentials ? `${credentials.username}:${credentials.password}@` : '';
  const ca = encodeURIComponent(join(folder, 'ca.pem'));
  const client = EventStoreDBClient.connectionString(
    `esdb://${who}localhost:${port}?tls=true&tlsCAFile=${ca}`,
  );
  open.push(client);
  return client;
};
const admin = { username: 'admin', password };
const ops = { username: 'ops', password };
const event = () => jsonEvent<TestEvent>({ type: 'Written', data: {} });
const stream = `case-${randomUUID()}`;
const read = async (client: EventStoreDBClient, name: string, credentials?: Credentials) => {
  let found = 0;
  const options = credentials ? { credentials } : {};
  for await (const _ of client.readStream(name, options)) found += 1;
  return found;
};

it('refuses a certificate that is none, in words', async () => {
  const tls = { certificate: 'none', key: 'none', password };
  const file = join(folder, 'other.db');
  await expect(startEventStoreDev({ file, port: 0, controlPort: 0, tls })).rejects.toMatchObject({
    obstacle: 'certificate-unusable',
  });
});

describe('over TLS', () => {
  it('both users append one by one and in batches, and read', async () => {
    await as(admin).appendToStream(stream, event());
    await as(ops).appendToStream(stream, event());
    await as().appendToStream(stream, event(), { credentials: ops });
    expect(await read(as(ops), stream)).toBe(3);
  });

  it('nobody else does: neither without a name nor with a wrong password', async () => {
    const wrong = { username: 'admin', password: 'changeit' };
    for (const client of [as(), as(wrong)]) {
      await expect(client.appendToStream(stream, event())).rejects.toBeInstanceOf(
        AccessDeniedError,
      );
      await expect(read(client, stream)).rejects.toBeInstanceOf(AccessDeniedError);
      await expect(client.tombstoneStream(stream)).rejects.toBeInstanceOf(AccessDeniedError);
    }
    await expect(
      as().appendToStream(stream, event(), { credentials: wrong }),
    ).rejects.toBeInstanceOf(AccessDeniedError);
  });

  it("all events and the system's streams are the administrator's", async () => {
    const all = async (client: EventStoreDBClient) => {
      let found = 0;
      for await (const _ of client.readAll({ maxCount: 1 })) found += 1;
      return found;
    };
    expect(await all(as(admin))).toBe(1);
    await expect(all(as(ops))).rejects.toBeInstanceOf(AccessDeniedError);
    await expect(read(as(ops), '$settings')).rejects.toBeInstanceOf(AccessDeniedError);
    await as(ops).setStreamMetadata(stream, { maxCount: 10 });
  });
});
