import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { EventStoreDBClient, type JSONEventType } from '@eventstore/db-client';
import { freePort } from '@countersign/ports';
import { startEventStoreDev, type EventStoreDev } from '../src/index.js';

export type TestEvent = JSONEventType<string, Record<string, unknown>>;

/** A folder of its own, removed with the suite; asked for at the top of a file. */
export const scratchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'event-store-dev-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export const startServer = async (folder: string): Promise<EventStoreDev> =>
  startEventStoreDev({ file: join(folder, 'log.db'), port: await freePort(), controlPort: 0 });

/** A server for a whole file of tests, on a file of its own; asked for at the top. */
export const hostedStore = () => {
  const folder = scratchFolder();
  const open: EventStoreDBClient[] = [];
  let server: EventStoreDev;
  let client: EventStoreDBClient;
  /** @param more further options of a connection string, each after an `&` */
  const connect = (more = ''): EventStoreDBClient => {
    const made = EventStoreDBClient.connectionString(
      `${server.connectionString}&defaultDeadline=5000${more}`,
    );
    open.push(made);
    return made;
  };
  beforeAll(async () => {
    server = await startServer(folder);
    client = connect();
  });
  afterAll(async () => {
    await Promise.all(open.map((one) => one.dispose()));
    await server.close();
  });
  return {
    connect,
    get server() {
      return server;
    },
    get client() {
      return client;
    },
  };
};

export const newStream = (kind = 'case') => `${kind}-${randomUUID()}`;

export const setFaults = async (
  server: EventStoreDev,
  faults: Record<string, unknown>,
): Promise<unknown> => {
  const response = await fetch(`${server.controlUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(faults),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
