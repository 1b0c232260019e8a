import type { ResolvedDefinition } from '../../src/domain/definition.js';
import { aCase, answerOf, executing, type ACase } from '../domain/a-case.js';
import { stories } from '../domain/stories.js';
import { alarmDue, now, received, said } from '../domain/told.js';

const start = Date.parse(now);
const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();

/** A case with nearly all a case can meet: changes, another proposal, doubt, and a finding. */
export const wholeCase = (definition: ResolvedDefinition): ACase => {
  const one = aCase(definition);
  one.hear(received(), at(0));
  one.hear(answerOf(one).done(), at(0.05));
  one.hear(answerOf(one).proposed(), at(0.1));
  one.hear(answerOf(one).changesRequested(), at(42));
  one.hear(answerOf(one).proposed(), at(42.2));
  one.hear(answerOf(one).released(), at(120));
  one.hear(answerOf(one).uncertain(), at(121));
  one.hear(answerOf(one).resolved('done'), at(300));
  one.hear(answerOf(one).succeeded(), at(300.01));
  return one;
};

/** The stories, and what they leave out. */
export const allStories: typeof stories = {
  ...stories,
  'asked for assistance in vain': (definition) => {
    const one = aCase(definition);
    one.hear(received());
    one.hear(answerOf(one).abstained());
    one.hear(alarmDue(one.alarm));
    one.hear(said('AssistanceExpired', { answers: one.request('RequestAssistance') }));
    return one;
  },
  'proven not done': (definition) => {
    const one = executing(definition);
    one.hear(answerOf(one).failed());
    return one;
  },
};
