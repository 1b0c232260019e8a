export * as approvalsSays from './approvals.js';
export * as agentSays from './agent.js';
export * as executorSays from './executor.js';
export * as intakeSays from './intake.js';
export * as orchestratorSays from './orchestrator.js';
export * from './case-states.js';
export * from './envelope.js';
export { abstainReasons } from './agent.js';
export { executionRefusals } from './executor.js';
export {
  intakeRefusals,
  upstreamRecord,
  type IntakeRefusalCode,
  type UpstreamRecord,
} from './intake.js';
export {
  feedback,
  need,
  queue,
  stepContext,
  type Feedback,
  type StepContext,
} from './orchestrator.js';
export * from './ids.js';
export * from './message.js';
export * from './proposal.js';
export * from './public-streams.js';
export * from './rights.js';
export * from './sources.js';
export { jsonSchemaOf } from './json-schema.js';
export { messageTypes } from './message-types.js';
