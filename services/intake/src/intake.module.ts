import { Module, type DynamicModule } from '@nestjs/common';
import { topics } from '@countersign/contracts';
import type { Recorded } from '@countersign/decider';
import { startRelay } from '@countersign/event-store';
import {
  journalOf,
  leaseOf,
  startService,
  type RunningService,
  type World,
} from '@countersign/hosting';
import { messageCodec, publisher } from '@countersign/messaging';
import { acceptance, intakeProcess } from './adapters/accept.js';
import { answeringRecords } from './adapters/answer-record.js';
import { followCatalogue } from './adapters/catalogue.js';
import { IntakeHttp, intakeParts, type IntakeParts } from './adapters/http.js';
import { IntakeInbox } from './adapters/inbox.js';
import { takingUpstream } from './adapters/take-upstream.js';
import { isAnswer, recordAnswers, type AnswerFact } from './domain/answers.js';
import type { IntakeFact } from './domain/intake.js';
import type { IntakeSettings } from './settings.js';

@Module({})
class IntakeModule {
  static with(parts: IntakeParts): DynamicModule {
    return {
      module: IntakeModule,
      controllers: [IntakeHttp, IntakeInbox],
      providers: [{ provide: intakeParts, useValue: parts }],
    };
  }
}

/** Starts intake: it takes upstream events, and speaks to upstream. */
export const startIntake = async (
  world: World,
  { port, sources }: IntakeSettings,
): Promise<RunningService> => {
  const journal = journalOf('intake', world);
  const lease = leaseOf('intake', world);
  const catalogue = followCatalogue(world.store);
  const speak = publisher(world.bus, messageCodec('intake', world.sealer));
  const relay = await startRelay<IntakeFact | AnswerFact>(journal, {
    prefixes: ['intake-'],
    react: (event) =>
      isAnswer(event)
        ? recordAnswers.react(event)
        : intakeProcess.react(event as Recorded<IntakeFact>),
    ...speak,
    lease,
  });
  await catalogue.caughtUp;
  const accepting = acceptance(journal, catalogue);
  const answers = answeringRecords(journal);
  return startService({
    service: 'intake',
    world,
    module: IntakeModule.with({
      journal,
      acceptance: accepting,
      catalogue,
      sources,
    }),
    port,
    portSetting: 'INTAKE_PORT',
    title: 'Countersign intake',
    http: { jsonTypes: ['application/cloudevents+json'] },
    ready: [
      { name: 'definitions', check: () => catalogue.live },
      { name: 'relay', check: () => relay.state !== 'lost' },
    ],
    lease,
    parts: [catalogue, relay],
    upstream: {
      topics: sources.map(({ name }) => topics.upstream(name)),
      take: takingUpstream({ acceptance: accepting, answers, catalogue, sources }),
    },
  });
};
