import { setTimeout as sleep } from 'node:timers/promises';
import type { Addresses, Running } from './killed-product.js';
import { approved, type Ask } from './scenarios.js';

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

/** What intake says of an event. */
interface Standing {
  readonly outcome?: string;
}

/** Everybody outside a process that may be killed at any moment: each tries until it worked. */
export interface Outside {
  /** Sends a ticket, as often as it takes; false when the process ended meanwhile. */
  submit(ticket: Ticket): Promise<boolean>;
  /** Does what people do, until so many cases have ended; false when the process did first. */
  actUntilEnded(cases: number): Promise<boolean>;
  /** The same, and until upstream can look up how each of these ended. */
  actUntilTold(tickets: readonly Ticket[]): Promise<boolean>;
  /** Does what people do until something is so; false when the process ended first. */
  actUntil(what: string, isSo: (ask: Ask) => Promise<boolean>): Promise<boolean>;
}

export const ticketSource = 'https://demo.example/tickets';

const patienceMsUnlessSaid = 30_000;
const pollMs = 30;

/**
 * @param at where the process answers
 * @param patienceMs longest that one part of a run may take
 */
export const outsideOf = (
  running: Pick<Running, 'hasEnded'>,
  at: Addresses,
  scenario = approved,
  patienceMs = patienceMsUnlessSaid,
): Outside => {
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (as: string): Promise<string> => {
    const known = tokens.get(as) ?? tokenFrom(at.issuer, as);
    tokens.set(as, known);
    known.catch(() => tokens.delete(as));
    return known;
  };
  const ask: Ask = async (as, method, url, body, more = {}) =>
    answered(
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
  const actUntil: Outside['actUntil'] = (what, isSo) =>
    insist(what, async () => {
      await scenario.act(ask, at);
      return isSo(ask);
    });
  const actUntilEnded: Outside['actUntilEnded'] = (cases) =>
    actUntil(`waiting until ${cases} cases have ended`, async () => {
      const ended = `${at.frontDoor}/v1/cases?open=false&limit=1`;
      if ((await ask<{ total: number }>('ana', 'GET', ended)).total >= cases) return true;
      const others = `${at.frontDoor}/v1/cases?open=true&limit=100`;
      const { items: stuck } = await ask<{ items: Case[] }>('ana', 'GET', others);
      const standing = stuck.map(({ sourceId, state, step }) => `${sourceId} ${state} ${step}`);
      throw new Error(`still open: ${standing.join(', ')}`);
    });
  const told = async ({ id }: Ticket): Promise<void> => {
    const query = new URLSearchParams({ source: ticketSource, id });
    const { outcome } = await ask<Standing>('demo', 'GET', `${at.intake}/v1/intake?${query}`);
    if (outcome === undefined) throw new Error(`${id} has no outcome`);
  };
  return {
    actUntil,
    actUntilEnded,
    actUntilTold: async (tickets) => {
      if (!(await actUntilEnded(tickets.length))) return false;
      const left = [...tickets];
      return actUntil('waiting until upstream is told', async () => {
        for (; left.length > 0; left.shift()) await told(left[0]!);
        return true;
      });
    },
    submit: (ticket) =>
      insist(`sending ${ticket.id}`, async () => {
        await ask(
          'demo',
          'POST',
          `${at.intake}/v1/intake`,
          cloudEvent(ticket, scenario.wish(ticket.order)),
        );
        return true;
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

const cloudEvent = ({ id, order }: Ticket, body: string) => ({
  specversion: '1.0',
  id,
  source: ticketSource,
  type: 'support.ticket.created.v1',
  data: {
    customer: { id: order.slice(-4) },
    subject: `About order ${order}`,
    body,
    order,
  },
});
