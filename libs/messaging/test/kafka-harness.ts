import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { startKafka, type Kafka } from '@countersign/kafka-dev';
import { silentLog, type Log } from '@countersign/telemetry';
import type { BusHarness } from '../src/conformance/harness.js';
import { kafkaBus, type KafkaBus } from '../src/kafka/kafka-bus.js';
import type { Bus } from '../src/port.js';
import { kafkaProxy, type KafkaProxy } from './kafka-proxy.js';

/** A real broker for the tests of one suite; `proxied` lets answers get lost. */
export const scratchKafka = (options: { readonly proxied?: boolean } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-kafka-'));
  const opened = new Set<Bus>();
  let kafka: Kafka;
  let proxy: KafkaProxy | undefined;
  beforeAll(async () => {
    proxy = options.proxied ? await kafkaProxy() : undefined;
    const behind = proxy && { advertisedPort: proxy.port };
    kafka = await startKafka({ folder, port: 0, ...behind });
    if (proxy) proxy.target = kafka.port;
  });
  afterAll(async () => {
    for (const bus of opened) await bus.close();
    await kafka.stop();
    await proxy?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get kafka() {
      return kafka;
    },
    get proxy() {
      return proxy!;
    },
    openBus: (log: Log = silentLog): KafkaBus => {
      const bus = kafkaBus({ brokers: kafka.brokers, clientId: 'test', log });
      opened.add(bus);
      return {
        ...bus,
        get state() {
          return bus.state;
        },
        close: async () => {
          opened.delete(bus);
          await bus.close();
        },
      };
    },
  };
};

/** Opens harnesses on one broker; `twin` may change what the checks see of a bus. */
export const kafkaHarness =
  (scratch: ReturnType<typeof scratchKafka>, twin: (bus: Bus) => Bus = (bus) => bus) =>
  async ({ patienceMs = 30_000 } = {}): Promise<BusHarness> => {
    let opened = scratch.openBus();
    let bus = twin(opened);
    return {
      patienceMs,
      get bus() {
        return bus;
      },
      createTopic: (name) => opened.createTopics([name], { partitions: 1 }),
      restart: async () => {
        const { kafka, proxy } = scratch;
        const killed = opened;
        proxy.cut();
        await kafka.kill();
        await kafka.start();
        opened = scratch.openBus();
        bus = twin(opened);
        await killed.close();
        return bus;
      },
      loseNextAcknowledgement: () => scratch.proxy.loseNextProduceAnswer(),
      close: () => opened.close(),
    };
  };
