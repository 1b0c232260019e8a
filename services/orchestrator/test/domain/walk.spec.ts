import { describe, expect, it } from '@jest/globals';
import { caseStates } from '@countersign/contracts';
import { caseProcess } from '../../src/domain/case-process.js';
import type { ResolvedDefinition } from '../../src/domain/definition.js';
import { transitionsOf } from '../../src/definitions/draw-lifecycle.js';
import { brokenTwins, mutating } from './broken-twins.js';
import {
  shippedDefinitions,
  supportTicket,
  twoApprovals,
  vocabularyOf,
} from './definitions-walked.js';
import { breachesOf, findingsIn, walkCase, type CaseWalk } from './findings.js';
import { transitionsIn } from './transitions-walked.js';

// Two visits a step: every loop is walked a second time, and every way into exhaustion too.
const visitsMax = 2;

const walked = new Map<ResolvedDefinition, CaseWalk>();
const walkOf = (definition: ResolvedDefinition): CaseWalk => {
  const known = walked.get(definition);
  if (known) return known;
  const walk = walkCase(caseProcess(definition, { visitsMax }), vocabularyOf(definition));
  walked.set(definition, walk);
  return walk;
};

describe.each([
  ...shippedDefinitions.map((one) => [`the shipped ${one.reference.name}`, one] as const),
  ['a workflow that only this test knows, with a second approval', twoApprovals] as const,
])('every step that a case can take under %s', (_, definition) => {
  const process = caseProcess(definition, { visitsMax });

  it('keeps every promise (A3, I1, I4, I7, I8, I10, I11, I12, I20, I26)', () => {
    expect(findingsIn(process, definition, walkOf(definition))).toEqual([]);
  });

  it('is a step of the definition, and every step of the definition can be taken (A3)', () => {
    const taken = transitionsIn(walkOf(definition));
    expect(taken.map(asText).sort()).toEqual(transitionsOf(definition).map(asText).sort());
  });

  it('leads through each step twice, and no further', () => {
    const visits = new Map<string, Set<number>>();
    for (const { events } of walkOf(definition).moves) {
      for (const { type, data } of events) {
        if (!type.endsWith('Asked')) continue;
        visits.set(data.step, (visits.get(data.step) ?? new Set()).add(data.visit));
      }
    }
    const { [definition.start]: start, ...others } = Object.fromEntries(visits);
    expect(start).toBeDefined();
    for (const seen of Object.values(others)) expect([...seen].sort()).toEqual([1, 2]);
  });
});

const asText = ({ from, outcome, to }: { from: string; outcome: string; to: string }) =>
  `${from} (${outcome}) ${to}`;

it('passes through every state of the list by its name (A3)', () => {
  const states = walkOf(supportTicket).moves.flatMap(({ events }) =>
    events.map(({ data }) => data.state),
  );
  expect(new Set(states)).toEqual(new Set(caseStates));
});

describe('a process with a fault', () => {
  it.each(brokenTwins)('that $fault is caught: $breaks', ({ breaks, of, visits = visitsMax }) => {
    const twin = of(caseProcess(supportTicket, { visitsMax: visits }));
    const walk = walkCase(twin, vocabularyOf(supportTicket), (move) =>
      breachesOf(twin, supportTicket, move).includes(breaks),
    );
    const findings = findingsIn(twin, supportTicket, walk);
    expect(findings.map((finding) => finding.slice(0, finding.indexOf(':')))).toContain(breaks);
  });

  it('that mutates the state it was given is caught', () => {
    const twin = mutating(caseProcess(supportTicket, { visitsMax }));
    expect(() => walkCase(twin, vocabularyOf(supportTicket))).toThrow(TypeError);
  });

  it('that executes without an approval is caught, were its definition ever loaded (I1)', () => {
    const { approve } = supportTicket.steps;
    if (approve?.kind !== 'approval') throw new Error('the shipped workflow has an approval');
    const steps = {
      ...supportTicket.steps,
      approve: { ...approve, on: { ...approve.on, expired: 'write' } },
    };
    const ungated = { ...supportTicket, steps };
    const process = caseProcess(ungated, { visitsMax: 1 });
    const walk = walkCase(process, vocabularyOf(ungated));
    // The second lock: the case fails, nothing reaches the executor.
    expect(findingsIn(process, ungated, walk)).toEqual([]);
    const reasons = walk.moves.flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'CaseEnded' ? [event.data.reason] : [])),
    );
    expect(reasons).toContain('nothing released to execute: write');
  });
});
