import { Environment } from '@marcbachmann/cel-js';
import type { ResolvedDefinition, RouteStep } from './definition.js';
import type { Routing } from './facts.js';
import type { Memory } from './state.js';

/** What a guard sees: `data.input`, and `data.<step>` for each step that has a result. */
type GuardData = Readonly<Record<string, unknown>>;
type Guard = (data: GuardData) => { readonly holds: boolean; readonly code?: string };

/** Chooses where a route step leads; says which guard held and which could not be evaluated. */
export type Router = (step: RouteStep, memory: Memory) => Routing;

const environment = new Environment({
  limits: { maxAstNodes: 200, maxDepth: 32 },
}).registerVariable('data', 'map');

/**
 * What is wrong with a guard as written, if anything. Fields of `data` are not known here: a guard
 * over one that is missing counts as false when it is evaluated, and the case says so.
 */
export const guardFault = (text: string): string | undefined => {
  try {
    const { valid, type, error } = environment.check(text);
    if (!valid) return firstLine(error?.message);
    return type === 'bool' || type === 'dyn' ? undefined : `gives ${type}, not bool`;
  } catch (error) {
    return firstLine((error as Error).message);
  }
};

/** Compiles the definition's guards, each once. @throws when one does not parse */
export const routerFor = (definition: ResolvedDefinition): Router => {
  const routes = Object.values(definition.steps).filter((step) => step.kind === 'route');
  const guards = new Map<string, Guard>();
  for (const { guard } of routes.flatMap((route) => route.when)) guards.set(guard, compile(guard));
  return (step, memory) => {
    const data = { ...memory.results, input: memory.input };
    const unreadable: { guard: string; code: string }[] = [];
    for (const { guard, to } of step.when) {
      const { holds, code } = guards.get(guard)!(data);
      if (holds) return { to, guard, unreadable };
      if (code !== undefined) unreadable.push({ guard, code });
    }
    return { to: step.otherwise, guard: 'else', unreadable };
  };
};

/** Fails closed: what cannot be evaluated, or is not a truth value, does not hold. */
const compile = (text: string): Guard => {
  const evaluate = environment.parse(text);
  return (data) => {
    try {
      const value: unknown = evaluate({ data });
      if (typeof value === 'boolean') return { holds: value };
      return { holds: false, code: 'not_bool' };
    } catch (error) {
      // The evaluator's message may quote data; its code never does.
      return { holds: false, code: String((error as { code?: unknown }).code ?? 'failed') };
    }
  };
};

const firstLine = (message = 'cannot be read'): string => message.split('\n', 1)[0]!;
