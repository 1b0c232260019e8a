import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  approvalStreamPersonal,
  rights,
  streams,
  topics,
  type Message,
  type Service,
  type Stage,
} from '@countersign/contracts';
import { record, type Fact } from '@countersign/decider';
import { startDemoCrm, type LedgerEntry } from '@countersign/demo-crm';
import {
  bindStore,
  embeddedStore,
  eventStoreWriter,
  handle,
  readHistory,
} from '@countersign/event-store';
import { noFailpoints, type Failpoints } from '@countersign/failpoints';
import { openFile } from '@countersign/group-commit';
import { journalOf, type RunningService, type World } from '@countersign/hosting';
import { Problem } from '@countersign/http';
import { boundBus, busWriter, embeddedBus, messageCodec, publisher } from '@countersign/messaging';
import type { Log, LogFields } from '@countersign/telemetry';
import { settableClock } from '@countersign/time';
import type { Tool } from '@countersign/tools';
import { sealer, sqliteSubjectKeys } from '@countersign/trust';
import type { ApprovalFact } from '../src/domain/authority.js';
import type { ExecutionFact } from '../src/domain/facts.js';
import type { RefusalFact } from '../src/domain/refusals.js';
import { startExecutor } from '../src/executor.module.js';
import type { ExecutorSettings } from '../src/settings.js';
import { start, tools, trustedKeys, type Approved } from './papers.js';

export interface LogLine extends LogFields {
  readonly level: string;
  readonly message: string;
}

/** Real store, bus, keys and CRM on one machine; a clock that stands until it is moved. */
export const openMachine = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'executor-'));
  const file = openFile({
    path: join(folder, 'store.sqlite'),
    modules: [eventStoreWriter, busWriter],
    synchronous: 'OFF',
  });
  const store = embeddedStore(file);
  const bus = embeddedBus(file, { keep: [topics.answers('executor')] });
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
    debug: () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  const running: RunningService[] = [];

  const worldOf = (
    service: Service,
    {
      failpoints = noFailpoints,
      views = service,
    }: { failpoints?: Failpoints; views?: string } = {},
  ): World => {
    const viewsFolder = join(folder, views);
    mkdirSync(viewsFolder, { recursive: true });
    return {
      store: bindStore(store, service, rights[service]),
      bus: boundBus(bus, rights[service]),
      sealer: sealing,
      clock,
      chance: {
        hex: (bytes) =>
          randomUUID()
            .replaceAll('-', '')
            .slice(0, 2 * bytes),
      },
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
  const recordFacts = async <F extends Fact>(
    service: Service,
    stream: string,
    facts: readonly F[],
    caseId: string = randomUUID(),
  ) => {
    await handle<null, F, null>(
      journalOf(service, worldOf(service)),
      stream,
      approvalStreamPersonal,
      {
        id: randomUUID(),
        actor: { type: 'service', id: service },
        occurredAt: clock.now(),
        correlationId: caseId,
        caseId,
        subjects: ['customer:0931'],
        body: null,
      },
      { initial: null, evolve: (state) => state, decide: () => record(...facts) },
    );
  };
  const historyOf = async <F extends Fact>(stream: string) =>
    (await readHistory<F>({ store, sealer: sealing }, stream)).events;

  return {
    folder,
    store,
    bus,
    clock,
    crm,
    logged,
    worldOf,
    recordFacts,
    startExecutor: async (
      settings: Partial<ExecutorSettings> & { failpoints?: Failpoints; views?: string } = {},
    ): Promise<RunningService> => {
      const { failpoints, views, ...given } = settings;
      const started = await startExecutor(
        worldOf('executor', { ...(failpoints && { failpoints }), ...(views && { views }) }),
        {
          port: 0,
          trustedKeys,
          targets: { crm: crm.url },
          credentials: { 'crm-read': 'r', 'crm-write': 'w' },
          leaseMs: 60_000,
          callTimeoutMs: 5_000,
          ...given,
        },
      );
      running.push(started);
      return started;
    },
    /** Stores the manifests, and lets the tools write. */
    signOff: async (...list: readonly Tool[]) => {
      for (const tool of list) {
        const { name, version, digest } = tool.reference;
        const definition = { kind: 'tool', name, version, digest, document: tool.document };
        await recordFacts('orchestrator', streams.definition(digest), [
          { type: 'DefinitionStored', data: definition },
        ]);
      }
      await recordFacts(
        'approvals',
        streams.stages,
        list.map((tool) => stageFact(tool, 'human-approval')),
      );
    },
    setStage: (tool: Tool, stage: Stage) =>
      recordFacts('approvals', streams.stages, [stageFact(tool, stage)]),
    /** Writes an approval's events as approvals would. */
    release: async (approved: Approved, facts: readonly ApprovalFact[] = approved.facts) => {
      await recordFacts('approvals', streams.approval(approved.proposalId), facts, approved.caseId);
      return approved;
    },
    send: async (...messages: readonly Message[]) => {
      const speaker = publisher(bus, messageCodec('orchestrator', sealing));
      const topic = topics.commands('executor');
      await speaker.publish(messages.map((message) => ({ topic, message })));
    },
    execution: (proposalId: string) => historyOf<ExecutionFact>(streams.execution(proposalId)),
    refusals: () => historyOf<RefusalFact>(streams.refusals),
    /** What the orchestrator would hear. */
    answers: async (): Promise<Message[]> => {
      const codec = messageCodec('orchestrator', sealing);
      const heard: Message[] = [];
      for await (const found of bus.browse(topics.answers('executor'))) {
        heard.push(await codec.decode(found));
      }
      return heard;
    },
    ledger: async (): Promise<readonly LedgerEntry[]> => {
      const answer = await crm.request({ method: 'GET', path: '/ledger', headers: {} });
      return (JSON.parse(answer.body) as { entries: LedgerEntry[] }).entries;
    },
    fault: async (mode: string, times = 1, ms = 60_000) => {
      await crm.request({
        method: 'POST',
        path: '/faults',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mode, times, ms }),
      });
    },
    /** Stops a service as an orderly end would. */
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

const stageFact = (tool: Tool, stage: Stage) => ({
  type: 'StageSignedOff' as const,
  data: {
    tool: tool.tool,
    version: tool.version,
    stage,
    signedOffBy: 'risk',
    role: 'risk-owner' as const,
    reason: 'pilot',
  },
});
export const allTools = Object.values(tools);

const patienceMs = 15_000;

/** Waits until `look` finds something true. */
export const eventually = async <Found>(
  look: () => Promise<Found> | Found,
): Promise<NonNullable<Found>> => {
  const endsMs = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > endsMs) throw new Error(`not within ${patienceMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
