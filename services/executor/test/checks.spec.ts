import { describe, expect, it } from '@jest/globals';
import { executionRefusals } from '@countersign/contracts';
import fc from 'fast-check';
import { validateArguments } from '@countersign/tools';
import type { Authority } from '../src/domain/authority.js';
import {
  authorityChecks,
  checks,
  firstNo,
  targetChecks,
  type AuthorityFacts,
  type WitnessSeen,
} from '../src/domain/checks.js';
import type { Order } from '../src/domain/facts.js';
import { leavesOf, valueAt, withChange } from './leaves.js';
import { order as anOrder } from './orders.js';
import { approve, hex, start, tools, type Change } from './papers.js';

const factsOf = (change: Change = {}, tool = tools.native): AuthorityFacts => {
  const { proposal, content, record, digest } = approve(tool, {}, change);
  const authority: Authority = { proposal, content, record };
  const order: Order = { ...anOrder, digest, tool: tool.reference, idempotency: 'native' };
  return { order, authority, now: start, stage: 'human-approval', tool };
};
const no = (facts: AuthorityFacts) => {
  const found = firstNo(authorityChecks, facts);
  return found && [found.check, found.reason];
};
const seen: WitnessSeen = { kind: 'etag', resource: '/orders/A-20931', etag: '"1"' };
const witnessNo = (facts: AuthorityFacts, witness: WitnessSeen) => {
  const found = firstNo(targetChecks, { ...facts, witness });
  return found && [found.check, found.reason];
};

describe('the checks before a first call', () => {
  it('are asked in this order', () => {
    expect(checks.map(({ name }) => name)).toEqual([
      'signatures',
      'digest',
      'liveness',
      'stage',
      'tool',
      'arguments',
      'witness',
    ]);
  });

  it('let pass what is approved, live, allowed and unchanged', () => {
    expect(firstNo(checks, { ...factsOf(), witness: seen })).toBeUndefined();
  });

  it('stop what no longer verifies, or is not what was ordered', () => {
    const unverified = { ...factsOf(), authority: { why: 'decision-unsigned' } as const };
    expect(no(unverified)).toEqual(['signatures', 'authority-ended']);
    const facts = factsOf();
    const another = { ...facts, order: { ...facts.order, digest: hex('0', 64) } };
    expect(no(another)).toEqual(['digest', 'authority-ended']);
  });

  it('stop what ended otherwise, and what is executable no longer', () => {
    const facts = factsOf();
    const ended = { ...(facts.authority as Authority), endedBy: 'ApprovalExpired' };
    expect(no({ ...facts, authority: ended })).toEqual(['liveness', 'authority-ended']);
    const { executableUntil } = ended.record;
    const atTheEnd = { ...facts, now: executableUntil };
    expect(no(atTheEnd)).toEqual(['liveness', 'authority-expired']);
    expect(no({ ...facts, now: '2026-01-06T08:59:59.999Z' })).toBeUndefined();
  });

  it('stop a tool that nobody let write, then or now (C15)', () => {
    const stopped = ['stage', 'stage-forbids'];
    expect(no({ ...factsOf(), stage: 'read-only' })).toEqual(stopped);
    expect(no(factsOf({ record: { stage: 'read-only' } }))).toEqual(stopped);
  });

  it('stop a tool without a manifest, and one that does not write', () => {
    expect(no({ ...factsOf(), tool: undefined })).toEqual(['tool', 'tool-unknown']);
    const reads = { ...tools.native, effect: 'read' as const };
    expect(no({ ...factsOf(), tool: reads })).toEqual(['tool', 'tool-unknown']);
  });

  it('stop arguments above a cap, although they were approved', () => {
    const { arguments: args } = approve(tools.native).content;
    const tooMuch = withChange(args, ['change', 'amountCents'], 25_001);
    expect(no(factsOf({ arguments: tooMuch }))).toEqual(['arguments', 'arguments-invalid']);
  });

  it('stop every argument that the schema does not allow, 10 000 of them (C2)', () => {
    const { arguments: args } = approve(tools.native).content;
    const facts = factsOf();
    const anything = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.double());
    const changed = fc.oneof(
      fc
        .tuple(fc.constantFrom(...leavesOf(args)), anything)
        .map(([path, value]) => withChange(args, path, value)),
      fc.tuple(fc.string(), anything).map(([name, value]) => ({ ...args, [name]: value })),
      fc.constantFrom(...leavesOf(args)).map((path) => withChange(args, path, undefined)),
    );
    let refused = 0;
    fc.assert(
      fc.property(changed, (mutated) => {
        if (validateArguments(tools.native, mutated).ok) return;
        refused += 1;
        const { proposal, content, record } = facts.authority as Authority;
        const with_ = { proposal, record, content: { ...content, arguments: mutated } };
        expect(firstNo(authorityChecks, { ...facts, authority: with_ })).toBeDefined();
        const only = authorityChecks.filter(({ name }) => name === 'arguments');
        expect(firstNo(only, { ...facts, authority: with_ })?.reason).toBe('arguments-invalid');
      }),
      { numRuns: 10_000 },
    );
    expect(refused).toBeGreaterThan(9_000);
  });

  it('stop a target that has moved on, is gone, may not be read, or is another (I25)', () => {
    const facts = factsOf();
    const moved = ['witness', 'witness-changed'];
    expect(witnessNo(facts, seen)).toBeUndefined();
    expect(witnessNo(facts, { ...seen, etag: '"2"' })).toEqual(moved);
    expect(witnessNo(facts, { ...seen, resource: '/orders/A-1' })).toEqual(moved);
    expect(witnessNo(facts, { kind: 'gone', status: 404 })).toEqual(moved);
    expect(witnessNo(facts, { kind: 'denied', status: 403 })).toEqual([
      'witness',
      'target-refused',
    ]);
  });

  it('stop a proposal that was shown without the witness that its tool needs', () => {
    expect(witnessNo(factsOf({ witness: null }), seen)).toEqual(['witness', 'witness-changed']);
    expect(witnessNo(factsOf(), { kind: 'none' })).toEqual(['witness', 'witness-changed']);
    const without = { ...tools.native, witness: 'none' as const };
    const facts = { ...factsOf({ witness: null }), tool: without };
    expect(witnessNo(facts, { kind: 'none' })).toBeUndefined();
  });

  it('say no in words that the contract knows, and never with a value', () => {
    const { arguments: args } = approve(tools.native).content;
    for (const path of leavesOf(args)) {
      const facts = factsOf({ arguments: withChange(args, path, { secret: 'Mara Muster' }) });
      const found = firstNo(authorityChecks, facts);
      expect(executionRefusals).toContain(found?.reason);
      expect(JSON.stringify(found)).not.toContain('Mara');
      expect(valueAt(args, path)).toBeDefined();
    }
  });
});
