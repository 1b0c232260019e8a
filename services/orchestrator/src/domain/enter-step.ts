import type { Told } from '@countersign/decider';
import { askAgent, askForApproval, askForAssistance, askForExecution, standing } from './ask.js';
import type { ResolvedDefinition, RouteStep } from './definition.js';
import type { CaseFact, FactOf } from './facts.js';
import type { Router } from './guards.js';
import { remember } from './remember.js';
import type { Memory } from './state.js';

/** What a case's decisions rest on, beside its state. */
export interface Rules {
  readonly definition: ResolvedDefinition;
  readonly route: Router;
  /** How often a step may be entered before people take over. */
  readonly visitsMax: number;
  /** When what is decided will be recorded: deadlines count from it. */
  readonly at: Pick<Told<unknown>, 'recordedAt'>;
}

/** The facts of one decision so far, and what the case remembers after them. */
export interface Course {
  readonly facts: readonly CaseFact[];
  readonly memory: Memory;
}

export const andThen = (course: Course, fact: CaseFact): Course => ({
  facts: [...course.facts, fact],
  memory: remember(course.memory, fact),
});

/** What the workflow itself does is its own doing, not that of whoever's answer led there (I7). */
const followOn = ({ definition }: Rules, course: Course, fact: CaseFact): Course => {
  const { name, version } = definition.reference;
  return andThen(course, { ...fact, actor: { type: 'rule', id: `${name}@${version}` } });
};

/**
 * Leads a case on to `target`, through as many routes as it takes, to the next step that waits for
 * someone, or to an end.
 * @param because why, when it was not the good outcome of a step that led here
 */
export const enter = (rules: Rules, course: Course, target: string, because?: string): Course => {
  const { definition, at, visitsMax } = rules;
  const { memory } = course;
  const step = definition.steps[target];
  if (!step) throw new Error(`${definition.reference.name} has no step "${target}"`);
  if (step.kind === 'end') return end(rules, course, target, step.outcome, because);
  const visits = memory.visits[target] ?? 0;
  if (visits >= visitsMax) return giveToPeople(rules, course, target, visits);
  const asking = { definition, at, memory, name: target, visit: visits + 1 };
  switch (step.kind) {
    case 'route':
      return passThrough(rules, course, target, step, because);
    case 'agent':
      return followOn(rules, course, askAgent({ ...asking, step }));
    case 'assist':
      return followOn(
        rules,
        course,
        askForAssistance({ ...asking, step }, because ?? 'by the workflow'),
      );
    case 'approval':
      if (!memory.proposal) return fail(rules, course, `nothing to approve: ${target}`);
      return followOn(rules, course, askForApproval({ ...asking, step }, memory.proposal));
    case 'execute': {
      const { proposal, releaseRevision } = memory.proposal ?? {};
      // A definition that leads here without a release is refused at load: this is the second lock.
      if (!proposal || releaseRevision === undefined) {
        return fail(rules, course, `nothing released to execute: ${target}`);
      }
      return followOn(
        rules,
        course,
        askForExecution({ ...asking, step }, proposal, releaseRevision),
      );
    }
  }
};

const passThrough = (
  rules: Rules,
  course: Course,
  name: string,
  step: RouteStep,
  because = `routed: ${name}`,
): Course => {
  const { memory } = course;
  const routing = rules.route(step, memory);
  const visit = (memory.visits[name] ?? 0) + 1;
  const data = { ...standing(memory, memory.state, name, visit), ...routing };
  return enter(rules, followOn(rules, course, { type: 'CaseRouted', data }), routing.to, because);
};

/** A step was entered often enough: people take over, while there is a step that asks them. */
const giveToPeople = (rules: Rules, course: Course, wanted: string, visits: number): Course => {
  const { memory } = course;
  const because = `visits exhausted: ${wanted}`;
  const assist = Object.entries(rules.definition.steps).find(
    ([name, step]) => step.kind === 'assist' && (memory.visits[name] ?? 0) < rules.visitsMax,
  )?.[0];
  const to = assist ?? failedEnd(rules) ?? wanted;
  const data = { ...standing(memory, 'escalated', wanted, visits), to };
  const exhausted = followOn(rules, course, { type: 'VisitsExhausted', data });
  return assist === undefined
    ? end(rules, exhausted, to, 'failed', because)
    : enter(rules, exhausted, assist, because);
};

const failedEnd = ({ definition }: Rules): string | undefined =>
  Object.entries(definition.steps).find(
    ([, step]) => step.kind === 'end' && step.outcome === 'failed',
  )?.[0];

const fail = (rules: Rules, course: Course, because: string): Course =>
  end(rules, course, failedEnd(rules) ?? 'failed', 'failed', because);

const end = (
  rules: Rules,
  course: Course,
  name: string,
  outcome: FactOf<'CaseEnded'>['data']['outcome'],
  reason?: string,
): Course =>
  followOn(rules, course, {
    type: 'CaseEnded',
    data: { ...standing(course.memory, outcome, name, 1), outcome, reason },
  });
