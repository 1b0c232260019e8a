import type { ProductAddresses } from '../../apps/countersign/src/host/start-product.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

/** Of a timeline. */
export interface Entry {
  readonly type: string;
  readonly to: string;
  readonly actor: { readonly id: string };
  readonly recordedAt: string;
}

/** Of the CRM's ledger. */
export interface Effect {
  readonly key: string;
  readonly outcome: string;
  readonly path: string;
  readonly body: string;
}

export interface Ticket {
  readonly subject: string;
  readonly body: string;
  readonly order?: string;
  readonly requester?: string;
  readonly customer?: { id: string; name?: string; email?: string };
}

export const refund = (order: string, amount = '5.00 EUR'): Ticket => ({
  subject: `Refund for order ${order}`,
  body: `The parcel of order ${order} arrived damaged and I would like ${amount} of my money back please.`,
  order,
});

/** A running product as its users meet it, over HTTP only. */
export interface OverHttp {
  ask(
    as: string,
    method: string,
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Sends a CloudEvent as the demo source; answers what intake answered. */
  submit(id: string, ticket: Ticket, type?: string): Promise<Answer>;
  /** Sends a ticket and gives its case id. */
  open(id: string, ticket: Ticket): Promise<string>;
  /** A ticket for which people have little time, where time cannot be moved. */
  openHasty(id: string, ticket: Ticket): Promise<string>;
  case(caseId: string): Promise<any>;
  /** Waits until the case is in the state; fails with where it stands instead. */
  until(caseId: string, state: string): Promise<any>;
  timeline(caseId: string): Promise<Entry[]>;
  /** Each service hears of the others' steps a moment later: asks until there is an answer. */
  eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T>;
  /** The list of cases, as soon as it has read as far as the position. */
  list(position: string, query?: string): Promise<any>;
  /** The proposal that the case waits for a decision on. */
  pending(caseId: string): Promise<{ proposalId: string; etag: string; body: any }>;
  /** Waits until nobody knows whether the proposal was done, and people are asked to find out. */
  uncertain(caseId: string, proposalId: string): Promise<void>;
  decide(as: string, proposalId: string, etag: string, decision: object): Promise<Answer>;
  /** What the CRM's public ledger says was done for an order. */
  effects(order: string): Promise<Effect[]>;
}

export interface OverHttpOptions {
  /** Where it answers; may change when it is started again. */
  readonly addresses: () => ProductAddresses;
  readonly now: () => string;
  /** Type of hasty tickets, where they have one of their own. */
  readonly hastyType?: string;
  /** Longest that a case may take from one state to the next. */
  readonly patienceMs: number;
}

const pollMs = 15;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const ticketType = 'support.ticket.created.v1';

export const overHttp = (options: OverHttpOptions): OverHttp => {
  const { addresses, now, patienceMs, hastyType = ticketType } = options;
  const tokens = new Map<string, string>();

  const tokenOf = async (as: string): Promise<string> => {
    const { issuer } = addresses();
    // A moved clock outlives a token, so each hour has its own.
    const name = `${issuer} ${as} ${now().slice(0, 13)}`;
    const known = tokens.get(name);
    if (known) return known;
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ as }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    tokens.set(name, token);
    return token;
  };
  const ask: OverHttp['ask'] = async (as, method, url, body, headers = {}) => {
    const response = await fetch(url.startsWith('http') ? url : `${addresses().approvals}${url}`, {
      method,
      headers: {
        authorization: `Bearer ${await tokenOf(as)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: json ? JSON.parse(text) : text,
    };
  };
  const submit = (id: string, { customer, ...ticket }: Ticket, type = ticketType) =>
    ask(
      'demo',
      'POST',
      `${addresses().intake}/v1/intake`,
      {
        specversion: '1.0',
        id,
        source: 'https://demo.example/tickets',
        type,
        data: {
          customer: customer ?? { id: ticket.order?.slice(-4) ?? '8812', name: 'Mara Lind' },
          ...ticket,
        },
      },
      { 'content-type': 'application/cloudevents+json' },
    );
  const caseOf = async (caseId: string) => (await ask('ana', 'GET', `/v1/cases/${caseId}`)).body;
  const timelineOf = (caseId: string) => ask('ana', 'GET', `/v1/cases/${caseId}/timeline`);
  const eventually: OverHttp['eventually'] = async (what, look) => {
    const startedAt = Date.now();
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() - startedAt > patienceMs) throw new Error(`not in time: ${what}`);
      await sleep(pollMs);
    }
  };
  const until: OverHttp['until'] = async (caseId, state) => {
    const reached = eventually(`${caseId} ${state}`, async () => {
      const found = await caseOf(caseId);
      const isThere = found.state === state && (found.endedAt !== null || found.waiting);
      return isThere ? found : undefined;
    });
    return reached.catch(async (error: Error) => {
      const { status, body } = await timelineOf(caseId);
      throw new Error(`${error.message}: ${status} ${JSON.stringify(body, null, 1)}`);
    });
  };
  const shownAs = async (state: string, proposalId: string): Promise<Answer | undefined> => {
    const shown = await ask('ana', 'GET', `/v1/approvals/${proposalId}`);
    return shown.status === 200 && shown.body.state === state ? shown : undefined;
  };
  const pending = (caseId: string) =>
    eventually(`an open proposal of ${caseId}`, async () => {
      const found = await until(caseId, 'awaiting-approval');
      const proposalId = found.proposals.at(-1) as string;
      const shown = await shownAs('open', proposalId);
      return shown && { proposalId, etag: shown.headers.get('etag')!, body: shown.body };
    });
  return {
    ask,
    submit,
    open: async (id, ticket) => caseIdIn(await submit(id, ticket)),
    openHasty: async (id, ticket) => caseIdIn(await submit(id, ticket, hastyType)),
    case: caseOf,
    until,
    timeline: async (caseId) => (await timelineOf(caseId)).body.entries,
    eventually,
    list: (position, query = 'limit=200') =>
      eventually(`a list as of ${position}`, async () => {
        const path = `/v1/cases?${query}&min-position=${position}`;
        const { status, body } = await ask('ana', 'GET', path);
        return status === 503 ? undefined : body;
      }),
    pending,
    uncertain: async (caseId, proposalId) => {
      await until(caseId, 'uncertain');
      await eventually(`${proposalId} uncertain`, () => shownAs('uncertain', proposalId));
    },
    decide: (as, proposalId, etag, decision) =>
      ask(as, 'PUT', `/v1/approvals/${proposalId}/decision`, decision, { 'if-match': etag }),
    effects: async (order) => {
      const response = await fetch(`${addresses().crm}/ledger`);
      const ledger = (await response.json()) as { entries: Effect[] };
      return ledger.entries.filter(
        ({ path, outcome }) => path.includes(`/${order}/`) && outcome === 'effect',
      );
    },
  };
};

const caseIdIn = ({ status, body }: Answer): string => {
  if (status !== 202) throw new Error(JSON.stringify(body));
  return body.caseId;
};
