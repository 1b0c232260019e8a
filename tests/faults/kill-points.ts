import { services } from '@countersign/contracts';

/** Where a process can die: at every step of every service. */
export const killPoints: readonly string[] = [
  ...services.flatMap((service) =>
    [
      'before_handle',
      'before_append',
      'after_append',
      'after_handle',
      'before_offset_commit',
      'before_publish',
      'after_publish',
      'before_checkpoint',
    ].map((step) => `${service}.${step}`),
  ),
  'agent.after_claim',
  'agent.after_model_call',
  'agent.after_tool_call',
  'agent.before_result',
  'executor.after_claim',
  'executor.before_call',
  'executor.after_call',
  'executor.before_result',
];
