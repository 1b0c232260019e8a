import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { openView, startAlarmKeeper, startRelay } from '@countersign/event-store';
import {
  journalOf,
  leaseOf,
  startService,
  type RunningService,
  type World,
} from '@countersign/hosting';
import { messageCodec, publisher } from '@countersign/messaging';
import { caseProcesses } from './adapters/case-processes.js';
import { fireAlarm } from './adapters/fire-alarm.js';
import { CasesHttp, readingParts, type ReadingParts } from './adapters/http.js';
import { CaseInbox, caseParts } from './adapters/inbox.js';
import { keepDefinitions } from './definitions/keep-definitions.js';
import { readDefinitions } from './definitions/read-definitions.js';
import type { CaseFact } from './domain/facts.js';
import { react } from './domain/react.js';
import { caseView } from './reading/case-table.js';
import type { OrchestratorSettings } from './settings.js';

@Module({})
class OrchestratorModule {
  static with(parts: ReadingParts): DynamicModule {
    return {
      module: OrchestratorModule,
      controllers: [CaseInbox, CasesHttp],
      providers: [
        { provide: caseParts, useValue: parts },
        { provide: readingParts, useValue: parts },
      ],
    };
  }
}

/**
 * Starts the orchestrator: it keeps the definitions, runs every case by its own, and fires what
 * comes due.
 * @throws ConfigurationError every fault of every definition, with file and line
 */
export const startOrchestrator = async (
  world: World,
  { port, config }: OrchestratorSettings,
): Promise<RunningService> => {
  const journal = journalOf('orchestrator', world);
  const lease = leaseOf('orchestrator', world);
  const set = readDefinitions(config);
  await keepDefinitions(journal, set);
  const processes = caseProcesses(world.store, set.definitions);
  const speak = publisher(world.bus, messageCodec('orchestrator', world.sealer));
  const view = await openView({
    ...caseView,
    path: join(world.viewsFolder, 'orchestrator.sqlite'),
    store: world.store,
    log: world.log,
  });
  const relay = await startRelay<CaseFact>(journal, {
    prefixes: ['case-'],
    react,
    ...speak,
    lease,
  });
  const parts = { journal, processes, view };
  const keeper = startAlarmKeeper({
    view,
    clock: world.clock,
    log: world.log,
    fire: (alarm) => fireAlarm(parts, alarm),
    lease,
  });
  return startService({
    service: 'orchestrator',
    world,
    module: OrchestratorModule.with(parts),
    port,
    portSetting: 'ORCHESTRATOR_PORT',
    title: 'Countersign orchestrator',
    ready: [
      { name: 'relay', check: () => relay.state !== 'lost' },
      { name: 'view', check: () => view.state !== 'lost' },
    ],
    lease,
    parts: [view, relay, keeper],
  });
};
