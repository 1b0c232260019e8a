import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the demo's approver does about a ticket. */
export interface Approving {
  readonly do: 'approve' | 'reject' | 'request-changes' | 'decline';
  readonly reason?: string;
  readonly comment?: string;
  readonly then?: Approving;
}

export interface DemoTicket {
  readonly file: string;
  readonly title: string;
  readonly send: number;
  readonly approver: Approving | null;
  readonly outcome: string | undefined;
  readonly event: Record<string, unknown> & { readonly id: string };
}

interface IndexEntry {
  readonly file: string;
  readonly title: string;
  readonly send?: number;
  readonly approver: Approving | null;
  readonly expect: { readonly outcome?: string };
}

const folder = join(import.meta.dirname, '../../../../examples/tickets');
/** Enough to see an approval, an abstention and a refusal at the door. */
const shortRun = ['refund.json', 'malformed.json', 'unclear.json'];

/** The sample tickets, made new for this run: ids end in its number, orders contain it. */
export const demoTickets = (run: string, short: boolean): readonly DemoTicket[] => {
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    tickets: IndexEntry[];
  };
  return index.tickets
    .filter(({ file }) => !short || shortRun.includes(file))
    .map(({ file, title, send = 1, approver, expect }) => ({
      file,
      title,
      send,
      approver,
      outcome: expect.outcome,
      event: forRun(readFileSync(join(folder, file), 'utf8'), run),
    }));
};

const forRun = (text: string, run: string): DemoTicket['event'] => {
  const event = JSON.parse(text.replace(/\bA-(\d{6})\b/g, `A-${run}$1`)) as DemoTicket['event'];
  return { ...event, id: `${event.id}-${run}` };
};

/** A number of one to six digits that a second run will not share. */
export const runNumber = (now: string): string =>
  String(Math.floor(Date.parse(now) / 1_000) % 1_000_000);
