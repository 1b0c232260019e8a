import { hash } from 'node:crypto';
import { customerById, type Order } from './catalogue.js';
import type { CrmResponse } from './exchange.js';
import type { LedgerEntry } from './orders.js';
import { style } from './page-style.js';
import type { CrmState } from './state.js';

const rowsMax = 50;

/** Text as HTML, with what could turn or hide it (controls, bidi, zero width) made visible. */
export const escapeText = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
      char === '\n' ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`,
    )
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const t = escapeText;
const money = (cents: number) => `${(cents / 100).toFixed(2)} EUR`;

const contentPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** The CRM's own page: one order, and what was written, newest first. No script. */
export const page = (state: CrmState, query: URLSearchParams): CrmResponse => {
  const asked = (query.get('order') ?? '').trim().slice(0, 20);
  const before = Number(query.get('before'));
  const end = Number.isSafeInteger(before) && before > 0 ? before : state.file.count;
  const from = Math.max(0, end - rowsMax);
  const entries = state.file
    .read(from, end)
    .map((line) => JSON.parse(line) as LedgerEntry)
    .reverse();
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Demo CRM</title>
<style>${style}</style></head><body><header><h1>Demo CRM</h1>
<p>An outside system that Countersign reads and writes. Customers and orders here are invented.</p>
</header><main>${lookup(state, asked)}${ledger(entries, from, state.file.count)}</main></body></html>`,
  };
};

const lookup = ({ orders }: CrmState, asked: string): string => {
  const order = orders.get(asked);
  const found = order ? card(order) : asked === '' ? '' : `<p>There is no order ${t(asked)}.</p>`;
  return `<section><h2>Look up an order</h2><form method="get" action="/">
<label for="order">Order number</label>
<input id="order" name="order" value="${t(asked)}" placeholder="A-20931" autocomplete="off">
<button>Look up</button></form>${found}</section>`;
};

const card = (order: Order): string => {
  const customer = customerById(order.customer);
  const { street, postalCode, city, country } = order.deliveryAddress;
  const rows: [string, string][] = [
    ['Item', `${order.item} (${order.sku})`],
    ['Customer', `${customer.name}, ${customer.id}, ${customer.email}`],
    ['Status', order.status],
    ['Price', money(order.priceCents)],
    ['Refunded', money(order.refundedCents)],
    ['Replacement', order.replacementSku ?? 'none'],
    ['Deliver to', `${street}, ${postalCode} ${city}, ${country}`],
    ['Revision', String(order.revision)],
  ];
  const list = rows.map(([name, value]) => `<dt>${name}</dt><dd>${t(value)}</dd>`).join('');
  return `<h3>${t(order.id)}</h3><dl>${list}</dl>`;
};

const ledger = (entries: readonly LedgerEntry[], from: number, count: number): string => {
  const rows = entries.map(row).join('');
  const older = from > 0 ? `<p><a href="/?before=${from}">Older calls</a></p>` : '';
  const table = `<div class="wide"><table><thead><tr><th>#</th><th>When</th><th>Outcome</th>
<th>Call</th><th>Key</th><th>Reference</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return `<section><h2>Ledger</h2>
<p>Every write call there was: ${count}. For machines: <a href="/ledger">/ledger</a>.</p>
${entries.length === 0 ? '<p>Nothing was written yet.</p>' : table}${older}</section>`;
};

const row = (entry: LedgerEntry): string => {
  const body = entry.body === null ? '' : t(JSON.stringify(JSON.parse(entry.body), null, 2));
  const details = body && `<details><summary>body received</summary><pre>${body}</pre></details>`;
  const fault = entry.fault === undefined ? '' : `, fault: ${t(entry.fault)}`;
  return `<tr class="${entry.outcome}"><td>${entry.seq}</td><td>${t(entry.at)}</td>
<td><b>${entry.outcome}</b><br>${entry.status} ${t(entry.detail)}${fault}</td>
<td>${t(entry.method)} ${t(entry.path)}${details}</td>
<td>${t(entry.key ?? '–')}</td><td>${t(entry.reference ?? '–')}</td></tr>`;
};
