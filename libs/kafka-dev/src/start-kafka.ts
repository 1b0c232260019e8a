import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fixedPort, freePort } from '@countersign/ports';
import { startBroker, formatData, type Broker } from './broker.js';
import { KafkaCannotStart } from './errors.js';
import { takeFolder, type BrokerFolder } from './folder.js';
import { defaultCacheFolder, fetchJars, type DownloadProgress } from './jars.js';
import { checkJava } from './java.js';
import { mustBeFree } from './ports.js';
import { loggingProperties, serverProperties } from './properties.js';

export interface KafkaOptions {
  /** Keeps topics and offsets from run to run; made when it is not there. One process at a time. */
  readonly folder: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Where clients are told to go: the port of a proxy in front. `port` unless said. */
  readonly advertisedPort?: number;
  /** Holds the jars; `~/.cache/countersign/kafka-<version>` unless said. */
  readonly cacheFolder?: string;
  /** Told while jars are downloaded, which happens once. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Told when the broker ends although nobody asked for it. */
  readonly onEnded?: () => void;
  /** Programs, when they are not on the PATH. */
  readonly java?: string;
  readonly maven?: string;
}

/** A real Kafka broker on this machine. It ends when this process does, however that ends. */
export interface Kafka {
  /** For KAFKA_BROKERS. */
  readonly brokers: readonly string[];
  readonly port: number;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Ends it in order and lets go of the folder. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: it is there and does not answer. */
  pause(): void;
  resume(): void;
  /** Again, after `kill` or an end of its own, on the same folder and port. @throws KafkaCannotStart */
  start(): Promise<void>;
}

/** Starts of one broker before it counts as one that cannot start. */
const tries = 2;
/** A broker that does not end when asked is ended: what it acknowledged is in its files. */
const stopsMs = 10_000;

/** @throws KafkaCannotStart one line that says what is missing, and the way out */
export const startKafka = async (options: KafkaOptions): Promise<Kafka> => {
  const { java = 'java', maven = 'mvn', cacheFolder = defaultCacheFolder() } = options;
  await checkJava(java);
  const port = await fixedPort(options.port);
  await mustBeFree(port);
  const folder = await takeFolder(resolve(options.folder));
  let broker: Broker | undefined;
  let wanted = false;

  /** One that ended while it started may have met the port or the files of one that is just going. */
  const startedIn = async (left: number): Promise<Broker> => {
    await mustBeFree(port);
    await configure(folder, port, options.advertisedPort ?? port);
    await formatData(folder, java, cacheFolder);
    try {
      return await startBroker(folder, { java, jars: cacheFolder, port });
    } catch (error) {
      if (left === 1 || !(error instanceof KafkaCannotStart)) throw error;
      if (error.obstacle !== 'broker-ended') throw error;
      return startedIn(left - 1);
    }
  };
  const start = async () => {
    if (broker) return;
    const started = await startedIn(tries);
    broker = started;
    wanted = true;
    void started.ended.then(() => {
      broker = undefined;
      if (wanted) options.onEnded?.();
    });
  };
  const end = async (signal: NodeJS.Signals) => {
    wanted = false;
    const ending = broker;
    if (!ending) return;
    ending.signal('SIGCONT');
    ending.signal(signal);
    const impatience = setTimeout(() => ending.signal('SIGKILL'), stopsMs);
    await ending.ended;
    clearTimeout(impatience);
  };
  try {
    await fetchJars(cacheFolder, maven, options.onProgress ?? (() => undefined));
    await start();
  } catch (error) {
    folder.release();
    throw error;
  }
  return {
    brokers: [`127.0.0.1:${options.advertisedPort ?? port}`],
    port,
    get pid() {
      return broker?.pid;
    },
    stop: async () => {
      await end('SIGTERM');
      folder.release();
    },
    kill: () => end('SIGKILL'),
    pause: () => broker?.signal('SIGSTOP'),
    resume: () => broker?.signal('SIGCONT'),
    start,
  };
};

/** The controller's port is for the broker alone and may be another one at every start. */
const configure = async (folder: BrokerFolder, port: number, advertisedPort: number) => {
  const place = { data: folder.data, port, advertisedPort, controllerPort: await freePort() };
  writeFileSync(folder.properties, serverProperties(place));
  if (!existsSync(folder.data)) {
    const fresh = { ...place, data: `${folder.data}.new` };
    writeFileSync(`${folder.properties}.format`, serverProperties(fresh));
  }
  writeFileSync(folder.logging, loggingProperties());
};
