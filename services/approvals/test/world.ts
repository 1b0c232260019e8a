import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  rights,
  streams,
  topics,
  type Message,
  type orchestratorSays,
  type Reference,
} from '@countersign/contracts';
import { bindStore, embeddedStore, eventStoreWriter } from '@countersign/event-store';
import { noFailpoints } from '@countersign/failpoints';
import { openFile } from '@countersign/group-commit';
import type { World } from '@countersign/hosting';
import { tokenVerifier } from '@countersign/http';
import { boundBus, busWriter, embeddedBus, messageCodec, publisher } from '@countersign/messaging';
import { silentLog } from '@countersign/telemetry';
import { settableClock, type SettableClock } from '@countersign/time';
import { inProcessToolCaller, toolFrom, type InProcessTarget, type Tool } from '@countersign/tools';
import {
  proposalDigest,
  sealer,
  signProposal,
  sqliteSubjectKeys,
  type Signer,
} from '@countersign/trust';
import { proposalIdOf, type ProposalContent, type UnsignedProposal } from '@countersign/contracts';
import { startApprovals } from '../src/index.js';
import type { Caller } from '../src/domain/people.js';
import type { ApprovalsSettings } from '../src/settings.js';
import { agentSigner, approvalsSigner, hex, trustedKeys } from './people-and-proposals.js';

export const startOfTime = '2026-01-05T09:00:00.000Z';
const nowhere = 'http://127.0.0.1:9';

/** A tool as the demo deployment has it, cut down to what these tests need. */
export const toolDocument = {
  tool: 'crm.resolve-ticket',
  version: 1,
  title: 'Answer the customer and change the order',
  description: 'Sends the reply to the customer and makes the change to the order.',
  effect: 'write',
  arguments: {
    type: 'object',
    additionalProperties: false,
    required: ['order', 'reply', 'amountCents'],
    properties: {
      order: { type: 'string', pattern: '^A-[0-9]{4}$', maxLength: 6 },
      reply: { type: 'string', minLength: 1, maxLength: 4_000 },
      amountCents: { type: 'integer', minimum: 0, maximum: 100_000 },
    },
  },
  http: {
    target: 'crm',
    method: 'POST',
    path: '/orders/{order}/resolutions',
    body: ['reply', 'amountCents'],
    credential: 'crm-write',
  },
  idempotency: 'native',
  witness: { path: '/orders/{order}', compare: 'etag', credential: 'crm-read' },
  reversibility: 'compensable',
  dataClasses: { '/order': 'reference', '/reply': 'message', '/amountCents': 'money' },
  owner: 'support-ops',
  review: { by: 'risk-office', on: '2026-01-02', expires: '2027-01-02' },
  timeoutMs: 500,
  shows: [
    { label: 'Order', to: '/order', from: '/id' },
    { label: 'Refunded', to: '/amountCents', from: '/refundedCents', as: 'money' },
    { label: 'Reply', to: '/reply' },
  ],
};
export const tool: Tool = toolFrom(toolDocument);

const crm: InProcessTarget = async ({ path }) =>
  path === '/orders/A-1001'
    ? {
        status: 200,
        headers: { etag: '"7"' },
        body: JSON.stringify({ id: 'A-1001', customer: '8812', refundedCents: 0 }),
      }
    : { status: 404, headers: {}, body: '{}' };

export interface Product {
  readonly url: string;
  readonly clock: SettableClock;
  /** Unbound: tests look everywhere. */
  readonly store: ReturnType<typeof embeddedStore>;
  readonly bus: ReturnType<typeof embeddedBus>;
  readonly world: World;
  token(caller: Caller): Promise<string>;
  /** Sends a command as the orchestrator would; returns the message. */
  say<Type extends string>(
    type: Type,
    data: unknown,
    changed?: Partial<Message>,
  ): Promise<Message<Type>>;
  /** Destroys a person's key: what was sealed under it opens no more. */
  erase(subject: string): Promise<void>;
  /** Stops the service and starts it again on the same store; it gets another port. */
  restart(): Promise<void>;
  /** Everything the service has answered, when there are at least so many. */
  answers(atLeast: number): Promise<Message[]>;
  stop(): Promise<void>;
}

export const stageSignedOff = {
  tool: tool.tool,
  version: 1,
  stage: 'human-approval',
  signedOffBy: 'rita',
  role: 'risk-owner',
  reason: 'Reviewed.',
} as const;

/** The service as it runs: Nest, HTTP, the embedded store and bus in a folder of its own. */
export const startProduct = async (
  changed: Partial<ApprovalsSettings> = {},
  target: InProcessTarget = crm,
): Promise<Product> => {
  const folder = mkdtempSync(join(tmpdir(), 'approvals-'));
  const file = openFile({
    path: join(folder, 'store.sqlite'),
    modules: [eventStoreWriter, busWriter],
    synchronous: 'OFF',
  });
  const store = embeddedStore(file);
  const bus = embeddedBus(file);
  const keys = await sqliteSubjectKeys(join(folder, 'keys.sqlite'), 'test', { storeIsEmpty: true });
  const clock = settableClock(startOfTime);
  const issuer = await tokenIssuer(clock);
  const world: World = {
    store: bindStore(store, 'approvals', rights.approvals),
    bus: boundBus(bus, rights.approvals),
    sealer: sealer(keys),
    clock,
    chance: { hex: (bytes) => randomBytes(bytes).toString('hex') },
    log: silentLog,
    failpoints: noFailpoints,
    tokens: issuer.verifier,
    viewsFolder: folder,
  };
  await keepTool(store);
  const settings: ApprovalsSettings = {
    port: 0,
    signer: approvalsSigner,
    trustedKeys,
    services: { intake: nowhere, orchestrator: nowhere, agent: nowhere, executor: nowhere },
    readTarget: inProcessToolCaller({ targets: { crm: target }, credentials: { 'crm-read': 'r' } }),
    stages: [stageSignedOff],
    ...changed,
  };
  let service = await startApprovals(world, settings);
  const stopService = async () => {
    await service.closeDoors();
    await service.drain();
  };
  const { publish } = publisher(bus, messageCodec('orchestrator', world.sealer));
  return {
    get url() {
      return service.url;
    },
    clock,
    store,
    bus,
    world,
    token: issuer.tokenFor,
    say: async (type, data, more = {}) => {
      const message = messageOf(type, data, more);
      await publish([{ topic: topics.commands('approvals'), message }]);
      return message as never;
    },
    erase: (subject) => keys.destroy(subject),
    restart: async () => {
      await stopService();
      service = await startApprovals(world, settings);
    },
    answers: async (atLeast) => {
      const codec = messageCodec('orchestrator', world.sealer);
      return until(async () => {
        const messages: Message[] = [];
        for await (const record of bus.browse(topics.answers('approvals'))) {
          messages.push(await codec.decode(record));
        }
        return messages.length >= atLeast ? messages : undefined;
      });
    },
    stop: async () => {
      await stopService();
      await bus.close();
      await store.close();
      await file.close();
      await keys.close();
      rmSync(folder, { recursive: true });
    },
  };
};

const keepTool = async (store: Product['store']) => {
  const { digest } = tool.reference;
  await store.append(streams.definition(digest), 'no-stream', [
    {
      id: randomUUID(),
      type: 'DefinitionStored',
      data: { kind: 'tool', name: tool.tool, version: 1, digest, document: toolDocument },
      metadata: {},
    },
  ]);
};

const tokenIssuer = async (clock: SettableClock) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256' };
  const [issuer, audience] = ['https://issuer.test', 'countersign'];
  const tokenFor = ({ sub, email, roles }: Caller) =>
    new SignJWT({ roles, ...(email !== undefined && { email }) })
      .setProtectedHeader({ alg: 'ES256', kid: 'test' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(sub)
      .setIssuedAt(Date.parse(clock.now()) / 1_000)
      .setExpirationTime(Date.parse(clock.now()) / 1_000 + 30 * 86_400)
      .sign(privateKey);
  const verifier = tokenVerifier({ issuer, audience, keys: { keys: [jwk] }, clock });
  return { tokenFor, verifier };
};

const messageOf = (type: string, data: unknown, changed: Partial<Message>): Message => {
  const caseId = randomUUID();
  return {
    id: randomUUID(),
    type,
    schemaVersion: 1,
    caseId,
    occurredAt: startOfTime,
    actor: { type: 'service', id: 'orchestrator' },
    correlationId: caseId,
    causationId: randomUUID(),
    subjects: ['customer:8812'],
    source: { stream: `case-${caseId}`, revision: 7, hash: hex(64, 'f') },
    data,
    ...changed,
  };
};

/** Tries until there is an answer; fails with the test's own patience. */
export const until = async <T>(find: () => Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

export interface Asking {
  readonly author?: UnsignedProposal['author'];
  readonly signer?: Signer;
  readonly content?: Partial<ProposalContent>;
  readonly flags?: string[];
  readonly changed?: Partial<orchestratorSays.RequestApproval>;
  readonly tool?: Reference;
}

export const defaultContent: ProposalContent = {
  arguments: { order: 'A-1001', reply: 'Your refund is on its way.', amountCents: 4_500 },
  witness: { resource: '/orders/A-1001', etag: '"7"' },
  salt: hex(32, '5'),
  rationale: 'The customer asks for a refund.',
  target: { id: 'A-1001', customer: '8812', refundedCents: 0 },
};

/** A request for approval of a proposal that is new each time. */
export const approvalOf = (caseId: string, asking: Asking = {}) => {
  const requestId = randomUUID();
  const proposalId = proposalIdOf(requestId);
  const content = { ...defaultContent, ...asking.content };
  const reference = asking.tool ?? tool.reference;
  const author = asking.author ?? { type: 'agent' as const, id: 'ticket-drafter' };
  const unsigned: UnsignedProposal = {
    proposalId,
    caseId,
    requestId,
    tool: reference,
    digest: proposalDigest({ proposalId, caseId, tool: reference, ...content }),
    author,
    createdAt: startOfTime,
    evidence: [{ kind: 'intake', ref: `intake-${caseId}`, digest: hex(64, 'e') }],
    flags: asking.flags ?? [],
    model: { id: 'scripted', promptSha256: hex(64, '1'), toolset: ['crm.get-order@1'] },
  };
  const signer = asking.signer ?? (author.type === 'human' ? approvalsSigner : agentSigner);
  const data: orchestratorSays.RequestApproval = {
    step: 'approve',
    visit: 1,
    workflow: { name: 'support-ticket', version: 1, digest: hex(64, 'd') },
    queue: { name: 'support-supervisors', owner: 'head-of-support' },
    need: { any: 1, of: ['supervisor', 'l2'] },
    proposal: signProposal(unsigned, signer),
    content,
    input: { subject: 'Refund', text: 'Please refund my order A-1001.' },
    requester: 'mara@example.org',
    expiresAt: '2026-01-07T09:00:00.000Z',
    executableForMs: 86_400_000,
    caseRevision: 7,
    ...asking.changed,
  };
  return { data, proposalId, digest: unsigned.digest };
};

/** Asks for an approval and waits until it is in the stream. */
export const ask = async (product: Product, asking: Asking = {}, about: Partial<Message> = {}) => {
  const caseId = randomUUID();
  const { data, proposalId, digest } = approvalOf(caseId, asking);
  const message = await product.say('RequestApproval', data, { caseId, ...about });
  await until(async () => {
    const found = await product.store.read(streams.approval(proposalId));
    return found.length > 0 || undefined;
  });
  return { caseId, proposalId, digest, requestId: message.id, data };
};

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

/** One HTTP request as a caller. */
export const http = async (
  product: Product,
  method: string,
  path: string,
  options: { as?: Caller; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Reply> => {
  const { as, body, headers = {} } = options;
  const response = await fetch(product.url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(as && { authorization: `Bearer ${await product.token(as)}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
};

export const decide = (
  product: Product,
  proposalId: string,
  digest: string,
  as: Caller,
  body: unknown = { decision: 'approve' },
) =>
  http(product, 'PUT', `/v1/approvals/${proposalId}/decision`, {
    as,
    body,
    headers: { 'if-match': `"${digest}"` },
  });
