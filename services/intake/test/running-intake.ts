import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { rightsFor, streams, topics, type Message } from '@countersign/contracts';
import {
  bindStore,
  embeddedStore,
  eventStoreWriter,
  StoreUnavailable,
  type EventStore,
} from '@countersign/event-store';
import { noFailpoints } from '@countersign/failpoints';
import { openFile } from '@countersign/group-commit';
import type { World } from '@countersign/hosting';
import { tokenVerifier } from '@countersign/http';
import {
  boundBus,
  busWriter,
  embeddedBus,
  messageCodec,
  publisher,
  type Bus,
} from '@countersign/messaging';
import { silentLog } from '@countersign/telemetry';
import { settableClock, type SettableClock } from '@countersign/time';
import { sealer, sqliteSubjectKeys } from '@countersign/trust';
import { startIntake } from '../src/index.js';
import { caseOf, eventType, keepWorkflow, source, ticket, ticketSchema } from './an-intake.js';

export interface Faults {
  /** Nothing can be appended. */
  outage: boolean;
  /** So many appends wait for one another, once: a race that is sure to happen. */
  together: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

type Choice = (one: Message) => boolean;

/** Intake as it runs: Nest, HTTP, real store, bus and keys; the store can be taken away. */
export interface RunningIntake {
  readonly store: EventStore;
  /** Unbound: what upstream publishes to, and hears from. */
  readonly bus: Bus;
  /** What the service itself was given. */
  readonly world: World;
  readonly clock: SettableClock;
  readonly faults: Faults;
  /** As somebody with a token, whatever path. */
  ask(sub: string, path: string, init?: RequestInit): Promise<Answer>;
  post(event: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  /** A ticket under this id; `data` differs where it is given. */
  send(id: string, data?: Record<string, unknown>): Promise<Answer>;
  standing(id: string, sub?: string): Promise<Answer>;
  /** Says how a case ended, as the orchestrator would. */
  endCase(id: string): Promise<void>;
  /** What was published to a topic, opened, once there is so much of it. */
  published(topic: string, atLeast: number, is?: Choice): Promise<Message[]>;
  /** What upstream was told of an event, once there is so much of it. */
  toldOf(id: string, atLeast: number): Promise<Message[]>;
  eventsOf(id: string): Promise<readonly { type: string }[]>;
  stop(): Promise<void>;
}

const patienceMs = 15_000;

/** @param given a bus that its owner closes; the embedded one unless said */
export const startRunningIntake = async (given?: Bus): Promise<RunningIntake> => {
  const folder = mkdtempSync(join(tmpdir(), 'intake-'));
  const file = openFile({
    path: join(folder, 'store.sqlite'),
    modules: [eventStoreWriter, busWriter],
    synchronous: 'OFF',
  });
  const store = embeddedStore(file);
  const keep = [topics.answers('intake'), topics.outcomes, topics.deadLetters('intake')];
  const bus = given ?? embeddedBus(file, { keep });
  const keys = await sqliteSubjectKeys(join(folder, 'keys.sqlite'), 'i', { storeIsEmpty: true });
  const clock = settableClock();
  const faults: Faults = { outage: false, together: 0 };
  const codec = messageCodec('orchestrator', sealer(keys));
  const { tokenFor, verifier } = await tokens(clock);
  await keepWorkflow(store, { name: 's', version: 1, accepts: [eventType], schema: ticketSchema });
  const rights = rightsFor(['demo']);
  const world: World = {
    store: bindStore(withFaults(store, faults), 'intake', rights.intake),
    bus: boundBus(bus, rights.intake),
    sealer: sealer(keys),
    clock,
    chance: { hex: (bytes) => '0'.repeat(2 * bytes) },
    log: silentLog,
    failpoints: noFailpoints,
    tokens: verifier,
    viewsFolder: folder,
  };
  const sources = [{ name: 'demo', source, subject: 'demo' }];
  const service = await startIntake(world, { port: 0, sources });

  const ask = async (sub: string, path: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = { authorization: `Bearer ${await tokenFor(sub)}`, ...init.headers };
    const response = await fetch(`${service.url}${path}`, { ...init, headers });
    const { status, headers: answered } = response;
    return { status, headers: answered, body: await response.json() };
  };
  const post: RunningIntake['post'] = (event, headers = {}) =>
    ask('demo', '/v1/intake', {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json', ...headers },
      body: JSON.stringify(event),
    });
  const published: RunningIntake['published'] = async (topic, atLeast, is = () => true) => {
    const begun = performance.now();
    for (;;) {
      const messages: Message[] = [];
      for await (const record of bus.browse(topic)) messages.push(await codec.decode(record));
      const found = messages.filter(is);
      if (found.length >= atLeast || performance.now() - begun > patienceMs) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return {
    store,
    bus,
    world,
    ask,
    clock,
    faults,
    post,
    published,
    toldOf: (id, atLeast) =>
      published(
        topics.outcomes,
        atLeast,
        ({ data }) => (data as { sourceId?: string }).sourceId === id,
      ),
    send: (id, data = {}) =>
      post({ specversion: '1.0', id, source, type: eventType, data: ticket(data) }),
    standing: (id, sub = 'demo') =>
      ask(sub, `/v1/intake?${new URLSearchParams({ source, id }).toString()}`),
    endCase: (id) =>
      publisher(bus, codec).publish([
        { topic: topics.commands('intake'), message: outcomeOf(caseOf(id), clock.now()) },
      ]),
    eventsOf: (id) => store.read(streams.intake(caseOf(id))),
    stop: async () => {
      await service.closeDoors();
      await service.drain();
      if (!given) await bus.close();
      await store.close();
      await file.close();
      await keys.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const withFaults = (store: EventStore, faults: Faults): EventStore => {
  const waiting: (() => void)[] = [];
  return {
    ...store,
    append: async (...args) => {
      if (faults.outage) throw new StoreUnavailable('away');
      if (faults.together > 0) {
        const turn = new Promise<void>((resolve) => waiting.push(resolve));
        if (waiting.length === faults.together) {
          faults.together = 0;
          for (const go of waiting.splice(0)) go();
        }
        await turn;
      }
      return store.append(...args);
    },
  };
};

const outcomeOf = (caseId: string, endedAt: string): Message => ({
  id: caseId.replace(/^./, (first) => (first === 'f' ? '0' : 'f')),
  type: 'RecordOutcome',
  schemaVersion: 1,
  caseId,
  occurredAt: endedAt,
  actor: { type: 'service', id: 'orchestrator' },
  correlationId: caseId,
  causationId: caseId,
  subjects: [],
  source: { stream: streams.case(caseId), revision: 9, hash: '0'.repeat(64) },
  data: { outcome: 'closed', endedAt },
});

/** Tokens of people and of upstream systems: `demo` and `shop` are upstream, `ana` supervises, `sam` operates. */
const tokens = async (clock: SettableClock) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256' };
  const [issuer, audience] = ['https://issuer.test', 'countersign'];
  const seconds = Date.parse(clock.now()) / 1_000;
  const people: Readonly<Record<string, string>> = { ana: 'supervisor', sam: 'sre' };
  const claimsOf = (sub: string) =>
    people[sub] ? { roles: [people[sub]] } : { roles: ['upstream'], sources: [source] };
  return {
    tokenFor: (sub: string) =>
      new SignJWT(claimsOf(sub))
        .setProtectedHeader({ alg: 'ES256', kid: 'test' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(sub)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + 86_400)
        .sign(privateKey),
    verifier: tokenVerifier({ issuer, audience, keys: { keys: [jwk] }, clock }),
  };
};
