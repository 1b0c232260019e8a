import { createServer } from 'node:net';
import { codeOf, KafkaCannotStart, otherwise } from './errors.js';

/** @throws KafkaCannotStart the port is busy, or nobody may have it */
export const mustBeFree = (port: number): Promise<void> =>
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
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve()));
  });
