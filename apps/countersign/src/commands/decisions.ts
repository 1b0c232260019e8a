import { readFileSync } from 'node:fs';
import type { Asking } from './cases.js';
import { CommandFailed, exitCodes, frontDoorAs } from './front-door.js';
import { relative, table } from './print.js';

interface Question {
  readonly state: string;
  readonly queue: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
  readonly ending: string | null;
}
interface ApprovalItem extends Question {
  readonly proposalId: string;
  readonly tool: string;
}
interface AssistanceItem extends Question {
  readonly requestId: string;
  readonly caseId: string;
}

/** `approval list`: what waits for a decision, first to expire first. */
export const listApprovals = async (asking: Asking, state: string): Promise<void> => {
  const path = `/v1/approvals?state=${encodeURIComponent(state)}&sort=expiresAt`;
  await list(asking, path, ['proposal', 'state', 'queue', 'ends', 'tool'], (items) =>
    (items as ApprovalItem[]).map((item) => [
      item.proposalId,
      item.state,
      item.queue,
      endOf(item, asking),
      item.tool,
    ]),
  );
};

/** `assistance list`: what waits for a person to propose. */
export const listAssistance = async (asking: Asking): Promise<void> =>
  list(asking, '/v1/assistance', ['request', 'state', 'queue', 'ends', 'case'], (items) =>
    (items as AssistanceItem[]).map((item) => [
      item.requestId,
      item.state,
      item.queue,
      endOf(item, asking),
      item.caseId,
    ]),
  );

const list = async (
  asking: Asking,
  path: string,
  head: readonly string[],
  rowsOf: (items: unknown) => readonly string[][],
): Promise<void> => {
  const door = await frontDoorAs(asking.addresses, asking.as);
  const { body } = await door.get(path);
  if (asking.json) return asking.write(JSON.stringify(body));
  const { items } = body as { items: unknown };
  table(head, rowsOf(items)).forEach(asking.write);
};

const endOf = ({ ending, endedAt, expiresAt }: Question, { now }: Asking): string =>
  endedAt === null
    ? `expires ${relative(expiresAt, now())}`
    : `${ending} ${relative(endedAt, now())}`;

/** Shows one document of the front door as it is. */
export const showDocument = async (asking: Asking, path: string): Promise<void> => {
  const door = await frontDoorAs(asking.addresses, asking.as);
  const { body } = await door.get(path);
  asking.write(asking.json ? JSON.stringify(body) : JSON.stringify(body, null, 2));
};

export interface Deciding {
  readonly decision: 'approve' | 'reject' | 'request-changes';
  readonly reason?: string | undefined;
  readonly comment?: string | undefined;
}

/** `approval approve|reject|request-changes`: decides on the proposal as it is shown now. */
export const decide = async (
  asking: Asking,
  proposalId: string,
  { decision, reason, comment }: Deciding,
): Promise<void> => {
  const door = await frontDoorAs(asking.addresses, asking.as);
  const path = `/v1/approvals/${encodeURIComponent(proposalId)}`;
  const shown = await door.get(path);
  if (!shown.etag) throw new CommandFailed('the answer carried no digest', exitCodes.failure);
  const body = {
    decision,
    ...(reason !== undefined && { reasonCode: reason }),
    ...(comment !== undefined && { comment }),
  };
  const answer = await door.send('PUT', `${path}/decision`, body, { 'if-match': shown.etag });
  asking.write(
    asking.json ? JSON.stringify(answer.body) : `${decision}: ${proposalId} by ${asking.as}`,
  );
};

/** `execution resolve`: says whether an uncertain write happened; by someone other than the approver. */
export const resolveExecution = async (
  asking: Asking,
  proposalId: string,
  { outcome, evidence }: { outcome: string; evidence: string },
): Promise<void> => {
  const door = await frontDoorAs(asking.addresses, asking.as);
  const path = `/v1/approvals/${encodeURIComponent(proposalId)}/resolution`;
  const { body } = await door.send('PUT', path, { outcome, evidence });
  asking.write(asking.json ? JSON.stringify(body) : `${outcome}: ${proposalId} by ${asking.as}`);
};

export const declineAssistance = async (
  asking: Asking,
  requestId: string,
  { reason, comment }: { reason: string; comment?: string | undefined },
): Promise<void> => {
  const door = await frontDoorAs(asking.addresses, asking.as);
  const path = `/v1/assistance/${encodeURIComponent(requestId)}/decline`;
  const body = { reasonCode: reason, ...(comment !== undefined && { comment }) };
  const answer = await door.send('POST', path, body);
  asking.write(
    asking.json ? JSON.stringify(answer.body) : `declined: ${requestId} by ${asking.as}`,
  );
};

/** `assistance propose`: a person writes the proposal that the agent could not. */
export const proposeInstead = async (
  asking: Asking,
  requestId: string,
  given: { tool: string; arguments: string; rationale: string },
): Promise<void> => {
  const door = await frontDoorAs(asking.addresses, asking.as);
  const body = {
    tool: given.tool,
    arguments: readArguments(given.arguments),
    rationale: given.rationale,
  };
  const path = `/v1/assistance/${encodeURIComponent(requestId)}/proposal`;
  const answer = await door.send('POST', path, body);
  asking.write(
    asking.json ? JSON.stringify(answer.body) : `proposed: ${requestId} by ${asking.as}`,
  );
};

const readArguments = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    throw new CommandFailed(`${file}: ${(error as Error).message}`, exitCodes.usage);
  }
};
