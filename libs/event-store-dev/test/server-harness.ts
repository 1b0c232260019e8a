import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { EventStoreDBClient, type JSONEventType } from '@eventstore/db-client';
import { startEventStoreDev, type EventStoreDev } from '../src/index.js';

export type TestEvent = JSONEventType<string, Record<string, unknown>>;

/** A folder of its own, removed with the suite; asked for at the top of a file. */
export const scratchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'event-store-dev-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export const startServer = (folder: string): Promise<EventStoreDev> =>
  startEventStoreDev({ file: join(folder, 'log.db'), port: 0, controlPort: 0 });

/** A client whose calls end soon; `closeClients` ends what they hold open. */
export const clients = () => {
  const open: EventStoreDBClient[] = [];
  return {
    connect: (server: EventStoreDev, more = ''): EventStoreDBClient => {
      const client = EventStoreDBClient.connectionString(
        `${server.connectionString}&defaultDeadline=5000${more}`,
      );
      open.push(client);
      return client;
    },
    close: async () => {
      await Promise.all(open.map((client) => client.dispose()));
    },
  };
};

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
