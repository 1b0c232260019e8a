import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams, topics } from '@countersign/contracts';
import { journalOf } from '@countersign/hosting';
import { currentStage, recordSignOffs } from '../src/adapters/stage-records.js';
import type { SignOff } from '../src/domain/stages.js';
import type { Pending } from '../src/settings.js';
import { agentSigner, approvalsSigner, strangerSigner } from './people-and-proposals.js';
import {
  approvalOf,
  ask,
  stageSignedOff,
  startProduct,
  tool,
  until,
  type Product,
} from './world.js';

let product: Product;
const pending: Pending[] = [];
beforeAll(async () => {
  product = await startProduct({ onPending: (one) => pending.push(one) });
});
afterAll(() => product.stop());

const deadLetters = async () => {
  const found: { key: string; text: string }[] = [];
  for await (const { key, value, headers } of product.bus.browse(topics.deadLetters('approvals'))) {
    found.push({ key, text: `${String(value)} ${JSON.stringify(headers)}` });
  }
  return found;
};

describe('a proposal that is not authentic', () => {
  const author = { type: 'human', id: 'ana' } as const;
  const wrong = {
    'signed by a key that is not trusted': () => approvalOf(caseId, { signer: strangerSigner }),
    'a model’s, signed by approvals': () => approvalOf(caseId, { signer: approvalsSigner }),
    'a person’s, signed by the agent': () => approvalOf(caseId, { author, signer: agentSigner }),
    'changed after it was signed': () => {
      const asked = approvalOf(caseId);
      const proposal = { ...asked.data.proposal, flags: [] as string[], author };
      return { ...asked, data: { ...asked.data, proposal } };
    },
    'with other arguments than were signed': () => {
      const asked = approvalOf(caseId);
      const { content } = asked.data;
      const args = { ...content.arguments, amountCents: 99_000 };
      return { ...asked, data: { ...asked.data, content: { ...content, arguments: args } } };
    },
    'with another witness than was signed': () => {
      const asked = approvalOf(caseId);
      const content = { ...asked.data.content, witness: null };
      return { ...asked, data: { ...asked.data, content } };
    },
    'made for another case': () => approvalOf(randomUUID()),
  };
  let caseId = '';
  it.each(Object.keys(wrong) as (keyof typeof wrong)[])(
    'I4 is dead-lettered and never shown: %s',
    async (name) => {
      caseId = randomUUID();
      const { data, proposalId } = wrong[name]();
      await product.say('RequestApproval', data, { caseId });
      await until(async () => (await deadLetters()).find(({ key }) => key === caseId));
      expect(await product.store.read(streams.approval(proposalId))).toEqual([]);
      expect(pending.some((one) => one.proposalId === proposalId)).toBe(false);
    },
  );
});

describe('a proposal that is authentic', () => {
  it('is told to who waits for it, once', async () => {
    const { proposalId, digest, caseId, data, requestId } = await ask(product);
    await product.say('RequestApproval', data, { caseId, id: requestId });
    await ask(product);
    const told = pending.filter((one) => one.proposalId === proposalId);
    expect(told).toEqual([{ proposalId, digest, caseId }]);
  });
  it('keeps what speaks of people out of the clear', async () => {
    const { proposalId } = await ask(product);
    const stored = JSON.stringify(await product.store.read(streams.approval(proposalId)));
    for (const words of ['refund', 'mara@example.org', 'A-1001']) {
      expect(stored.toLowerCase()).not.toContain(words.toLowerCase());
    }
  });
});

describe('the sign-offs of a deployment', () => {
  const signedOff = async () =>
    (await product.store.read(streams.stages)).map(({ data }) => data as SignOff);
  it('C15 are recorded at the first start and not again at the next', async () => {
    await product.restart();
    expect(await signedOff()).toEqual([stageSignedOff]);
    const journal = journalOf('approvals', product.world);
    expect(await currentStage(journal, tool.reference)).toBe('human-approval');
  });
  it('C15 do not undo what was decided since', async () => {
    const journal = journalOf('approvals', product.world);
    const back = { ...stageSignedOff, stage: 'read-only', reason: 'Incident 12.' } as const;
    await recordSignOffs(journal, [back]);
    await recordSignOffs(journal, [stageSignedOff]);
    expect(await signedOff()).toEqual([stageSignedOff, back]);
    expect(await currentStage(journal, tool.reference)).toBe('read-only');
  });
});
