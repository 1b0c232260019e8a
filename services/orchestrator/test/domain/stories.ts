import type { ResolvedDefinition } from '../../src/domain/definition.js';
import { aCase, answerOf, awaitingApproval, executing, type ACase } from './a-case.js';
import { alarmDue, received } from './told.js';

/** Whole cases, told from beginning to end. */
export const stories: Readonly<Record<string, (definition: ResolvedDefinition) => ACase>> = {
  'closed-after-changes': (definition) => {
    const one = awaitingApproval(definition);
    one.hear(answerOf(one).changesRequested());
    one.hear(answerOf(one).proposed());
    one.hear(answerOf(one).released());
    one.hear(answerOf(one).succeeded());
    return one;
  },
  'closed-as-spam': (definition) => {
    const one = aCase(definition);
    one.hear(received());
    one.hear(answerOf(one).done('spam'));
    return one;
  },
  'assisted-after-a-timeout-and-rejected': (definition) => {
    const one = aCase(definition);
    one.hear(received());
    one.hear(alarmDue(one.alarm));
    one.hear(answerOf(one).assisted());
    one.hear(answerOf(one).rejected());
    return one;
  },
  'abstained-and-declined': (definition) => {
    const one = aCase(definition);
    one.hear(received());
    one.hear(answerOf(one).done());
    one.hear(answerOf(one).abstained());
    one.hear(alarmDue(one.alarm));
    one.hear(answerOf(one).declined());
    return one;
  },
  expired: (definition) => {
    const one = awaitingApproval(definition);
    one.hear(alarmDue(one.alarm));
    one.hear(answerOf(one).expired());
    return one;
  },
  'refused-then-uncertain-then-resolved': (definition) => {
    const one = executing(definition);
    one.hear(answerOf(one).refused());
    one.hear(answerOf(one).proposed());
    one.hear(answerOf(one).released());
    one.hear(alarmDue(one.alarm));
    one.hear(answerOf(one).uncertain());
    one.hear(answerOf(one).resolved('done'));
    one.hear(answerOf(one).succeeded());
    return one;
  },
  'waiting-for-a-resolution': (definition) => {
    const one = executing(definition);
    one.hear(answerOf(one).uncertain());
    return one;
  },
  'resolved-after-two-calls': (definition) => {
    const one = executing(definition);
    one.hear(answerOf(one).uncertain());
    one.hear(alarmDue(one.alarm));
    one.hear(answerOf(one).resolved('not-done'));
    one.hear(alarmDue(one.alarm));
    one.hear(answerOf(one).failed());
    return one;
  },
  'given-up-after-five-drafts': (definition) => {
    const one = awaitingApproval(definition);
    for (let visit = 2; visit <= 5; visit += 1) {
      one.hear(answerOf(one).changesRequested());
      one.hear(answerOf(one).proposed());
    }
    one.hear(answerOf(one).changesRequested());
    return one;
  },
};
