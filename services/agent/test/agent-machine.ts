import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  rights,
  streams,
  topics,
  type Message,
  type orchestratorSays,
  type Reference,
  type Service,
} from '@countersign/contracts';
import { record, type Recorded } from '@countersign/decider';
import { startDemoCrm, type LedgerEntry } from '@countersign/demo-crm';
import {
  bindStore,
  embeddedStore,
  eventStoreWriter,
  handle,
  readHistory,
  StoreUnavailable,
  type EventStore,
} from '@countersign/event-store';
import { noFailpoints, type Failpoints } from '@countersign/failpoints';
import { openFile } from '@countersign/group-commit';
import { journalOf, type RunningService, type World } from '@countersign/hosting';
import { Problem } from '@countersign/http';
import { boundBus, busWriter, embeddedBus, messageCodec, publisher } from '@countersign/messaging';
import { answer } from '@countersign/scripted-model';
import type { Log, LogFields } from '@countersign/telemetry';
import { settableClock } from '@countersign/time';
import { sealer, sqliteSubjectKeys } from '@countersign/trust';
import { startAgent } from '../src/agent.module.js';
import type { RunFact } from '../src/domain/facts.js';
import type { AgentSettings } from '../src/settings.js';
import { at, start } from './a-run.js';
import { definitions, documentOf, referenceOf, signer, ticket } from './shipped.js';

export interface LogLine extends LogFields {
  readonly level: string;
  readonly message: string;
}

export interface AgentStart extends Partial<AgentSettings> {
  readonly failpoints?: Failpoints;
  readonly views?: string;
}

/** Real store, bus, keys and CRM on one machine; a clock that stands until it is moved. */
export const openMachine = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  const file = openFile({
    path: join(folder, 'store.sqlite'),
    modules: [eventStoreWriter, busWriter],
    synchronous: 'OFF',
  });
  const outages = { store: false, appends: 0 };
  const whole = embeddedStore(file);
  const store: EventStore = {
    ...whole,
    append: async (...args) => {
      if (outages.store) throw new StoreUnavailable('away');
      const done = await whole.append(...args);
      if (args[0].startsWith('agent-run-')) outages.appends += 1;
      return done;
    },
  };
  const bus = embeddedBus(file, { keep: [topics.answers('agent')] });
  const keys = await sqliteSubjectKeys(join(folder, 'subjects.sqlite'), 'test', {
    storeIsEmpty: true,
  });
  const sealing = sealer(keys);
  const clock = settableClock(start);
  const crm = await startDemoCrm({
    port: 0,
    dataFile: join(folder, 'ledger.jsonl'),
    readKey: 'r',
    writeKey: 'w',
    fsync: false,
  });
  const logged: LogLine[] = [];
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void logged.push({ ...fields, level, message });
  const log: Log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  const running: RunningService[] = [];

  const worldOf = (
    service: Service,
    { failpoints = noFailpoints, views = service } = {},
  ): World => {
    const viewsFolder = join(folder, views);
    mkdirSync(viewsFolder, { recursive: true });
    return {
      store: bindStore(store, service, rights[service]),
      bus: boundBus(bus, rights[service]),
      sealer: sealing,
      clock,
      chance: { hex: (bytes) => randomBytes(bytes).toString('hex') },
      log,
      failpoints,
      tokens: {
        verify: async (token) => {
          if (token === 'none') throw new Problem(401, 'unauthenticated', 'no');
          return { sub: 'sam', roles: [token] as never, sources: [], token };
        },
      },
      viewsFolder,
    };
  };
  const keepDefinitions = async (kept = definitions()) => {
    for (const definition of kept) {
      await handle(
        journalOf('orchestrator', worldOf('orchestrator')),
        streams.definition(definition.digest),
        {},
        {
          ...{ id: randomUUID(), actor: { type: 'service', id: 'orchestrator' } as const },
          ...{ occurredAt: clock.now(), correlationId: 'x', caseId: randomUUID(), subjects: [] },
          body: null,
        },
        {
          initial: false,
          evolve: () => true,
          decide: (_, there) =>
            record(...(there ? [] : [{ type: 'DefinitionStored', data: definition }])),
        },
      );
    }
  };
  await keepDefinitions();

  const history = async (runId: string): Promise<readonly Recorded<RunFact>[]> =>
    (await readHistory<RunFact>({ store, sealer: sealing }, streams.agentRun(runId))).events;

  return {
    ...{ folder, store, bus, clock, crm, logged, outages, worldOf, keepDefinitions, history },
    startAgent: async ({ failpoints, views, ...given }: AgentStart = {}) => {
      const world = worldOf('agent', {
        ...(failpoints && { failpoints }),
        ...(views !== undefined && { views: views as Service }),
      });
      const service = await startAgent(world, {
        port: 0,
        model: { id: 'scripted-1', answer: (request) => answer(request as never) },
        targets: { crm: crm.url },
        credentials: { 'crm-read': 'r' },
        signer,
        graceMs: 200,
        ...given,
      });
      running.push(service);
      return service;
    },
    send: async (...messages: readonly Message[]) => {
      const topic = topics.commands('agent');
      await publisher(bus, messageCodec('orchestrator', sealing)).publish(
        messages.map((message) => ({ topic, message })),
      );
    },
    /** What the orchestrator hears. */
    answers: async (): Promise<Message[]> => {
      const codec = messageCodec('orchestrator', sealing);
      const heard: Message[] = [];
      for await (const found of bus.browse(topics.answers('agent'))) {
        heard.push(await codec.decode(found));
      }
      return heard;
    },
    deadLetters: async (): Promise<number> => {
      let count = 0;
      for await (const _ of bus.browse(topics.deadLetters('agent'))) count += 1;
      return count;
    },
    ledger: async (): Promise<readonly LedgerEntry[]> => {
      const said = await crm.request({ method: 'GET', path: '/ledger', headers: {} });
      return (JSON.parse(said.body) as { entries: LedgerEntry[] }).entries;
    },
    stop: async (service: RunningService) => {
      await service.closeDoors();
      await service.drain();
      running.splice(running.indexOf(service), 1);
    },
    close: async () => {
      for (const service of running) {
        await service.closeDoors();
        await service.drain();
      }
      await bus.close();
      await store.close();
      await file.close();
      await keys.close();
      await crm.close();
      rmSync(folder, { recursive: true });
    },
  };
};
export type Machine = Awaited<ReturnType<typeof openMachine>>;

export type StepMessage = Message<'RunAgentStep', orchestratorSays.RunAgentStep>;
export interface Step {
  readonly profile?: 'classifier' | 'ticket-drafter' | Reference;
  readonly input?: Record<string, unknown>;
  readonly results?: Record<string, Record<string, unknown>>;
  readonly caseId?: string;
}

/** A request of the orchestrator's. */
export const stepMessage = ({
  profile = 'ticket-drafter',
  input = ticket,
  results = {},
  caseId = randomUUID(),
}: Step = {}): StepMessage => {
  const name = typeof profile === 'string' ? profile : profile.name;
  return {
    id: randomUUID(),
    type: 'RunAgentStep',
    schemaVersion: 1,
    caseId,
    occurredAt: start,
    actor: { type: 'service', id: 'orchestrator' },
    correlationId: caseId,
    causationId: randomUUID(),
    subjects: ['customer:0931'],
    source: { stream: streams.case(caseId), revision: 1, hash: '0'.repeat(64) },
    data: {
      step: name === 'classifier' ? 'classify' : 'draft',
      visit: 1,
      profile: typeof profile === 'string' ? referenceOf(documentOf(profile)) : profile,
      deadline: at(300),
      context: { input, results },
    },
  };
};

const patienceMs = 15_000;

/** Waits until `look` finds something true. */
export const eventually = async <Found>(
  look: () => Promise<Found | false | undefined> | Found | false | undefined,
): Promise<Found> => {
  const endsMs = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > endsMs) throw new Error(`not within ${patienceMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
