import { caseIdOf } from '@countersign/contracts';
import {
  ignore,
  record,
  type Decision,
  type ProcessManager,
  type Told,
} from '@countersign/decider';
import type { ResolvedDefinition } from './definition.js';
import { enter, type Rules } from './enter-step.js';
import { evolve } from './evolve.js';
import type { CaseFact } from './facts.js';
import { routerFor } from './guards.js';
import type { CaseInput, InputOf } from './inputs.js';
import { silence } from './move-on.js';
import { react } from './react.js';
import { rememberOpening } from './remember.js';
import { unopened, type CaseState } from './state.js';
import { whenAwaitingApproval } from './when-awaiting-approval.js';
import { whenAwaitingAssistance } from './when-awaiting-assistance.js';
import { whenExecuting } from './when-executing.js';
import { whenWithAgent } from './when-with-agent.js';

/** How often a case may enter one step before people take over (decision 16). */
export const visitsMaxUnlessSaid = 5;

export type CaseProcess = ProcessManager<CaseInput, CaseFact, CaseState>;

/**
 * The process manager that runs a case under one definition. `evolve` and `react` are the same for
 * every definition, so that a stream can be folded, and its messages made again, without any.
 * @throws when a guard of the definition does not parse
 */
export const caseProcess = (
  definition: ResolvedDefinition,
  { visitsMax = visitsMaxUnlessSaid }: { readonly visitsMax?: number } = {},
): CaseProcess => {
  const route = routerFor(definition);
  return {
    initial: unopened,
    decide: (told, state) => decide({ definition, route, visitsMax, at: told }, told, state),
    evolve,
    react,
  };
};

// ── Decide: one function per phase; what comes late, twice or from elsewhere moves nothing ──

const decide = (
  rules: Rules,
  { body, ...told }: Told<CaseInput>,
  state: CaseState,
): Decision<CaseFact> => {
  if (state.phase === 'unopened') {
    return body.type === 'CaseReceived' ? open(rules, told, body) : ignore(silence.unopened);
  }
  if (state.phase === 'ended') return ignore(silence.ended);
  if (body.type === 'CaseReceived') return ignore(silence.alreadyOpen);
  switch (state.phase) {
    case 'moving':
      throw new Error('a case never stands between two facts of one append');
    case 'with-agent':
      return whenWithAgent({ state, rules, told, body });
    case 'awaiting-approval':
      return whenAwaitingApproval({ state, rules, told, body });
    case 'awaiting-assistance':
      return whenAwaitingAssistance({ state, rules, told, body });
    case 'executing':
    case 'uncertain':
      return whenExecuting({ state, rules, told, body });
  }
};

const open = (
  rules: Rules,
  told: Omit<Told<unknown>, 'body'>,
  { data, peer }: InputOf<'CaseReceived'>,
): Decision<CaseFact> => {
  const { reference, accepts, start } = rules.definition;
  if (!accepts.includes(data.eventType)) {
    throw new Error(`${reference.name}@${reference.version} does not accept ${data.eventType}`);
  }
  const opened = {
    definition: reference.digest,
    state: 'received' as const,
    step: start,
    visit: 0,
    caseId: caseIdOf(data.source, data.sourceId),
    workflow: reference,
    ...data,
    occurredAt: told.occurredAt,
    peer,
  };
  const fact: CaseFact = { type: 'CaseOpened', data: opened };
  const memory = rememberOpening(opened);
  return record(...enter(rules, { facts: [fact], memory }, start).facts);
};
