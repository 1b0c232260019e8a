import { createServer, type AddressInfo } from 'node:net';
import { codeOf, KafkaCannotStart, otherwise } from './errors.js';

/**
 * The port, or any free one for 0.
 * @throws KafkaCannotStart it is busy
 */
export const freePort = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      const problem =
        codeOf(error) === 'EADDRINUSE' ? 'is busy' : `cannot be had (${codeOf(error)})`;
      reject(
        new KafkaCannotStart(
          'port-busy',
          `port ${port} (127.0.0.1) for Kafka ${problem}: set KAFKA_PORT to another port, ${otherwise}`,
        ),
      );
    });
    server.listen({ port, host: '127.0.0.1' }, () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
