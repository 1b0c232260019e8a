import { frontDoorAs, type Addresses } from './front-door.js';
import { duration, relative, table, type Write } from './print.js';

export interface Asking {
  readonly addresses: Addresses;
  readonly as: string;
  readonly json: boolean;
  readonly write: Write;
  readonly now: () => string;
}

interface CaseItem {
  readonly caseId: string;
  readonly workflow: string;
  readonly state: string;
  readonly step: string;
  readonly openedAt: string;
  readonly dueAt: string | null;
  readonly endedAt: string | null;
}

/** `case list`: a line a case, oldest first unless sorted otherwise. */
export const listCases = async (
  { addresses, as, json, write, now }: Asking,
  query: Readonly<Record<string, string>>,
): Promise<void> => {
  const door = await frontDoorAs(addresses, as);
  const { body } = await door.get(`/v1/cases?${new URLSearchParams(query)}`);
  if (json) return write(JSON.stringify(body));
  const { items, total } = body as { items: CaseItem[]; total: number };
  const rows = items.map((item) => [
    item.caseId,
    item.workflow,
    item.state,
    item.step,
    relative(item.openedAt, now()),
    item.endedAt
      ? `ended ${relative(item.endedAt, now())}`
      : item.dueAt
        ? relative(item.dueAt, now())
        : '–',
  ]);
  table(['case', 'workflow', 'state', 'step', 'opened', 'next deadline'], rows).forEach(write);
  write(`${items.length} of ${total} cases`);
};

interface Waiting {
  readonly what: string;
  readonly since: string;
  readonly queue?: string;
  readonly owner?: string;
  readonly next?: { at: string; what: string };
  readonly overdueSince?: string;
  readonly called?: string;
  readonly unblock: readonly string[];
}
interface CaseView extends CaseItem {
  readonly correlationId: string;
  readonly title: string;
  readonly version: number;
  readonly source: string;
  readonly sourceId: string;
  readonly updatedAt: string;
  readonly outcome: string | null;
  readonly waiting?: Waiting;
}

/** `case show`: where one case stands. */
export const showCase = async (asking: Asking, caseId: string): Promise<void> => {
  const { addresses, as, json, write, now } = asking;
  const door = await frontDoorAs(addresses, as);
  const { body } = await door.get(`/v1/cases/${encodeURIComponent(caseId)}`);
  if (json) return write(JSON.stringify(body));
  const found = body as CaseView;
  const rows = [
    ['case', found.caseId],
    ['correlation', found.correlationId],
    ['workflow', `${found.workflow}@${found.version} · ${found.title}`],
    ['state', found.state],
    ['step', found.step],
    ['from', `${found.source} ${found.sourceId}`],
    ['opened', `${found.openedAt} (${relative(found.openedAt, now())})`],
    ['last moved', `${found.updatedAt} (${relative(found.updatedAt, now())})`],
    ...(found.endedAt ? [['ended', `${found.endedAt} as ${found.outcome}`]] : []),
  ];
  table(['', ''], rows).slice(1).forEach(write);
  writeWaiting(asking, found);
};

/** `case why`: waiting on whom or what, since when, what fires next, what unblocks it. */
export const explainCase = async (asking: Asking, caseId: string): Promise<void> => {
  const door = await frontDoorAs(asking.addresses, asking.as);
  const { body } = await door.get(`/v1/cases/${encodeURIComponent(caseId)}`);
  const found = body as CaseView;
  if (asking.json) return asking.write(JSON.stringify(found.waiting ?? { ended: found.outcome }));
  writeWaiting(asking, found);
};

const writeWaiting = ({ write, now }: Asking, { waiting, outcome, endedAt }: CaseView): void => {
  if (!waiting) {
    write(`It waits for nothing: it ended as ${outcome} at ${endedAt}.`);
    return;
  }
  write(`Waiting for ${waiting.what}`);
  if (waiting.queue) write(`  in queue ${waiting.queue}, owned by ${waiting.owner}`);
  write(`  since ${waiting.since} (${relative(waiting.since, now())})`);
  if (waiting.next) {
    write(
      `  next: ${waiting.next.what} at ${waiting.next.at} (${relative(waiting.next.at, now())})`,
    );
  }
  if (waiting.overdueSince) {
    write(`  overdue since ${waiting.overdueSince}: ${waiting.called} was called`);
  }
  write('To move it on:');
  waiting.unblock.forEach((command) => write(`  ${command}`));
};

interface Entry {
  readonly recordedAt: string;
  readonly what: string;
  readonly why?: string;
  readonly step: string;
  readonly visit: number;
  readonly to: string;
  readonly tookMs: number;
  readonly actor: { type: string; id: string };
}

/** `case timeline`: who, what, when, why, how long. */
export const showTimeline = async (asking: Asking, caseId: string): Promise<void> => {
  const { addresses, as, json, write } = asking;
  const door = await frontDoorAs(addresses, as);
  const { body } = await door.get(`/v1/cases/${encodeURIComponent(caseId)}/timeline`);
  if (json) return write(JSON.stringify(body));
  const { entries } = body as { entries: Entry[] };
  const rows = entries.map((entry) => [
    entry.recordedAt,
    `${entry.actor.type}:${entry.actor.id}`,
    entry.to,
    entry.visit > 1 ? `${entry.step}#${entry.visit}` : entry.step,
    `+${duration(entry.tookMs)}`,
    entry.why ? `${entry.what} (${entry.why})` : entry.what,
  ]);
  table(['when', 'who', 'state', 'step', 'took', 'what'], rows).forEach(write);
};
