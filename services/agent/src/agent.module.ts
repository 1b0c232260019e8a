import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { openView, startAlarmKeeper, startRelay } from '@countersign/event-store';
import {
  journalOf,
  leaseOf,
  startService,
  type RunningService,
  type World,
  workers as workersOf,
} from '@countersign/hosting';
import { messageCodec, publisher } from '@countersign/messaging';
import { httpToolCaller } from '@countersign/tools';
import { signProposal } from '@countersign/trust';
import { AgentInbox, runStepsToken } from './adapters/inbox.js';
import { readingToken, RunsHttp, type ReadingParts } from './adapters/http.js';
import { modelInProcess } from './adapters/model.js';
import { openaiModel } from './adapters/openai-model.js';
import { runSteps, type RunSteps } from './adapters/run-steps.js';
import { runView } from './adapters/run-view.js';
import { storedProfiles } from './adapters/stored-profiles.js';
import { wakeWaiting } from './adapters/wake-waiting.js';
import { timesWithin } from './domain/caps.js';
import type { RunFact } from './domain/facts.js';
import { runFold } from './domain/run.js';
import type { AgentSettings } from './settings.js';

@Module({})
class AgentModule {
  static with(steps: RunSteps, reading: ReadingParts): DynamicModule {
    return {
      module: AgentModule,
      controllers: [AgentInbox, RunsHttp],
      providers: [
        { provide: runStepsToken, useValue: steps },
        { provide: readingToken, useValue: reading },
      ],
    };
  }
}

/** Calls in flight that an endpoint of ordinary limits takes. */
const workersUnlessSaid = 32;
const leaseMsUnlessSaid = 60_000;
const graceMsUnlessSaid = 5_000;
/** Salt and jitter. */
const chanceBytes = 20;

/** Starts the agent: it reads and thinks, proposes or abstains, and can write nowhere (rule 10). */
export const startAgent = async (
  world: World,
  settings: AgentSettings,
): Promise<RunningService> => {
  const journal = journalOf('agent', world);
  const lease = leaseOf('agent', world);
  const prefixes = ['agent-run-'];
  const path = join(world.viewsFolder, 'agent.sqlite');
  const view = await openView({ ...runView, path, store: world.store, prefixes, log: world.log });
  const speak = publisher(world.bus, messageCodec('agent', world.sealer));
  const relay = await startRelay<RunFact>(journal, {
    prefixes,
    react: runFold.react,
    ...speak,
    lease,
  });
  const { model, credentials, targets, signer } = settings;
  const caller = settings.toolCaller ?? httpToolCaller({ targets, credentials });
  const profiles = storedProfiles(world.store);
  const workers = workersOf({
    count: settings.workers ?? workersUnlessSaid,
    instance: world.chance.hex(8),
    graceMs: settings.graceMs ?? graceMsUnlessSaid,
    failed: (error) => world.log.error('a run was given up', { cause: String(error) }),
  });
  const steps = runSteps({
    ...{ journal, profiles, workers, caller, stopping: workers.stopping },
    model:
      'answer' in model
        ? modelInProcess(model.id, model.answer)
        : openaiModel(model, () => world.clock.now()),
    chance: () => world.chance.hex(chanceBytes),
    times: timesWithin(settings.leaseMs ?? leaseMsUnlessSaid),
    sign: (proposal) => signProposal(proposal, signer),
  });
  const waking = wakeWaiting(view, workers, steps, world.log);
  const keeper = startAlarmKeeper({
    ...{ view, clock: world.clock, log: world.log },
    fire: steps.takeOver,
    lease,
  });
  return startService({
    service: 'agent',
    world,
    module: AgentModule.with(steps, { journal, profiles }),
    port: settings.port,
    portSetting: 'AGENT_PORT',
    title: 'Countersign agent',
    ready: [
      { name: 'relay', check: () => relay.state !== 'lost' },
      { name: 'view', check: () => view.state !== 'lost' },
    ],
    // Workers go first: what they still record, the relay sends and the view sees.
    lease,
    parts: [view, relay, caller, keeper, waking, workers],
  });
};
