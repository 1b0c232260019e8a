import { caseOutcomes, roles } from '@countersign/contracts';
import { z } from 'zod';
import { durationMaxMs, durationMs } from './duration.js';

// The shape of a workflow file. What it says of its own graph is checked in check-graph.ts.

export const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be a name of a-z, 0-9, - and _, 40 at most');
const text = z.string().min(1);
const longest = `P${durationMaxMs / 86_400_000}D`;
/** Stays as written, since a definition's digest covers what its file says. */
export const duration = z.string().refine((value) => durationMs(value) !== undefined, {
  error: ({ input }) =>
    `${JSON.stringify(input)} is no duration such as PT2M, PT48H or P1D; ${longest} at most`,
});

/** What a file may ask for one day is refused by its name until then, not half understood. */
const notYet = (what: string) => `${what} is not supported yet`;
const onlyYet = (value: unknown, what: string) =>
  z
    .unknown()
    .refine((given) => given === undefined || given === value, notYet(what))
    .optional();

/** States that a step may show; the engine itself, and the end, set the others. */
export const stepStates = [
  'received',
  'classified',
  'drafted',
  'awaiting-approval',
  'approved',
  'executed',
  'assisted',
] as const;
const state = z.enum(stepStates);

const need = z
  .looseObject({})
  .superRefine((given, context) => {
    if ('all' in given) context.addIssue(notYet('need "all"'));
    else if ('k' in given || (typeof given['any'] === 'number' && given['any'] > 1)) {
      context.addIssue(`${notYet('need k-of-n')}: write any: 1`);
    }
  })
  .pipe(z.strictObject({ any: z.literal(1), of: z.array(z.enum(roles)).min(1) }));

const people = {
  state,
  queue: text,
  need,
  escalation: text,
  hold: onlyYet(0, 'a hold other than 0'),
};
const calls = onlyYet(1, 'a proposal of several calls');

const agent = z.strictObject({
  kind: z.literal('agent'),
  state,
  reaches: state,
  profile: text,
  deadline: duration,
  calls,
  on: z.strictObject({
    done: name.optional(),
    proposed: name.optional(),
    abstained: name,
    timeout: name,
  }),
});

const route = z.strictObject({
  kind: z.literal('route'),
  when: z
    .array(z.union([z.strictObject({ if: text, to: name }), z.strictObject({ else: name })]))
    .min(1),
});

const approval = z.strictObject({
  kind: z.literal('approval'),
  ...people,
  reaches: state,
  /** How long after the release a first call may be made; a day unless said (decision 15). */
  executableFor: duration.optional(),
  on: z.strictObject({
    released: name,
    rejected: name,
    'changes-requested': name,
    expired: name,
  }),
});

const assist = z.strictObject({
  kind: z.literal('assist'),
  ...people,
  calls,
  reaches: state.optional(),
  on: z.strictObject({ proposed: name, declined: name, expired: name }),
});

const execute = z.strictObject({
  kind: z.literal('execute'),
  state,
  reaches: state,
  deadline: duration,
  on: z.strictObject({ succeeded: name, refused: name, failed: name }),
});

const end = z.strictObject({ kind: z.literal('end'), outcome: z.enum(caseOutcomes) });

const later = <Kind extends string>(kind: Kind) =>
  z.looseObject({ kind: z.literal(kind) }).superRefine((_, context) => {
    context.addIssue({ code: 'custom', path: ['kind'], message: notYet(`step kind "${kind}"`) });
  });

const step = z.discriminatedUnion('kind', [
  agent,
  route,
  approval,
  assist,
  execute,
  end,
  later('task'),
  later('wait'),
  later('notify'),
]);

const answer = z.boolean();

export const workflowShape = z.strictObject({
  workflow: name,
  version: z.int().positive(),
  title: text,
  owners: z.strictObject({
    business: text,
    process: text,
    risk: text,
    platform: text,
    onCall: text,
  }),
  input: text,
  /** The guide's five questions; the first three must be answered. */
  charter: z.strictObject({
    survivesRestarts: answer,
    touchesCustomersOrMoney: answer,
    stepAuditRequired: answer,
    happyPathIsAFlowchart: answer.optional(),
    userFollowsACase: answer.optional(),
  }),
  accepts: z.array(text).min(1),
  start: name,
  steps: z.record(
    name.refine((given) => given !== 'input', 'is what guards call the input of the case'),
    step,
  ),
});

export type StepDocument = Exclude<
  z.infer<typeof step>,
  { kind: 'task' } | { kind: 'wait' } | { kind: 'notify' }
>;
/** A workflow file whose every part has the right shape. */
export interface WorkflowDocument extends Omit<z.infer<typeof workflowShape>, 'steps'> {
  readonly steps: Readonly<Record<string, StepDocument>>;
}
