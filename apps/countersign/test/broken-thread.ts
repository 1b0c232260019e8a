import { MessageChannel } from 'node:worker_threads';
import type * as host from '../src/host/start-thread.js';

// On the compiled files: a process whose thread cannot even open the store. It has more to do itself.
const built = new URL('../dist/host/start-thread.js', import.meta.url).href;
const { startThread } = (await import(built)) as typeof host;
const nowhere = () => {
  const { port2: port } = new MessageChannel();
  return { path: '/nowhere/store.sqlite', operations: [], port };
};
startThread({
  settings: { data: '/nowhere', config: 'config' } as Parameters<typeof startThread>[0]['settings'],
  services: ['agent', 'executor'],
  engine: { file: nowhere(), subjectKeys: nowhere() },
  issuerUrl: 'http://127.0.0.1:1',
  deployment: { sources: [], stages: [] },
});
setInterval(() => undefined, 1_000);
