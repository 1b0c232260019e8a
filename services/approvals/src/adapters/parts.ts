import type { Journal, View } from '@countersign/event-store';
import type { Chance } from '@countersign/hosting';
import type { ToolCaller, StoredTools } from '@countersign/tools';
import type { TrustedKeys } from '@countersign/trust';
import type { approval } from '../domain/approval.js';
import type { assistance } from '../domain/assistance.js';
import type { ApprovalsSettings } from '../settings.js';

export const approvalsParts = Symbol('approvals parts');

/** What the adapters of this service work with. */
export interface ApprovalsParts {
  readonly journal: Journal;
  readonly view: View;
  readonly tools: StoredTools;
  readonly chance: Chance;
  readonly trustedKeys: TrustedKeys;
  readonly readTarget: ToolCaller;
  readonly processes: {
    readonly approval: ReturnType<typeof approval>;
    readonly assistance: ReturnType<typeof assistance>;
  };
  readonly onPending: ApprovalsSettings['onPending'];
}
