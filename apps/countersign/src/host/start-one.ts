import type { ApprovalsSettings } from '@countersign/approvals';
import type { Service } from '@countersign/contracts';
import { demoPersonas } from '@countersign/dev-issuer';
import type { RunningService } from '@countersign/hosting';
import type { Settings } from '../settings.js';
import type { Deployment } from './deployment.js';
import type { Outside } from './outside.js';
import type { Worlds } from './worlds.js';

/** What a service of the embedded world is started with, in whichever thread. */
export interface Surroundings {
  readonly settings: Settings;
  readonly worlds: Worlds;
  readonly outside: Outside;
  readonly deployment: Deployment;
  readonly issuerUrl: string;
  /** Of those that run already. */
  readonly urls: Readonly<Partial<Record<Service, string>>>;
  readonly onPending?: ApprovalsSettings['onPending'];
}

/** Whom the pages let sign in: people, not upstream systems. */
const people = demoPersonas
  .filter(({ sources }) => !sources)
  .map(({ sub, name }) => ({ as: sub, title: name }));

/**
 * Starts one service.
 * @throws CannotListen, ConfigurationError, FileUnusable …: each names the way out
 */
export const startOne = (service: Service, at: Surroundings): Promise<RunningService> =>
  starters[service](at);

/** Each is loaded where it is started: a thread reads the code of its own services alone. */
const starters: Readonly<Record<Service, (at: Surroundings) => Promise<RunningService>>> = {
  orchestrator: async ({ worlds, settings }) => {
    const { startOrchestrator } = await import('@countersign/orchestrator');
    return startOrchestrator(worlds.of('orchestrator'), {
      port: settings.orchestratorPort,
      config: settings.config,
    });
  },
  executor: async ({ worlds, settings, outside }) => {
    const { startExecutor } = await import('@countersign/executor');
    return startExecutor(worlds.of('executor'), {
      port: settings.executorPort,
      trustedKeys: worlds.trustedKeys,
      targets: {},
      credentials: {},
      toolCaller: outside.writeCaller(),
      leaseMs: settings.executorLeaseMs,
    });
  },
  agent: async ({ worlds, settings, outside }) => {
    const { startAgent } = await import('@countersign/agent');
    return startAgent(worlds.of('agent'), {
      port: settings.agentPort,
      model: outside.model,
      targets: {},
      credentials: {},
      toolCaller: outside.readCaller(),
      signer: worlds.signer('agent'),
      leaseMs: settings.agentLeaseMs,
    });
  },
  intake: async ({ worlds, settings, deployment }) => {
    const { startIntake } = await import('@countersign/intake');
    return startIntake(worlds.of('intake'), {
      port: settings.intakePort,
      sources: deployment.sources,
    });
  },
  approvals: async (at) => {
    const { worlds, settings, outside, deployment, issuerUrl, urls, onPending } = at;
    const { startApprovals } = await import('@countersign/approvals');
    return startApprovals(worlds.of('approvals'), {
      port: settings.approvalsPort,
      signer: worlds.signer('approvals'),
      trustedKeys: worlds.trustedKeys,
      services: urls as Required<typeof urls>,
      issuer: { url: issuerUrl, personas: people },
      readTarget: outside.readCaller(),
      stages: deployment.stages,
      ...(onPending && { onPending }),
    });
  },
};
