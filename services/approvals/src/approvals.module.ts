import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { openView, startRelay } from '@countersign/event-store';
import type { Recorded } from '@countersign/decider';
import {
  journalOf,
  leaseOf,
  startService,
  type RunningService,
  type World,
} from '@countersign/hosting';
import { pageSession } from '@countersign/http';
import { messageCodec, publisher } from '@countersign/messaging';
import { signDecision, signProposal } from '@countersign/trust';
import { ApprovalsHttp } from './adapters/approvals-http.js';
import { serviceClient, type ServiceClient } from './adapters/ask-service.js';
import { AssistanceHttp } from './adapters/assistance-http.js';
import { FrontDoor, serviceClientToken } from './adapters/front-door.js';
import { ApprovalsInbox } from './adapters/inbox.js';
import { approvalsParts, type ApprovalsParts } from './adapters/parts.js';
import { questionsView } from './adapters/questions-view.js';
import { recordSignOffs } from './adapters/stage-records.js';
import { storedTools } from '@countersign/tools';
import { approval } from './domain/approval.js';
import type { ApprovalFact } from './domain/approval-facts.js';
import { assistance } from './domain/assistance.js';
import type { AssistanceFact } from './domain/assistance-facts.js';
import { ApprovalPages } from './pages/approval-pages.js';
import { AssistancePages } from './pages/assistance-pages.js';
import { CasePages } from './pages/case-pages.js';
import { PageFilter } from './pages/page-filter.js';
import { SignIn } from './pages/sign-in.js';
import { pageParts, type PageParts } from './pages/visit.js';
import type { ApprovalsSettings } from './settings.js';

@Module({})
class ApprovalsModule {
  static with(parts: ApprovalsParts, pages: PageParts): DynamicModule {
    return {
      module: ApprovalsModule,
      controllers: [
        ...[ApprovalsInbox, ApprovalsHttp, AssistanceHttp],
        ...[SignIn, ApprovalPages, AssistancePages, CasePages],
      ],
      providers: [
        { provide: approvalsParts, useValue: parts },
        { provide: pageParts, useValue: pages },
        { provide: serviceClientToken, useValue: pages.client },
        FrontDoor,
        PageFilter,
      ],
    };
  }
}

/** As long as a token of the development issuer. */
const sessionMaxSeconds = 8 * 60 * 60;
const secretBytes = 32;

const pagesOf = (
  world: World,
  { pages, issuer }: ApprovalsSettings,
  client: ServiceClient,
): PageParts => {
  const { https = false, secret = world.chance.hex(secretBytes) } = pages ?? {};
  const session = pageSession({
    https,
    secret: Buffer.from(secret, 'hex'),
    maxAgeSeconds: sessionMaxSeconds,
  });
  return { session, https, tokens: world.tokens, issuer, client };
};

/** Starts approvals: everything that people decide, and the door to the other services. */
export const startApprovals = async (
  world: World,
  settings: ApprovalsSettings,
): Promise<RunningService> => {
  const journal = journalOf('approvals', world);
  const lease = leaseOf('approvals', world);
  const { signer } = settings;
  const processes = {
    approval: approval((record) => signDecision(record, signer)),
    assistance: assistance((proposal) => signProposal(proposal, signer)),
  };
  await recordSignOffs(journal, settings.stages);
  const view = await openView({
    ...questionsView,
    path: join(world.viewsFolder, 'approvals.sqlite'),
    store: world.store,
    log: world.log,
  });
  const speak = publisher(world.bus, messageCodec('approvals', world.sealer));
  const relay = await startRelay<ApprovalFact | AssistanceFact>(journal, {
    prefixes: questionsView.prefixes,
    react: (event, stream) =>
      stream.startsWith('approval-')
        ? processes.approval.react(event as Recorded<ApprovalFact>)
        : processes.assistance.react(event as Recorded<AssistanceFact>),
    ...speak,
    lease,
  });
  const client = serviceClient(settings.services);
  const parts: ApprovalsParts = {
    journal,
    view,
    processes,
    tools: storedTools(world.store),
    chance: world.chance,
    trustedKeys: settings.trustedKeys,
    readTarget: settings.readTarget,
    onPending: settings.onPending,
  };
  return startService({
    service: 'approvals',
    world,
    module: ApprovalsModule.with(parts, pagesOf(world, settings, client)),
    port: settings.port,
    portSetting: 'APPROVALS_PORT',
    title: 'Countersign approvals',
    http: { forms: true },
    ready: [
      { name: 'relay', check: () => relay.state !== 'lost' },
      { name: 'view', check: () => view.state !== 'lost' },
    ],
    lease,
    parts: [view, relay, client],
  });
};
