import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { ConfigurationError, settingsFrom, type SettingsOf } from '@countersign/configuration';
import { certificateRefused, EventStoreCannotStart } from './cannot-start.js';
import { startEventStoreDev, type Tls } from './server.js';
import { eventStoreDevSettingsTable } from './settings.js';

/** Refuses in one line a person can act on. */
const refuse = (error: unknown): never => {
  if (error instanceof EventStoreCannotStart || error instanceof ConfigurationError) {
    process.stderr.write(`event store: ${error.message}\n`);
    process.exit(1);
  }
  throw error;
};

const folderFor = (path: string): string => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refuse(
      new EventStoreCannotStart(
        'folder-unusable',
        `data folder ${path} cannot be used (${code}): make it writable or set COUNTERSIGN_DATA ` +
          'to another folder',
        { cause: error },
      ),
    );
  }
};

type Settings = SettingsOf<typeof eventStoreDevSettingsTable>;

/** As the real server's when it is new: everybody knows it, so that it protects nothing. */
const knownPassword = 'changeit';

const tlsFrom = ({ certificate, key, password = knownPassword }: Settings): Tls | undefined => {
  if (certificate === undefined && key === undefined) return undefined;
  try {
    const read = (path: string | undefined) => readFileSync(path ?? '', 'utf8');
    return { certificate: read(certificate), key: read(key), password };
  } catch (error) {
    return refuse(certificateRefused(error));
  }
};

const start = async () => {
  const settings = settingsFrom(process.env, eventStoreDevSettingsTable);
  const { port, controlPort, data } = settings;
  const tls = tlsFrom(settings);
  const file = join(folderFor(data), 'event-store-dev.db');
  const options = { file, port, controlPort, thread: true, ...(tls && { tls }) };
  return { file, server: await startEventStoreDev(options) };
};

// It says in words of its own, beside ours, that a port is busy.
setLogVerbosity(logVerbosity.NONE);
const { file, server } = await start().catch(refuse);
// Listening for signals before it is said that it works.
let closing = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked twice: somebody does not want to wait.
    if (closing) process.exit(1);
    closing = true;
    void server.close().then(() => {
      process.stdout.write('Countersign development event store: stopped\n');
      process.exit(0);
    });
  });
}

process.stdout.write(
  `Countersign development event store: for development only, never for production.
  clients   ${server.connectionString}
  faults    ${server.controlUrl}/faults
  file      ${file}
`,
);
