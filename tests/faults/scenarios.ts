import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Addresses } from './killed-product.js';

/** Asks a door as somebody; rejects with what it answered when that is no success. */
export type Ask = <Answer>(
  as: string,
  method: string,
  url: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** What people are asked, and what they do about it, whatever happens to the process meanwhile. */
export interface Scenario {
  readonly name: string;
  /** What the customer writes. */
  readonly wish: (order: string) => string;
  /** Does all that waits for people; whatever of it failed is done again. */
  readonly act: (ask: Ask, at: Addresses) => Promise<void>;
  /** How every case ends. */
  readonly outcome: string;
  /** How many effects it has then. */
  readonly effects: 0 | 1;
  /** Where it differs from the demo deployment: its folder of configuration. */
  readonly configIn?: (folder: string) => string;
}

interface Approval {
  readonly proposalId: string;
  readonly digest: string;
  readonly visit: number;
}

const decideAll = async (
  ask: Ask,
  { frontDoor }: Addresses,
  decisionOn: (approval: Approval) => object,
): Promise<void> => {
  const open = `${frontDoor}/v1/approvals?state=open&limit=100`;
  const { items } = await ask<{ items: Approval[] }>('ana', 'GET', open);
  for (const { proposalId } of items) {
    const url = `${frontDoor}/v1/approvals/${proposalId}`;
    const approval = await ask<Approval>('ana', 'GET', url);
    const match = { 'if-match': `"${approval.digest}"` };
    await ask('ana', 'PUT', `${url}/decision`, decisionOn(approval), match);
  }
};

const refund = (order: string) =>
  `The parcel of order ${order} arrived damaged, please refund 5.00 EUR.`;
const approve = { decision: 'approve' };

export const approved: Scenario = {
  name: 'that ana approves',
  wish: refund,
  act: (ask, at) => decideAll(ask, at, () => approve),
  outcome: 'closed',
  effects: 1,
};

const comment = 'refund 4.00 EUR only';
const changes = { decision: 'request-changes', reasonCode: 'wrong-amount', comment };

const changed: Scenario = {
  name: 'that comes back changed before it is approved',
  wish: refund,
  act: (ask, at) => decideAll(ask, at, ({ visit }) => (visit === 1 ? changes : approve)),
  outcome: 'closed',
  effects: 1,
};

const assisted: Scenario = {
  name: 'that lena proposes for, because the agent abstained',
  wish: () => 'Good morning, could you tell me which school your founders went to?',
  act: async (ask, at) => {
    const open = `${at.frontDoor}/v1/assistance?state=open&limit=100`;
    const { items } = await ask<{ items: { requestId: string }[] }>('lena', 'GET', open);
    for (const { requestId } of items) {
      const url = `${at.frontDoor}/v1/assistance/${requestId}`;
      const { content } = await ask<Assistance>('lena', 'GET', url);
      await ask('lena', 'POST', `${url}/proposal`, proposalFor(content.context.input));
    }
    await decideAll(ask, at, () => approve);
  },
  outcome: 'closed',
  effects: 1,
};

interface Input {
  readonly order: string;
  readonly customer: { readonly id: string };
}
interface Assistance {
  readonly content: { readonly context: { readonly input: Input } };
}

const proposalFor = ({ order, customer }: Input) => ({
  tool: 'crm.resolve-ticket@1',
  rationale: 'A friendly answer by hand.',
  arguments: {
    order,
    customer: customer.id,
    reply: { subject: 'Our founders', text: 'They met at evening school.' },
    change: { kind: 'none' },
  },
});

const expired: Scenario = {
  name: 'that nobody decides on in time',
  wish: refund,
  act: () => Promise.resolve(),
  outcome: 'expired',
  effects: 0,
  configIn: (folder) => {
    const config = join(folder, 'config');
    cpSync(join(process.cwd(), 'config'), config, { recursive: true });
    const escalation = join(config, 'escalations', 'standard-48h@1.yaml');
    const text = readFileSync(escalation, 'utf8');
    writeFileSync(escalation, text.replace('PT48H', 'PT2S'));
    return config;
  },
};

/** The other ways that a case can go. */
export const otherWays: readonly Scenario[] = [changed, assisted, expired];
