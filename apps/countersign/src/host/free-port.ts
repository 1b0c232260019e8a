import { createServer, type AddressInfo } from 'node:net';

/** A port for a process that is started later and again, at the same one: the given, or a free one. */
export const fixedPort = (port: number): Promise<number> => {
  if (port !== 0) return Promise.resolve(port);
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address() as AddressInfo;
      probe.close(() => resolve(free));
    });
  });
};
