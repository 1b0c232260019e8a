import { services } from '@countersign/contracts';

/** Where each of the five services can die: on its bus, in its stream, in its relay. */
export const stepsOfEveryService = [
  'before_handle',
  'before_append',
  'after_append',
  'after_handle',
  'before_offset_commit',
  'before_publish',
  'after_publish',
  'before_checkpoint',
] as const;

/** Where one of them can die beside that. */
export const ownSteps = [
  'agent.after_claim',
  'agent.after_model_call',
  'agent.after_tool_call',
  'agent.before_result',
  'executor.after_claim',
  'executor.before_call',
  'executor.after_call',
  'executor.before_result',
] as const;

/** Every place where a process can die on the way of a case that people approve. */
export const killPoints: readonly string[] = [
  ...services.flatMap((service) => stepsOfEveryService.map((step) => `${service}.${step}`)),
  ...ownSteps,
];

/**
 * The first time that a service appends is not always the time that matters most: at the second
 * time approvals records a person's decision, and intake how the case ended.
 */
export const laterKills: readonly string[] = [
  'approvals.before_append@2',
  'approvals.after_append@2',
  'intake.before_append@2',
  'intake.after_append@2',
];
