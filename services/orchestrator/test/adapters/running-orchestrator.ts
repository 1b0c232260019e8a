import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rights, roles, streams, topics, type Message, type Service } from '@countersign/contracts';
import { bindStore, embeddedStore, eventStoreWriter } from '@countersign/event-store';
import { noFailpoints } from '@countersign/failpoints';
import { openFile } from '@countersign/group-commit';
import { journalOf, type World } from '@countersign/hosting';
import { boundBus, busWriter, embeddedBus, messageCodec, publisher } from '@countersign/messaging';
import { silentLog, type LogFields } from '@countersign/telemetry';
import { settableClock } from '@countersign/time';
import { sealer, sqliteSubjectKeys } from '@countersign/trust';
import { startOrchestrator } from '../../src/index.js';
import { shipped } from '../definitions/folders.js';
import { caseId, idOf, now, received } from '../domain/told.js';

/** A world with real store, bus and keys; a token names the role that it stands for. */
export const openWorld = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-'));
  const file = openFile({
    path: join(folder, 'store.sqlite'),
    modules: [eventStoreWriter, busWriter],
    synchronous: 'OFF',
  });
  const store = embeddedStore(file);
  const commands = (['agent', 'approvals', 'executor', 'intake'] as const).map(topics.commands);
  const bus = embeddedBus(file, { keep: [...commands, topics.deadLetters('orchestrator')] });
  const keys = await sqliteSubjectKeys(join(folder, 'keys.sqlite'), 'o', { storeIsEmpty: true });
  const clock = settableClock(now);
  const warnings: (LogFields & { readonly msg: string })[] = [];
  const world: World = {
    store: bindStore(store, 'orchestrator', rights.orchestrator),
    bus: boundBus(bus, rights.orchestrator),
    sealer: sealer(keys),
    clock,
    chance: { hex: (bytes) => '0'.repeat(2 * bytes) },
    log: { ...silentLog, warn: (msg, fields) => void warnings.push({ ...fields, msg }) },
    failpoints: noFailpoints,
    tokens: {
      verify: async (token) => ({
        ...{ sub: token, sources: [], token },
        roles: roles.filter((role) => role === token),
      }),
    },
    viewsFolder: folder,
  };
  return {
    ...{ world, store, bus, clock, warnings },
    journal: () => journalOf('orchestrator', world),
    close: async () => {
      await bus.close();
      await store.close();
      await file.close();
      await keys.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
export type OpenWorld = Awaited<ReturnType<typeof openWorld>>;

const patienceMs = 15_000;

/** The orchestrator as it runs, on the shipped definitions. */
export const startRunning = async () => {
  const opened = await openWorld();
  const { world, bus, store } = opened;
  const service = await startOrchestrator(world, { port: 0, config: shipped });
  const codec = messageCodec('orchestrator', world.sealer);

  const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    const begun = performance.now();
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() - begun > patienceMs) throw new Error('it never came');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const browse = async (topic: string): Promise<Message[]> => {
    const messages: Message[] = [];
    for await (const record of bus.browse(topic)) messages.push(await codec.decode(record));
    return messages;
  };
  return {
    ...opened,
    until,
    /** Says something by the topic of a service, whoever may say it there. */
    say: (by: Service, type: string, data: unknown, id = idOf(`said ${type}`)) =>
      publisher(bus, messageCodec(by, world.sealer)).publish([
        { topic: topics.answers(by), message: messageFrom(by, type, data, id) },
      ]),
    openCase: async () => {
      const body = received();
      await publisher(bus, messageCodec('intake', world.sealer)).publish([
        {
          topic: topics.answers('intake'),
          message: messageFrom('intake', body.type, body.data, idOf('received')),
        },
      ]);
      return until(async () => (await store.read(streams.case(caseId)))[0]);
    },
    /** The first command of that type, as its receiver would read it. */
    command: (to: Service, type: string) =>
      until(async () => (await browse(topics.commands(to))).find((one) => one.type === type)),
    deadLetters: async () => {
      const found: Record<string, string>[] = [];
      for await (const { headers } of bus.browse(topics.deadLetters('orchestrator'))) {
        found.push(headers);
      }
      return found;
    },
    get: async (path: string, role = 'supervisor') => {
      const headers = { authorization: `Bearer ${role}` };
      const response = await fetch(`${service.url}${path}`, { headers });
      return { status: response.status, body: (await response.json()) as any };
    },
    stop: async () => {
      await service.closeDoors();
      await service.drain();
      await opened.close();
    },
  };
};
export type RunningOrchestrator = Awaited<ReturnType<typeof startRunning>>;

const messageFrom = (by: Service, type: string, data: unknown, id: string): Message => ({
  id,
  type,
  schemaVersion: 1,
  caseId,
  occurredAt: now,
  actor: { type: 'service', id: by },
  correlationId: 'corr-1',
  causationId: id,
  subjects: ['customer:8812'],
  source: { stream: `of-${by}`, revision: 0, hash: '0'.repeat(64) },
  data,
});
