import type { CaseOutcome, CaseStateName, Reference, Role } from '@countersign/contracts';

/**
 * A workflow with every reference resolved: what a case is run by. Plain data, built from stored
 * documents only (see ../definitions). Steps stand in the order in which a case meets them.
 */
export interface ResolvedDefinition {
  readonly reference: Reference;
  readonly title: string;
  readonly owners: Owners;
  readonly charter: Charter;
  /** Schema of the input. */
  readonly input: Reference;
  /** CloudEvents types that open a case under this definition. */
  readonly accepts: readonly string[];
  readonly start: string;
  readonly steps: Readonly<Record<string, Step>>;
}

/** Nobody's workflow is not run: each of the five is named. */
export interface Owners {
  readonly business: string;
  readonly process: string;
  readonly risk: string;
  readonly platform: string;
  readonly onCall: string;
}

/** The guide's checklist; three or more answers that point to workflow forbid agent-only. */
export interface Charter {
  readonly survivesRestarts: boolean;
  readonly touchesCustomersOrMoney: boolean;
  readonly stepAuditRequired: boolean;
  readonly happyPathIsAFlowchart?: boolean | undefined;
  readonly userFollowsACase?: boolean | undefined;
}

export type Step = AgentStep | RouteStep | ApprovalStep | AssistStep | ExecuteStep | EndStep;
export type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

/** The case states that a step shows: while it is open, and on its good outcome. */
interface Shown {
  readonly state: CaseStateName;
  readonly reaches: CaseStateName;
}

export interface AgentStep extends Shown {
  readonly kind: 'agent';
  readonly profile: Reference;
  readonly deadlineMs: number;
  readonly on: {
    /** A step that only thinks says where `done` leads; one that proposes, `proposed`. */
    readonly done?: string | undefined;
    readonly proposed?: string | undefined;
    readonly abstained: string;
    readonly timeout: string;
  };
}

export interface RouteStep {
  readonly kind: 'route';
  /** Tried in order. */
  readonly when: readonly GuardedTarget[];
  readonly otherwise: string;
}
export interface GuardedTarget {
  /** CEL over `data.input` and `data.<step>`. */
  readonly guard: string;
  readonly to: string;
}

interface AskedOfPeople extends Shown {
  readonly queue: { readonly name: string; readonly owner: string };
  readonly need: { readonly any: 1; readonly of: Role[] };
  readonly expireAfterMs: number;
}

export interface ApprovalStep extends AskedOfPeople {
  readonly kind: 'approval';
  /** How long after the release a first call may be made. */
  readonly executableForMs: number;
  readonly on: {
    readonly released: string;
    readonly rejected: string;
    readonly 'changes-requested': string;
    readonly expired: string;
  };
}

export interface AssistStep extends AskedOfPeople {
  readonly kind: 'assist';
  /** Tools that a person may propose with. */
  readonly tools: readonly Reference[];
  readonly on: { readonly proposed: string; readonly declined: string; readonly expired: string };
}

export interface ExecuteStep extends Shown {
  readonly kind: 'execute';
  /** After it a person is called; nothing moves. */
  readonly deadlineMs: number;
  readonly on: { readonly succeeded: string; readonly refused: string; readonly failed: string };
}

export interface EndStep {
  readonly kind: 'end';
  readonly outcome: CaseOutcome;
}

/** Who does a step: a rule, a model, or people (A15). */
export const doneBy = {
  agent: 'model',
  route: 'deterministic',
  approval: 'human',
  assist: 'human',
  execute: 'deterministic',
  end: 'deterministic',
} as const satisfies Record<Step['kind'], 'deterministic' | 'model' | 'human'>;

/** The step of that name and kind. @throws Error when there is none: a fault of ours, not of a message */
export const stepOf = <Kind extends Step['kind']>(
  definition: ResolvedDefinition,
  name: string,
  kind: Kind,
): StepOf<Kind> => {
  const step = definition.steps[name];
  if (step?.kind !== kind) {
    throw new Error(`${definition.reference.name} has no ${kind} step "${name}"`);
  }
  return step as StepOf<Kind>;
};
