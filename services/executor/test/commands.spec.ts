import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { topics } from '@countersign/contracts';
import { toolFrom } from '@countersign/tools';
import fc from 'fast-check';
import type { ApprovalFact, ExecutionCommand } from '../src/domain/authority.js';
import type { RefusalFact } from '../src/domain/refusals.js';
import { leavesOf, other, valueAt, withChange } from './leaves.js';
import { allTools, eventually, openMachine, type Machine } from './machine.js';
import {
  approve,
  executeMessage,
  hex,
  resolveMessage,
  strangerKey,
  tools,
  type Approved,
} from './papers.js';

let machine: Machine;
beforeEach(async () => {
  machine = await openMachine();
  await machine.signOff(...allTools);
});
afterEach(() => machine.close());

const refusedFor = async (messageId: string) => {
  const found = await eventually(async () =>
    (await machine.refusals()).find(({ data }) => data.messageId === messageId),
  );
  return found.data;
};
const nothingHappened = async (proposalId: string) => {
  expect(await machine.ledger()).toEqual([]);
  expect(await machine.execution(proposalId)).toEqual([]);
  expect(await machine.answers()).toEqual([]);
};
const succeeds = async (approved: Approved, message = executeMessage(approved.command)) => {
  await machine.send(message);
  await eventually(async () =>
    (await machine.execution(approved.proposalId)).some(
      ({ type }) => type === 'ExecutionSucceeded',
    ),
  );
};

describe('a command that nothing stands behind (C8)', () => {
  beforeEach(() => machine.startExecutor());

  it('whose approval does not exist is refused', async () => {
    const forged = executeMessage(approve(tools.native).command);
    await machine.send(forged);
    expect(await refusedFor(forged.id)).toMatchObject({
      command: 'ExecuteAction',
      why: 'request-absent',
      proposalId: forged.data.proposalId,
      caseId: forged.caseId,
    });
    await nothingHappened(forged.data.proposalId);
  });

  it('whose approval was never given, expired or was denied is refused', async () => {
    const endings: Record<string, (approved: Approved) => readonly ApprovalFact[]> = {
      open: ({ facts }) => facts.slice(0, 1),
      expired: ({ facts, proposalId }) => [
        facts[0]!,
        {
          type: 'ApprovalExpired',
          data: { requestId: randomUUID(), proposalId, firedAt: '2026-01-07T09:00:00.000Z' },
        },
      ],
      rejected: ({ facts, proposalId }) => [
        facts[0]!,
        {
          type: 'ApprovalRejected',
          data: {
            ...{ requestId: randomUUID(), proposalId, reasonCode: 'other' },
            by: { sub: 'ana', role: 'supervisor' },
          },
        },
      ],
    };
    for (const ending of Object.values(endings)) {
      const approved = approve(tools.native);
      await machine.release(approved, ending(approved));
      for (const releaseRevision of [0, 1, 2]) {
        const message = executeMessage({ ...approved.command, releaseRevision });
        await machine.send(message);
        expect(await refusedFor(message.id)).toMatchObject({ why: 'release-absent' });
      }
      await nothingHappened(approved.proposalId);
    }
  });

  it('that says anything else than what was approved is refused, and spends nothing', async () => {
    const approved = await machine.release(approve(tools.native));
    const wrong: [Partial<ExecutionCommand>, string][] = [
      [{ caseId: randomUUID() }, 'case-differs'],
      [{ digest: hex('0', 64) }, 'digest-differs'],
      [{ releaseRevision: 1 }, 'release-absent'],
      [{ releaseRevision: 99 }, 'release-absent'],
    ];
    for (const [change, why] of wrong) {
      const message = executeMessage({ ...approved.command, ...change });
      await machine.send(message);
      expect(await refusedFor(message.id)).toMatchObject({ why });
    }
    await nothingHappened(approved.proposalId);
    await succeeds(approved);
    expect(await machine.ledger()).toHaveLength(1);
  });

  it('that uses an approval a second time is refused (I3)', async () => {
    const approved = await machine.release(approve(tools.native));
    await succeeds(approved);
    await eventually(async () => (await machine.answers()).length === 1);
    const again = executeMessage(approved.command);
    await machine.send(again);
    expect(await refusedFor(again.id)).toMatchObject({ why: 'proposal-spent' });
    expect(await machine.ledger()).toHaveLength(1);
    expect(await machine.answers()).toHaveLength(1);
  });

  it('whose decision was signed by a key that nobody trusts is refused', async () => {
    const approved = approve(tools.native, {}, { signer: strangerKey.signer });
    await machine.release(approved);
    const message = executeMessage(approved.command);
    await machine.send(message);
    expect(await refusedFor(message.id)).toMatchObject({ why: 'decision-unsigned' });
    await nothingHappened(approved.proposalId);
  });

  it('is refused once, however often it is delivered, and a person is told', async () => {
    const forged = executeMessage(approve(tools.native).command);
    const other_ = executeMessage(approve(tools.native).command);
    await machine.send(forged, forged, other_, forged);
    await refusedFor(other_.id);
    await machine.send(executeMessage(approve(tools.native).command));
    await eventually(async () => (await machine.refusals()).length === 3);
    expect(machine.logged).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'a command was refused',
        messageId: forged.id,
      }),
    );
  });

  it('asks for a resolution that no second person gave, and is refused', async () => {
    const approved = await machine.release(approve(tools.native));
    const message = resolveMessage(approved.command, 'done', 'eve');
    await machine.send(message);
    expect(await refusedFor(message.id)).toMatchObject({
      command: 'ResolveExecution',
      why: 'resolution-absent',
    });
    await nothingHappened(approved.proposalId);
  });

  it('is recorded once, also behind a thousand others', async () => {
    const approved = approve(tools.native);
    const forged = executeMessage(approve(tools.native).command);
    const others = Array.from({ length: 600 }, (): RefusalFact => {
      const { caseId, proposalId } = approved;
      const head = {
        command: 'ExecuteAction',
        messageId: randomUUID(),
        proposalId,
        caseId,
      } as const;
      return { type: 'CommandRefused', data: { ...head, why: 'request-absent' } };
    });
    // More than one read of a stream gives.
    await machine.recordFacts('executor', 'refusals-executor', others);
    await machine.recordFacts('executor', 'refusals-executor', others);
    await machine.send(forged, forged);
    const next = executeMessage(approve(tools.native).command);
    await machine.send(next);
    const lastOf = async () => {
      const last = { direction: 'backwards', limit: 3 } as const;
      return machine.store.read('refusals-executor', last);
    };
    const ids = await eventually(async () => {
      const found = (await lastOf()).map(({ data }) => (data as { messageId: string }).messageId);
      return found[0] === next.id ? found : undefined;
    });
    expect(ids.slice(1)).toEqual([forged.id, others.at(-1)!.data.messageId]);
  });
});

describe('an approval of which any one part is another (C8, I4)', () => {
  it('moves nothing: no call, no execution, no answer; the refusal is recorded', async () => {
    await machine.startExecutor();
    const places = leavesOf(approve(tools.native).facts).filter((path) => {
      const place = path.join('.');
      return (
        /^0\.data\.(proposal|workflow|caseRevision)/.test(place) ||
        /^0\.data\.content\.(arguments|witness|salt)/.test(place) ||
        /^1\.data\.(record|signature|digest|by)/.test(place) ||
        /^2\.data\.(proposalId|digest|by)/.test(place)
      );
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.boolean(), async (path, odd) => {
        const approved = approve(tools.native);
        const changed = odd ? 'x' : other(valueAt(approved.facts, path));
        fc.pre(changed !== valueAt(approved.facts, path));
        await machine.release(approved, withChange(approved.facts, path, changed));
        const message = executeMessage(approved.command);
        await machine.send(message);
        await refusedFor(message.id);
        expect(await machine.execution(approved.proposalId)).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(await machine.ledger()).toEqual([]);
    expect(await machine.answers()).toEqual([]);
  });
});

describe('an approval that stands, but not for a call now', () => {
  const refusal = async (approved: Approved) => {
    await machine.startExecutor();
    await machine.release(approved);
    const message = executeMessage(approved.command);
    await machine.send(message);
    const [answer] = await eventually(async () => {
      const heard = await machine.answers();
      return heard.length > 0 ? heard : undefined;
    });
    expect(await machine.ledger()).toEqual([]);
    expect(answer).toMatchObject({ type: 'ExecutionRefused', data: { answers: message.id } });
    return (answer!.data as { reason: string }).reason;
  };

  it('is refused where no call was allowed in time', async () => {
    const executableUntil = '2026-01-05T08:59:59.000Z';
    const approved = approve(tools.native, {}, { record: { executableUntil } });
    expect(await refusal(approved)).toBe('authority-expired');
  });

  it('is refused when the tool is read-only again (C15)', async () => {
    await machine.setStage(tools.native, 'read-only');
    expect(await refusal(approve(tools.native))).toBe('stage-forbids');
  });

  it('is refused when nobody ever let that version of the tool write (C15)', async () => {
    const unsigned = { ...tools.native.document, version: 2 };
    const second = toolFrom(unsigned);
    const { name, version, digest } = second.reference;
    const data = { kind: 'tool', name, version, digest, document: second.document };
    await machine.recordFacts('orchestrator', `definition-${digest}`, [
      { type: 'DefinitionStored', data },
    ]);
    expect(await refusal(approve(second))).toBe('stage-forbids');
  });

  it('is refused when the manifest is not the one that was approved', async () => {
    const reference = { ...tools.native.reference, digest: hex('7', 64) };
    const approved = approve({ ...tools.native, reference });
    const data = { ...reference, kind: 'tool', document: tools.native.document };
    await machine.recordFacts('orchestrator', `definition-${reference.digest}`, [
      { type: 'DefinitionStored', data },
    ]);
    expect(await refusal(approved)).toBe('tool-unknown');
  });

  it('is refused when its arguments do not fit the strict schema (C2)', async () => {
    const args = { ...approve(tools.native).content.arguments, note: 'and more' };
    expect(await refusal(approve(tools.native, {}, { arguments: args }))).toBe('arguments-invalid');
  });

  it('is refused when the target has moved on since it was shown (I25)', async () => {
    expect(await refusal(approve(tools.native, { etag: '"0"' }))).toBe('witness-changed');
  });
});

describe('the doors of the executor', () => {
  it('take no commands but those of their contract', async () => {
    await machine.startExecutor();
    const value = JSON.stringify({ type: 'countersign.ExecuteAction.v1', data: 'all of it' });
    const topic = topics.commands('executor');
    await machine.bus.publish([{ topic, key: 'x', value, headers: {} }]);
    const buried = await eventually(async () => {
      for await (const found of machine.bus.browse(topics.deadLetters('executor'))) return found;
      return undefined;
    });
    expect(buried.key).toBe('x');
    expect(await machine.ledger()).toEqual([]);
  });
});
