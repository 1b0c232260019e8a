import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold, stamp, type Recorded } from '@countersign/decider';
import { signDecision } from '@countersign/trust';
import { approval } from '../src/domain/approval.js';
import type { ApprovalFact, ApprovalInput, ApprovalState } from '../src/domain/approval-facts.js';
import {
  ana,
  approvalsSigner,
  asked,
  ben,
  proposalId,
  requestId,
  says,
  told,
} from './people-and-proposals.js';

const process = approval((record) => signDecision(record, approvalsSigner));
const endings = new Set([
  'ApprovalReleased',
  'ApprovalRejected',
  'ApprovalChangesRequested',
  'ApprovalExpired',
]);

const decision = fc.record({
  caller: fc.constantFrom(ana, ben),
  decision: fc.constantFrom('approve' as const, 'reject' as const, 'request-changes' as const),
});
const deadline = '2026-01-07T09:00:00.000Z';
const instant = fc.constantFrom('2026-01-05T10:00:00.000Z', '2026-01-07T08:59:59.999Z', deadline);

/** A writer that has read up to `read` and appends if nobody was faster; else it reads again. */
interface Writer {
  readonly input: ApprovalInput;
  readonly at: string;
  read: number | undefined;
  result: 'recorded' | 'ignored' | string | undefined;
}

describe('I13 one winner per race', () => {
  it('whatever the interleaving of two decisions and an expiry, repeats included', () => {
    fc.assert(
      fc.property(
        fc.tuple(decision, decision),
        fc.tuple(instant, instant, instant),
        // Which writer takes its next step: first it reads, then it tries to append.
        fc.array(fc.nat({ max: 2 }), { minLength: 6, maxLength: 24 }),
        (people, instants, turns) => {
          const stream: Recorded<ApprovalFact>[] = [];
          const append = (input: ApprovalInput, at: string, read: number) => {
            if (read !== stream.length) return undefined;
            const heard = told(input, at);
            const state = fold<ApprovalFact, ApprovalState>(process, stream);
            const decided = process.decide(heard, state);
            if ('facts' in decided) {
              stream.push(...stamp(heard, decided.facts, stream.length - 1));
              return 'recorded';
            }
            return 'refused' in decided ? decided.refused.code : 'ignored';
          };
          append({ type: 'RequestApproval', requestId, data: asked() }, instants[0], 0);
          const inputs: ApprovalInput[] = [
            ...people.map((said) => says(said.caller, { ...said, reasonCode: 'other' })),
            { type: 'ExpireApproval', data: { proposalId, requestId, firedAt: deadline } },
          ];
          const writers: Writer[] = inputs.map((input, n) => ({
            input,
            at: instants[n]!,
            read: undefined,
            result: undefined,
          }));
          for (const turn of [...turns, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]) {
            const writer = writers[turn]!;
            if (writer.read === undefined) writer.read = stream.length;
            else {
              writer.result = append(writer.input, writer.at, writer.read) ?? writer.result;
              writer.read = undefined;
            }
          }
          const ended = stream.filter(({ type }) => endings.has(type));
          expect(ended).toHaveLength(1);
          // Everybody got an answer, and a decision that was not recorded names its reason.
          expect(writers.every(({ result }) => result !== undefined)).toBe(true);
          const decisions = stream.filter(({ type }) => type === 'ApprovalDecided');
          expect(decisions.length).toBe(ended[0]!.type === 'ApprovalExpired' ? 0 : 1);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
