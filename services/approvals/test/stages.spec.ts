import { describe, expect, it } from '@jest/globals';
import { fold, stamp, type Recorded } from '@countersign/decider';
import {
  stageOf,
  stages,
  type SignOff,
  type StagesFact,
  type StagesState,
} from '../src/domain/stages.js';
import { told } from './people-and-proposals.js';

const signOff = (changed: Partial<SignOff> = {}): SignOff => ({
  tool: 'crm.resolve-ticket',
  version: 1,
  stage: 'human-approval',
  signedOffBy: 'rita',
  role: 'risk-owner',
  reason: 'Reviewed.',
  ...changed,
});
const after = (...given: SignOff[]) =>
  given.reduce<Recorded<StagesFact>[]>((events, one) => {
    const heard = told({ type: 'SignOffGiven' as const, signOff: one });
    const decision = stages.decide(heard, fold<StagesFact, StagesState>(stages, events));
    return 'facts' in decision
      ? [...events, ...stamp(heard, decision.facts, events.length - 1)]
      : events;
  }, []);
const stage = (events: Recorded<StagesFact>[], version = 1) =>
  stageOf(fold<StagesFact, StagesState>(stages, events), { name: 'crm.resolve-ticket', version });

describe('C15 the stage of a tool', () => {
  it('is read-only until somebody signed off more', () => {
    expect(stage([])).toBe('read-only');
    expect(stage(after(signOff()))).toBe('human-approval');
  });
  it('is signed off per version', () => expect(stage(after(signOff()), 2)).toBe('read-only'));
  it('is what was signed off last', () => {
    const back = signOff({ stage: 'read-only', reason: 'Incident 12.' });
    expect(stage(after(signOff(), back))).toBe('read-only');
  });
  it('is not lifted again by the sign-off of an earlier start', () => {
    const back = signOff({ stage: 'read-only', reason: 'Incident 12.' });
    const events = after(signOff(), back, signOff());
    expect(events).toHaveLength(2);
    expect(stage(events)).toBe('read-only');
    expect(stage(after(signOff(), back, signOff({ reason: 'Incident 12 is solved.' })))).toBe(
      'human-approval',
    );
  });
});
