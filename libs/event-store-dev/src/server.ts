import { silentLog, type Log } from '@countersign/telemetry';
import { faultInjection } from './faults.js';
import { grpcServer, listen } from './grpc-server.js';
import { openEventLog } from './log/event-log.js';

export interface EventStoreDevOptions {
  /** Path of the SQLite file; its folder must exist. */
  readonly file: string;
  /** 0: any free one. */
  readonly port: number;
  readonly controlPort: number;
  /** Address to listen on; loopback unless said. */
  readonly host?: string;
  /** Writes in a thread of its own. Off unless said. */
  readonly thread?: boolean;
  readonly log?: Log;
}

export interface EventStoreDev {
  readonly url: string;
  readonly connectionString: string;
  readonly controlUrl: string;
  close(): Promise<void>;
}

/**
 * The development event store: the embedded engine behind the EventStoreDB protocol.
 * @throws FileUnusable, Error when a port cannot be had
 */
export const startEventStoreDev = async (options: EventStoreDevOptions): Promise<EventStoreDev> => {
  const { file, host = '127.0.0.1', thread = false, log: diary = silentLog } = options;
  let port = options.port;
  const address = () => ({ host, port });
  const log = openEventLog(file, thread);
  const faults = faultInjection(address);
  const server = grpcServer({ log, faults, diary }, address);
  port = await listen(server, host, port);
  return {
    url: `http://${host}:${port}`,
    connectionString: `esdb://${host}:${port}?tls=false`,
    controlUrl: '',
    close: async () => {
      server.forceShutdown();
      await log.close();
    },
  };
};
