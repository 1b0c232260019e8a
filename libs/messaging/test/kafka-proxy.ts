import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between clients and broker, and can lose an answer that the broker has given. */
export interface KafkaProxy {
  readonly port: number;
  /** Where the broker is; it may not be there yet. */
  target: number;
  /** The next answer to a produce request is not passed on: its connection breaks. */
  loseNextProduceAnswer(): void;
  /** Ends all connections at once. */
  cut(): void;
  close(): Promise<void>;
}

const produce = 0;

/** Calls back with each whole frame: four bytes of length, then so many bytes. */
const framesOf = (onFrame: (frame: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const length = 4 + rest.readInt32BE(0);
      onFrame(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
};

export const kafkaProxy = async (): Promise<KafkaProxy> => {
  const sockets = new Set<Socket>();
  let losing = false;
  const server = createServer((client) => {
    const broker = connect({ host: '127.0.0.1', port: proxy.target });
    const produced = new Set<number>();
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    client.on(
      'data',
      framesOf((frame) => {
        if (frame.readInt16BE(4) === produce) produced.add(frame.readInt32BE(8));
        broker.write(frame);
      }),
    );
    broker.on(
      'data',
      framesOf((frame) => {
        const isProduced = produced.delete(frame.readInt32BE(4));
        if (!isProduced || !losing) return client.write(frame);
        losing = false;
        return client.destroy();
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  const proxy: KafkaProxy = {
    port: (server.address() as AddressInfo).port,
    target: 0,
    loseNextProduceAnswer: () => (losing = true),
    cut,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
  return proxy;
};
