import type { Recorded } from '@countersign/decider';
import type { ExecutionFact, Order } from './facts.js';

/** One claim, and how it ended. */
export interface EpochShown {
  readonly epoch: number;
  readonly worker: string;
  readonly claimedAt: string;
  readonly leaseUntil: string;
  /** Set when it is known that no call left in it. */
  postponed?: { readonly at: string; readonly detail: string };
}

/** What people read of an execution. */
export interface Standing {
  readonly proposalId: string;
  readonly caseId: string;
  readonly requestId: string;
  readonly tool: Order['tool'];
  readonly idempotency: Order['idempotency'];
  readonly digest: string;
  readonly releaseRevision: number;
  readonly approver: Order['approver'];
  readonly executableUntil: string;
  state: 'accepted' | 'claimed' | 'uncertain' | 'succeeded' | 'refused' | 'failed';
  readonly acceptedAt: string;
  updatedAt: string;
  readonly epochs: EpochShown[];
  /** What was found out, in the words of the event. */
  result?: Readonly<Record<string, unknown>>;
  uncertain?: { readonly reason: string; readonly since: string };
  resolved?: { readonly outcome: 'done' | 'not-done'; readonly by: string; readonly at: string };
  /** Set when a later word contradicts the result, which stands. */
  contradicted?: { readonly said: string; readonly detail: string; readonly at: string };
}

/** @param events of one execution; the first one accepted `order` */
export const standingOf = (order: Order, events: readonly Recorded<ExecutionFact>[]): Standing => {
  const { proposalId, caseId, requestId, tool, idempotency, digest } = order;
  const { releaseRevision, approver, executableUntil } = order;
  const acceptedAt = events[0]!.recordedAt;
  const shown: Standing = {
    ...{ proposalId, caseId, requestId, tool, idempotency, digest },
    ...{ releaseRevision, approver, executableUntil, acceptedAt },
    state: 'accepted',
    updatedAt: acceptedAt,
    epochs: [],
  };
  for (const event of events) {
    shown.updatedAt = event.recordedAt;
    show(shown, event);
  }
  return shown;
};

const show = (shown: Standing, event: Recorded<ExecutionFact>): void => {
  const at = event.recordedAt;
  switch (event.type) {
    case 'ExecutionAccepted':
      return;
    case 'ExecutionClaimed': {
      const { epoch, worker, leaseUntil } = event.data;
      shown.epochs.push({ epoch, worker, claimedAt: at, leaseUntil });
      shown.state = 'claimed';
      return;
    }
    case 'ExecutionPostponed': {
      const epoch = shown.epochs.at(-1);
      if (epoch) epoch.postponed = { at, detail: event.data.detail };
      return;
    }
    case 'ExecutionSucceeded': {
      const { epoch, by, reference } = event.data;
      return end(shown, 'succeeded', { at, epoch, by, reference });
    }
    case 'ExecutionRefused': {
      const { epoch, reason, detail } = event.data;
      return end(shown, 'refused', { at, epoch, reason, detail });
    }
    case 'ExecutionFailed':
      return end(shown, 'failed', { at, epoch: event.data.epoch, detail: event.data.detail });
    case 'ExecutionUncertain': {
      const { reason, since } = event.data;
      shown.state = 'uncertain';
      shown.uncertain = { reason, since };
      return;
    }
    case 'ExecutionResolved': {
      const { outcome, by } = event.data;
      shown.state = outcome === 'done' ? 'succeeded' : 'failed';
      shown.resolved = { outcome, by, at };
      return;
    }
    case 'ExecutionContradicted': {
      const { said, detail } = event.data;
      shown.contradicted = { said, detail, at };
      return;
    }
  }
};

const end = (
  shown: Standing,
  state: Standing['state'],
  result: Readonly<Record<string, unknown>>,
): void => {
  shown.state = state;
  shown.result = result;
};
