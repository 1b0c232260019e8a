import { setTimeout as sleep } from 'node:timers/promises';
import type { Addresses, Running } from './killed-product.js';

/** What a case is made from; `id` names it upstream. */
export interface Ticket {
  readonly id: string;
  readonly order: string;
}

interface Case {
  readonly sourceId: string;
  readonly state: string;
  readonly step: string;
}

/** Everybody outside a process that may be killed at any moment: each tries until it worked. */
export interface Outside {
  /** Sends a ticket, as often as it takes; false when the process ended meanwhile. */
  submit(ticket: Ticket): Promise<boolean>;
  /** Approves all that waits, until so many cases have ended; false when the process did first. */
  approveUntilEnded(cases: number): Promise<boolean>;
}

export const ticketSource = 'https://demo.example/tickets';

/** Longest that one part of a run may take. */
const patienceMs = 30_000;
const pollMs = 30;

/** @param at where the process answers */
export const outsideOf = (running: Running, at: Addresses): Outside => {
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (as: string): Promise<string> => {
    const known = tokens.get(as) ?? tokenFrom(at.issuer, as);
    tokens.set(as, known);
    known.catch(() => tokens.delete(as));
    return known;
  };
  const ask = async <Answer>(as: string, method: string, url: string, body?: unknown, more = {}) =>
    answered<Answer>(
      await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${await tokenOf(as)}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...more,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  const insist = async (what: string, attempt: () => Promise<boolean>): Promise<boolean> => {
    const startedAt = performance.now();
    let last: unknown;
    while (!running.hasEnded) {
      if (await attempt().catch((error: unknown) => ((last = error), false))) return true;
      if (performance.now() - startedAt > patienceMs) {
        throw new Error(`gave up ${what}: ${String(last)}`);
      }
      await sleep(pollMs);
    }
    return false;
  };
  const approve = async ({ proposalId }: { proposalId: string }) => {
    const url = `${at.frontDoor}/v1/approvals/${proposalId}`;
    const { digest } = await ask<{ digest: string }>('ana', 'GET', url);
    const match = { 'if-match': `"${digest}"` };
    await ask('ana', 'PUT', `${url}/decision`, { decision: 'approve' }, match);
  };
  return {
    submit: (ticket) =>
      insist(`sending ${ticket.id}`, async () => {
        await ask('demo', 'POST', `${at.intake}/v1/intake`, cloudEvent(ticket));
        return true;
      }),
    approveUntilEnded: (cases) =>
      insist(`waiting until ${cases} cases have ended`, async () => {
        const open = `${at.frontDoor}/v1/approvals?state=open&limit=100`;
        const { items } = await ask<{ items: { proposalId: string }[] }>('ana', 'GET', open);
        for (const item of items) await approve(item);
        const ended = `${at.frontDoor}/v1/cases?open=false&limit=1`;
        if ((await ask<{ total: number }>('ana', 'GET', ended)).total >= cases) return true;
        const others = `${at.frontDoor}/v1/cases?open=true&limit=100`;
        const { items: stuck } = await ask<{ items: Case[] }>('ana', 'GET', others);
        const standing = stuck.map(({ sourceId, state, step }) => `${sourceId} ${state} ${step}`);
        throw new Error(`still open: ${standing.join(', ')}`);
      }),
  };
};

const tokenFrom = async (issuer: string, as: string): Promise<string> => {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ as }),
  });
  return (await answered<{ access_token: string }>(response)).access_token;
};

const answered = async <Answer>(response: Response): Promise<Answer> => {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
};

const cloudEvent = ({ id, order }: Ticket) => ({
  specversion: '1.0',
  id,
  source: ticketSource,
  type: 'support.ticket.created.v1',
  data: {
    customer: { id: order.slice(-4) },
    subject: `Refund for order ${order}`,
    body: `The parcel of order ${order} arrived damaged, please refund 5.00 EUR.`,
    order,
  },
});
