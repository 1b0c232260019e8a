import { createServer } from 'node:net';

/**
 * Where free ports are looked for: below those that a system gives to outgoing connections and to
 * whoever asks for any. One of these would be taken by somebody's connection while nobody listens.
 */
export const portFirst = 20_000;
export const portLast = 29_999;

const count = portLast - portFirst + 1;
/** More than one process asks for, so that those who ask at the same time look in other places. */
const apart = 16;
let next = process.pid * apart;

/**
 * A port of 127.0.0.1 for what is started later, and again at the same one. It stays as free as it
 * is found; this process is not given it twice.
 * @throws Error all are taken
 */
export const freePort = async (): Promise<number> => {
  for (let tried = 0; tried < count; tried += 1) {
    const port = portFirst + (next++ % count);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${portFirst} and ${portLast}`);
};

/** The port that was asked for; a free one for 0. */
export const fixedPort = async (port: number): Promise<number> => (port === 0 ? freePort() : port);

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
