import type { Stage } from '@countersign/contracts';
import { proposalDigest } from '@countersign/trust';
import { validateArguments, type Tool } from '@countersign/tools';
import { isVerified, type Authority, type Unverified } from './authority.js';
import type { Order, RefusalReason } from './facts.js';

/** Why a call is not made. The detail holds our own words only, never a value. */
export interface No {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** One question that must be answered before a call; undefined lets it pass. */
export interface Check<Facts> {
  readonly name: string;
  readonly no: (facts: Facts) => No | undefined;
}

/** What is known of the authority, read anew from the store. */
export interface AuthorityFacts {
  readonly order: Order;
  readonly authority: Authority | Unverified;
  readonly now: string;
  /** How far people let the tool go; `read-only` where nobody has said. */
  readonly stage: Stage;
  /** By the digest that was approved; undefined when there is no such manifest. */
  readonly tool: Tool | undefined;
}

/** What is known of the target as well, read anew from it. */
export interface TargetFacts extends AuthorityFacts {
  readonly witness: WitnessSeen;
}
export type WitnessSeen =
  | { readonly kind: 'none' }
  | { readonly kind: 'etag'; readonly resource: string; readonly etag: string }
  | { readonly kind: 'gone'; readonly status: number }
  | { readonly kind: 'denied'; readonly status: number };

const no = (reason: RefusalReason, detail: string): No => ({ reason, detail });

const signatures: Check<AuthorityFacts> = {
  name: 'signatures',
  no: ({ authority }) =>
    isVerified(authority)
      ? undefined
      : no('authority-ended', `the approval no longer verifies: ${authority.why}`),
};

const digest: Check<AuthorityFacts> = {
  name: 'digest',
  no: ({ authority, order }) =>
    isVerified(authority) && digestIs(order.digest, authority)
      ? undefined
      : no('authority-ended', 'the approved digest is not that of the arguments'),
};

const digestIs = (ordered: string, { content, proposal }: Authority): boolean => {
  try {
    return proposalDigest({ ...content, ...proposal }) === ordered;
  } catch {
    // What has no canonical form was never approved.
    return false;
  }
};

const liveness: Check<AuthorityFacts> = {
  name: 'liveness',
  no: ({ authority, now }) => {
    if (!isVerified(authority)) return no('authority-ended', 'there is no approval');
    if (authority.endedBy !== undefined) return no('authority-ended', authority.endedBy);
    const { executableUntil } = authority.record;
    return now < executableUntil
      ? undefined
      : no('authority-expired', `executable until ${executableUntil}`);
  },
};

const stage: Check<AuthorityFacts> = {
  name: 'stage',
  no: ({ stage: now, authority }) => {
    if (now !== 'human-approval') return no('stage-forbids', 'the tool is read-only');
    return isVerified(authority) && authority.record.stage === 'human-approval'
      ? undefined
      : no('stage-forbids', 'the tool was read-only when it was approved');
  },
};

const tool: Check<AuthorityFacts> = {
  name: 'tool',
  no: ({ tool: found }) => {
    if (!found) return no('tool-unknown', 'no manifest is stored under the approved digest');
    return found.effect === 'write' ? undefined : no('tool-unknown', 'not a tool that writes');
  },
};

/** The strict schema, the caps, and that the arguments have a canonical form (C2). */
const args: Check<AuthorityFacts> = {
  name: 'arguments',
  no: ({ tool: found, authority }) => {
    if (!found || !isVerified(authority)) return no('arguments-invalid', 'nothing to hold them to');
    const validated = validateArguments(found, authority.content.arguments);
    if (validated.ok) return undefined;
    const [first] = validated.errors;
    return no('arguments-invalid', `${first?.pointer || '/'} ${first?.problem ?? 'is not valid'}`);
  },
};

/** The target still is as it was shown to the approver (I25). */
const witness: Check<TargetFacts> = {
  name: 'witness',
  no: ({ witness: seen, authority, tool: found }) => {
    if (!isVerified(authority)) return no('witness-changed', 'nothing to compare with');
    const shown = authority.content.witness;
    switch (seen.kind) {
      case 'none':
        return found?.witness === 'none' && shown === null
          ? undefined
          : no('witness-changed', 'the tool and the proposal differ on whether there is a witness');
      case 'etag':
        if (seen.resource !== shown?.resource) {
          return no('witness-changed', 'another resource was shown');
        }
        return seen.etag === shown.etag
          ? undefined
          : no('witness-changed', 'the target has moved on since it was shown');
      case 'gone':
        return no('witness-changed', `the target is gone: ${seen.status}`);
      case 'denied':
        return no('target-refused', `the target may not be read: ${seen.status}`);
    }
  },
};

/** What the store alone can answer. People and the kill switch join here. */
export const authorityChecks: readonly Check<AuthorityFacts>[] = [
  signatures,
  digest,
  liveness,
  stage,
  tool,
  args,
];
/** What the target must be asked; only after the others, since the question is made of them. */
export const targetChecks: readonly Check<TargetFacts>[] = [witness];

/** Every check before a proposal's first call, in order. */
export const checks: readonly Check<TargetFacts>[] = [...authorityChecks, ...targetChecks];

/** The first check that says no. */
export const firstNo = <Facts>(
  list: readonly Check<Facts>[],
  facts: Facts,
): (No & { readonly check: string }) | undefined => {
  for (const { name, no: ask } of list) {
    const answer = ask(facts);
    if (answer) return { ...answer, check: name };
  }
  return undefined;
};
