import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { openView, startAlarmKeeper, startRelay } from '@countersign/event-store';
import {
  journalOf,
  leaseOf,
  startService,
  type RunningService,
  type World,
  workers as hiring,
} from '@countersign/hosting';
import { messageCodec, publisher } from '@countersign/messaging';
import { httpToolCaller, storedTools } from '@countersign/tools';
import { startClaiming } from './adapters/claim-waiting.js';
import { executionView } from './adapters/execution-view.js';
import { ExecutionsHttp } from './adapters/http.js';
import { ExecutorInbox, executorParts } from './adapters/inbox.js';
import { fireLease } from './adapters/lease-alarms.js';
import type { Performing } from './adapters/perform.js';
import { refuseCommands } from './adapters/refuse-command.js';
import type { Taking } from './adapters/take-commands.js';
import { shippedLimits } from './domain/decide.js';
import { execution } from './domain/execution.js';
import type { ExecutionFact } from './domain/facts.js';
import {
  callTimeoutMsUnlessSaid,
  leaseMsMin,
  workersUnlessSaid,
  type ExecutorSettings,
} from './settings.js';

@Module({})
class ExecutorModule {
  static with(parts: Taking): DynamicModule {
    return {
      module: ExecutorModule,
      controllers: [ExecutorInbox, ExecutionsHttp],
      providers: [{ provide: executorParts, useValue: parts }],
    };
  }
}

/**
 * Starts the executor: it performs what a person released, once, and alone holds the credential that
 * writes.
 * @throws RangeError a lease too short to call within
 */
export const startExecutor = async (
  world: World,
  settings: ExecutorSettings,
): Promise<RunningService> => {
  const { leaseMs = shippedLimits.leaseMs, patienceMs = shippedLimits.patienceMs } = settings;
  if (leaseMs < leaseMsMin) throw new RangeError(`leaseMs is at least ${leaseMsMin}`);
  const journal = journalOf('executor', world);
  const lease = leaseOf('executor', world);
  const decider = execution({ ...shippedLimits, leaseMs, patienceMs });
  const workers = hiring({
    count: settings.workers ?? workersUnlessSaid,
    instance: world.chance.hex(8),
    failed: (error) =>
      world.log.error('a worker stopped; its lease will recover the claim', {
        cause: String(error),
      }),
  });
  const caller = settings.toolCaller ?? httpToolCaller(settings);
  const performing: Performing = {
    journal,
    decider,
    caller,
    leaseMs,
    keys: settings.trustedKeys,
    tools: storedTools(world.store),
    callTimeoutMs: settings.callTimeoutMs ?? callTimeoutMsUnlessSaid,
    closing: workers.closing,
  };
  const prefixes = ['execution-'];
  const path = join(world.viewsFolder, 'executor.sqlite');
  const view = await openView({
    ...executionView,
    path,
    store: world.store,
    prefixes,
    log: world.log,
  });
  const speak = publisher(world.bus, messageCodec('executor', world.sealer));
  const { react } = decider;
  const relay = await startRelay<ExecutionFact>(journal, { prefixes, react, ...speak, lease });
  const claiming = startClaiming(performing, workers, view);
  const keeper = startAlarmKeeper({
    view,
    clock: world.clock,
    log: world.log,
    fire: (alarm) => fireLease(performing, workers, alarm),
    lease,
  });
  return startService({
    service: 'executor',
    world,
    module: ExecutorModule.with({ performing, workers, refuse: refuseCommands(journal) }),
    port: settings.port,
    portSetting: 'EXECUTOR_PORT',
    title: 'Countersign executor',
    ready: [
      { name: 'relay', check: () => relay.state !== 'lost' },
      { name: 'view', check: () => view.state !== 'lost' },
    ],
    lease,
    parts: [caller, view, relay, workers, claiming, keeper],
  });
};
