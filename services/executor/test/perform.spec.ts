import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { idempotencyKeyOf } from '@countersign/contracts';
import { canonical, proposalDigest } from '@countersign/trust';
import { allTools, eventually, openMachine, type Machine } from './machine.js';
import { approve, executeMessage, tools } from './papers.js';

let machine: Machine;
beforeEach(async () => {
  machine = await openMachine();
  await machine.signOff(...allTools);
});
afterEach(() => machine.close());

describe('performing a released proposal', () => {
  it('makes the one effect that was approved, and answers (I1, I4)', async () => {
    await machine.startExecutor();
    const approved = await machine.release(approve(tools.native));
    const message = executeMessage(approved.command);
    await machine.send(message);
    const [answer] = await eventually(async () => {
      const heard = await machine.answers();
      return heard.length > 0 ? heard : undefined;
    });
    expect(answer).toMatchObject({
      type: 'ExecutionSucceeded',
      caseId: approved.caseId,
      data: { answers: message.id, proposalId: approved.proposalId, epoch: 1 },
    });
    const facts = await machine.execution(approved.proposalId);
    expect(facts.map(({ type }) => type)).toEqual([
      'ExecutionAccepted',
      'ExecutionClaimed',
      'ExecutionSucceeded',
    ]);

    const [entry, ...more] = await machine.ledger();
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      outcome: 'effect',
      key: idempotencyKeyOf(approved.proposalId),
      ifMatch: '"1"',
    });
    const { order } = approved.content.arguments as { order: string };
    const written = { order, ...(JSON.parse(entry!.body!) as object) };
    expect(canonical(written)).toBe(canonical(approved.content.arguments));
    // I4: the digest recomputed from what the target received is the one that was approved.
    const digest = proposalDigest({
      ...approved.proposal,
      ...approved.content,
      arguments: written,
    });
    expect(digest).toBe(approved.digest);
  });
});
