import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { startAgent } from '@countersign/agent';
import { startApprovals } from '@countersign/approvals';
import { demoPersonas, startDevIssuer } from '@countersign/dev-issuer';
import { startExecutor } from '@countersign/executor';
import { failpointsFrom } from '@countersign/failpoints';
import type { RunningService } from '@countersign/hosting';
import { tokenVerifier } from '@countersign/http';
import { startIntake } from '@countersign/intake';
import { startOrchestrator } from '@countersign/orchestrator';
import { systemClock, type Clock } from '@countersign/time';
import type { Settings } from '../settings.js';
import { openDataFolder } from './data-folder.js';
import { readDeployment } from './deployment.js';
import { listening, openOutside, type Outside } from './outside.js';
import { openWorlds, type Worlds } from './worlds.js';

export const tokenAudience = 'countersign';

/** Where everything answers. */
export interface ProductAddresses {
  readonly approvals: string;
  readonly intake: string;
  readonly orchestrator: string;
  readonly agent: string;
  readonly executor: string;
  readonly issuer: string;
  /** Absent when they are bound in process. */
  readonly crm?: string | undefined;
  readonly model?: string | undefined;
}

export interface Product {
  readonly addresses: ProductAddresses;
  /** The worlds of its services, for checks by the host. */
  readonly worlds: Worlds;
  /** Closes doors, drains, closes bus, closes store. */
  stop(): Promise<void>;
}

export interface ProductOptions {
  readonly settings: Settings;
  readonly clock?: Clock;
  /** Model and CRM are functions in this process instead of servers, for measurements. */
  readonly inProcess?: boolean;
  /** Told when a proposal begins to wait for people, as an inbox would be. */
  readonly onPending?: (pending: { proposalId: string; digest: string; caseId: string }) => void;
  /** Told as each part is up. */
  readonly onProgress?: (what: string) => void;
}

/** What is open so far, closed in reverse when a later part cannot start. */
type Closing = (() => Promise<void> | void)[];

const closeAll = async (closing: Closing): Promise<void> => {
  for (const close of closing.splice(0).reverse()) await close();
};

/**
 * Starts the five services and their outside in one process, on the embedded world.
 * @throws CannotStart, CannotListen, ConfigurationError, FileUnusable …: each names the way out
 */
export const startProduct = async (options: ProductOptions): Promise<Product> => {
  const closing: Closing = [];
  try {
    return await open(options, closing);
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
};

const open = async (options: ProductOptions, closing: Closing): Promise<Product> => {
  const { settings, clock = systemClock(), onProgress = () => undefined } = options;
  const deployment = readDeployment(settings.config);
  const folder = openDataFolder(settings.data);
  closing.push(folder.release);
  const issuer = await listening('DEV_ISSUER_PORT', settings.issuerPort, () =>
    startDevIssuer({
      port: settings.issuerPort,
      keyFile: join(folder.demoFolder, 'issuer.jwk'),
      audience: tokenAudience,
      now: clock.now,
    }),
  );
  closing.push(issuer.close);
  const outside = await openOutside(settings, folder, options.inProcess ?? false);
  closing.push(outside.close);
  onProgress('outside');
  const worlds = await openWorlds({
    folder,
    clock,
    failpoints: failpointsFrom(settings.failpoints, (point) => {
      writeSync(process.stderr.fd, `failpoint ${point}\n`);
    }),
    tokens: tokenVerifier({
      issuer: issuer.url,
      audience: tokenAudience,
      keys: `${issuer.url}/jwks`,
      clock,
    }),
    logLevel: settings.logLevel,
    sourceNames: deployment.sources.map(({ name }) => name),
  });
  closing.push(worlds.close);
  const running = await startServices(options, { worlds, outside, deployment, issuer }, closing);
  return {
    addresses: addressesOf(running, outside, issuer.url),
    worlds,
    stop: async () => {
      for (const { closeDoors } of running.values()) await closeDoors();
      await closeAll(closing);
    },
  };
};

interface Surroundings {
  readonly worlds: Worlds;
  readonly outside: Outside;
  readonly deployment: ReturnType<typeof readDeployment>;
  readonly issuer: Awaited<ReturnType<typeof startDevIssuer>>;
}

/** Whom the pages let sign in: people, not upstream systems. */
const people = demoPersonas
  .filter(({ sources }) => !sources)
  .map(({ sub, name }) => ({ as: sub, title: name }));

/** Orchestrator first: it keeps the definitions; approvals last: it is the door to the others. */
const startServices = async (
  { settings, onPending, onProgress = () => undefined }: ProductOptions,
  { worlds, outside, deployment, issuer }: Surroundings,
  closing: Closing,
): Promise<Map<string, RunningService>> => {
  const running = new Map<string, RunningService>();
  const started = (service: RunningService) => {
    running.set(service.service, service);
    closing.push(service.drain);
    onProgress(service.service);
    return service.url;
  };
  const { trustedKeys } = worlds;
  const orchestrator = started(
    await startOrchestrator(worlds.of('orchestrator'), {
      port: settings.orchestratorPort,
      config: settings.config,
    }),
  );
  const executor = started(
    await startExecutor(worlds.of('executor'), {
      port: settings.executorPort,
      trustedKeys,
      targets: {},
      credentials: {},
      toolCaller: outside.writeCaller(),
      leaseMs: settings.executorLeaseMs,
    }),
  );
  const agent = started(
    await startAgent(worlds.of('agent'), {
      port: settings.agentPort,
      model: outside.model,
      targets: {},
      credentials: {},
      toolCaller: outside.readCaller(),
      signer: worlds.signer('agent'),
      leaseMs: settings.agentLeaseMs,
    }),
  );
  const intake = started(
    await startIntake(worlds.of('intake'), {
      port: settings.intakePort,
      sources: deployment.sources,
    }),
  );
  started(
    await startApprovals(worlds.of('approvals'), {
      port: settings.approvalsPort,
      signer: worlds.signer('approvals'),
      trustedKeys,
      services: { intake, orchestrator, agent, executor },
      issuer: { url: issuer.url, personas: people },
      readTarget: outside.readCaller(),
      stages: deployment.stages,
      ...(onPending && { onPending }),
    }),
  );
  return running;
};

const addressesOf = (
  running: ReadonlyMap<string, RunningService>,
  outside: Outside,
  issuer: string,
): ProductAddresses => ({
  approvals: running.get('approvals')!.url,
  intake: running.get('intake')!.url,
  orchestrator: running.get('orchestrator')!.url,
  agent: running.get('agent')!.url,
  executor: running.get('executor')!.url,
  issuer,
  crm: outside.crmUrl,
  model: outside.modelUrl,
});
