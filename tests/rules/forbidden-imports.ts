/** An import that a dependency rule forbids: a file, and what stands in it. */
export type ForbiddenImport = readonly [rule: string, file: string, imported: string];

/** What each rule is there to find; each alternative of its patterns once. */
export const forbiddenImports: readonly ForbiddenImport[] = [
  ['contracts-and-decider-stand-alone', 'libs/contracts/src/a.ts', '@countersign/time'],
  ['contracts-and-decider-stand-alone', 'libs/decider/src/a.ts', '@countersign/trust'],
  ['contracts-and-decider-apart', 'libs/contracts/src/b.ts', '@countersign/decider'],
  ['contracts-and-decider-apart', 'libs/decider/src/b.ts', '@countersign/contracts'],
  ['libs-know-no-service', 'libs/messaging/src/a.ts', '@countersign/intake'],
  ['libs-know-no-service', 'libs/messaging/test/a.ts', '@countersign/cli'],
  ['libs-know-no-service', 'libs/messaging/src/b.ts', '@countersign/demo-crm'],
  ['services-know-no-service', 'services/agent/src/adapters/a.ts', '@countersign/executor'],
  ['services-know-no-service', 'services/agent/test/a.ts', '../../executor/src/domain/checks.js'],
  ['services-know-no-example', 'services/executor/src/adapters/b.ts', '@countersign/demo-crm'],
  ['services-know-no-example', 'services/executor/src/adapters/c.ts', '@countersign/cli'],
  ['domain-is-pure', 'services/agent/src/domain/core.ts', 'node:timers/promises'],
  ['domain-is-pure', 'services/agent/src/domain/bare-core.ts', 'fs'],
  ['domain-is-pure', 'services/agent/src/domain/nest.ts', '@nestjs/common'],
  ['domain-is-pure', 'services/agent/src/domain/in-dist.ts', 'rxjs'],
  ['domain-is-pure', 'services/agent/src/domain/model.ts', 'openai'],
  ['domain-is-pure', 'services/agent/src/domain/adapter.ts', '../adapters/perform.js'],
  ['domain-is-pure', 'services/agent/src/domain/wiring.ts', '../agent.module.js'],
  ['domain-is-pure', 'services/agent/src/domain/deep/store.ts', '@countersign/event-store'],
  ['domain-is-pure', 'services/agent/src/domain/bus.ts', '@countersign/messaging'],
  ['domain-is-pure', 'services/agent/src/domain/http.ts', '@countersign/http'],
  ['only-messaging-knows-the-broker', 'services/intake/src/adapters/a.ts', 'kafkajs'],
  ['only-messaging-knows-the-broker', 'libs/hosting/src/a.ts', 'kafkajs'],
  ['only-messaging-knows-the-broker', 'apps/countersign/src/a.ts', 'kafkajs'],
  ['no-cycles', 'libs/tools/src/one.ts', './two.js'],
];

/** Without which the others would not be what they are. */
export const completingImports = [['libs/tools/src/two.ts', './one.js']] as const;

/** What looks like it, and is how things are meant. */
export const allowedImports: readonly (readonly [file: string, imported: string])[] = [
  ['libs/contracts/src/c.ts', 'zod'],
  ['libs/messaging/src/kafka/a.ts', 'kafkajs'],
  ['libs/messaging/src/c.ts', '@countersign/event-store'],
  ['services/agent/src/adapters/perform.ts', 'node:fs'],
  ['services/agent/src/adapters/model.ts', 'openai'],
  ['services/agent/src/agent.module.ts', '@countersign/http'],
  ['services/agent/src/domain/run.ts', '@countersign/contracts'],
  ['services/agent/src/domain/caps.ts', './run.js'],
  ['services/executor/src/domain/checks.ts', '@countersign/trust'],
  ['services/executor/test/a.ts', '@countersign/demo-crm'],
  ['services/orchestrator/src/domain/guard.ts', '@marcbachmann/cel-js'],
  ['apps/countersign/src/b.ts', '@countersign/agent'],
  ['tests/journeys/a.ts', '@countersign/cli'],
];
