import { createServer, type AddressInfo } from 'node:net';

/** Given out before by this process; what is to listen there may not have begun to. */
const givenOut = new Set<number>();

/** A port for a process that is started later and again, at the same one: the given, or a free one. */
export const fixedPort = async (port: number): Promise<number> => {
  if (port !== 0) return port;
  for (;;) {
    const free = await freePort();
    if (givenOut.has(free)) continue;
    givenOut.add(free);
    return free;
  }
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
