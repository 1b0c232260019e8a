import { afterAll, beforeAll } from '@jest/globals';
import { kafkaBus, type KafkaBus } from '@countersign/messaging';
import { silentLog } from '@countersign/telemetry';
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';
import { busConformance } from '../../libs/messaging/src/conformance/suite.js';
import { kafkaProxy, type KafkaProxy } from '../../libs/messaging/test/kafka-proxy.js';
import { asComposed } from './as-composed.js';

/** The listener for clients outside of the network of containers. */
const port = 9094;
let proxy: KafkaProxy;
let broker: StartedTestContainer;

beforeAll(async () => {
  const { image, environment } = asComposed('kafka');
  proxy = await kafkaProxy();
  broker = await new GenericContainer(image)
    .withEnvironment({
      ...environment,
      // Clients come back to the address that they are told: the proxy's.
      KAFKA_ADVERTISED_LISTENERS: `BACKBONE://localhost:9092,MACHINE://127.0.0.1:${proxy.port}`,
    })
    .withExposedPorts(port)
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  proxy.target = broker.getMappedPort(port);
});
afterAll(async () => {
  await broker?.stop();
  await proxy.close();
});

const openBus = (): KafkaBus =>
  kafkaBus({ brokers: [`127.0.0.1:${proxy.port}`], clientId: 'test', log: silentLog });

busConformance('the bus over Kafka in a container', async () => {
  let bus = openBus();
  return {
    patienceMs: 30_000,
    get bus() {
      return bus;
    },
    createTopic: (name) => bus.createTopics([name], { partitions: 1 }),
    restart: async () => {
      const killed = bus;
      proxy.cut();
      await broker.restart({ timeout: 0 });
      proxy.target = broker.getMappedPort(port);
      bus = openBus();
      await killed.close();
      return bus;
    },
    loseNextAcknowledgement: () => proxy.loseNextProduceAnswer(),
    close: () => bus.close(),
  };
});
