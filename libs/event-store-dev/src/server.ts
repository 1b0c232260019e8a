import { setTimeout as pause } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import { FileUnusable } from '@countersign/group-commit';
import { silentLog, type Log } from '@countersign/telemetry';
import { certificateRefused, fileRefused, portBusy } from './cannot-start.js';
import { controlServer } from './control-server.js';
import { faultInjection, type Faults } from './faults.js';
import { grpcServer, listen } from './grpc-server.js';
import { guardedAccess, openAccess } from './protocol/access.js';
import { persistentGroups } from './persistent/groups.js';
import { openEventLog, type EventLog } from './log/event-log.js';

export interface EventStoreDevOptions {
  /** Path of the SQLite file; its folder must exist. */
  readonly file: string;
  /** 0: any free one. */
  readonly port: number;
  readonly controlPort: number;
  /** Address to listen on; loopback unless said. */
  readonly host?: string;
  /** Encrypts, and asks for the name and password of `admin` or `ops`. Off unless said. */
  readonly tls?: Tls;
  /** Writes in a thread of its own. Off unless said. */
  readonly thread?: boolean;
  readonly log?: Log;
}

/** PEM texts, and the password that both users have. */
export interface Tls {
  readonly certificate: string;
  readonly key: string;
  readonly password: string;
}

export interface EventStoreDev {
  readonly url: string;
  readonly connectionString: string;
  /** `GET` and `POST /faults` there. */
  readonly controlUrl: string;
  close(): Promise<void>;
}

/**
 * The development event store: the embedded engine behind the EventStoreDB protocol, durable in one
 * SQLite file.
 * @throws EventStoreCannotStart a port is busy, or the file cannot be used
 */
export const startEventStoreDev = async (options: EventStoreDevOptions): Promise<EventStoreDev> => {
  const { host = '127.0.0.1' } = options;
  let { port } = options;
  const address = () => ({ host, port });
  const faults = faultInjection(address);
  const open = () => openNode({ ...options, host, port }, faults, address);
  let node = await open();
  port = node.port;

  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const restart = (downMs: number) =>
    inTurn(async () => {
      await node.close();
      await pause(downMs);
      node = await open();
    });
  const control = await controlServer({ faults, restart }, options.controlPort).catch(
    async (error: unknown) => {
      await node.close();
      throw error;
    },
  );
  return {
    url: `${options.tls ? 'https' : 'http'}://${host}:${port}`,
    connectionString: `esdb://${host}:${port}?tls=${options.tls !== undefined}`,
    controlUrl: control.url,
    close: () =>
      inTurn(async () => {
        await control.close();
        await node.close();
      }),
  };
};

interface Node {
  readonly port: number;
  close(): Promise<void>;
}

/** File and server of one life; a restart opens another. */
const openNode = async (
  options: EventStoreDevOptions & { readonly host: string },
  faults: Faults,
  address: () => { host: string; port: number },
): Promise<Node> => {
  const { file, host, port, thread = false, tls, log: diary = silentLog } = options;
  const access = tls ? guardedAccess(tls.password) : openAccess;
  const credentials = credentialsOf(tls);
  const log = await openFile(file, thread, faults);
  const groups = persistentGroups(log);
  const server = grpcServer({ log, faults, access, groups, diary }, address);
  const close = async () => {
    const ended = new Promise((resolve) => server.tryShutdown(resolve));
    server.forceShutdown();
    await ended;
    groups.close();
    await log.close();
  };
  try {
    return { port: await listen(server, host, port, credentials), close };
  } catch (error) {
    await close();
    throw portBusy(port, 'EVENTSTORE_PORT', error);
  }
};

const credentialsOf = (tls: Tls | undefined): ServerCredentials => {
  if (!tls) return ServerCredentials.createInsecure();
  try {
    createSecureContext({ cert: tls.certificate, key: tls.key });
  } catch (error) {
    throw certificateRefused(error);
  }
  const pair = { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) };
  return ServerCredentials.createSsl(null, [pair]);
};

const openFile = async (path: string, thread: boolean, faults: Faults): Promise<EventLog> => {
  try {
    const log = openEventLog(path, { thread, remembersIds: () => faults.settings.anyCache });
    await log.started();
    return log;
  } catch (error) {
    throw error instanceof FileUnusable ? fileRefused(error) : error;
  }
};
