import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { fixedPort, freePort, portFirst, portLast } from '../src/free-port.js';

const listenAt = async (port: number) => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

describe('a free port', () => {
  it('is another one for each who asks, and can be listened at when it is needed', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, freePort));
    expect(new Set(ports).size).toBe(20);
    for (const server of await Promise.all(ports.map(listenAt))) server.close();
  });

  it('is none at which somebody listens', async () => {
    const before = await freePort();
    const busy = [before + 1, before + 2].map((port) => (port > portLast ? portFirst : port));
    const servers = await Promise.all(busy.map(listenAt));
    expect(busy).not.toContain(await freePort());
    for (const server of servers) server.close();
  });

  it('lies below those that Linux gives to outgoing connections, unless it is told otherwise', () => {
    expect(portFirst).toBeGreaterThan(1_023);
    expect(portLast).toBeLessThan(32_768);
  });

  it('takes the place of 0 only', async () => {
    expect(await fixedPort(8_080)).toBe(8_080);
    expect(await fixedPort(0)).toBeGreaterThanOrEqual(portFirst);
  });
});
