import { parentPort, workerData } from 'node:worker_threads';
import type { Service } from '@countersign/contracts';
import type { RunningService } from '@countersign/hosting';
import { systemClock } from '@countersign/time';
import { placesIn } from './data-folder.js';
import { joinEngine } from './engine.js';
import { outsideAt, outsideHere } from './outside.js';
import { startOne } from './start-one.js';
import type { FromThread, Started, ThreadData, ToThread, Wish } from './thread-messages.js';
import { worldsOn } from './worlds.js';

// Some services in a thread of their own, on the engine that the host has opened.
const { settings, services, deployment, issuerUrl, ...given } = workerData as ThreadData;
const places = placesIn(settings.data);
const engine = joinEngine(given.engine);
const outside = given.outside ? outsideAt(given.outside) : outsideHere(places);
const sourceNames = deployment.sources.map(({ name }) => name);
const clock = systemClock();
const worlds = worldsOn(engine, { settings, places, clock, issuerUrl, sourceNames, services });
const running = new Map<Service, RunningService>();

const fulfil = async ({ do: what, service: name }: Wish): Promise<Started | undefined> => {
  if (what !== 'start') return void (await running.get(name)![what]());
  const surroundings = { settings, worlds, outside, deployment, issuerUrl, urls: {} };
  const service = await startOne(name, surroundings);
  running.set(name, service);
  return { url: service.url, port: service.port };
};

const answer = async ({ call, ...wish }: Exclude<ToThread, 'close'>): Promise<FromThread> => {
  try {
    return { call, started: await fulfil(wish) };
  } catch (error) {
    const { name, message, stack } = error as Error;
    return { call, failed: { name, message, ...(stack !== undefined && { stack }) } };
  }
};

const close = async (): Promise<void> => {
  await worlds.close();
  await outside.close();
  await engine.close();
  // Of this thread; whatever it still held open must not keep it.
  process.exit();
};

parentPort!.on('message', (message: ToThread) => {
  if (message === 'close') return void close();
  return void answer(message).then((answered) => parentPort!.postMessage(answered));
});
