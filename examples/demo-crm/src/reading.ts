import { customerById, customerId, ordersOf } from './catalogue.js';
import { json, problem, type CrmRequest, type CrmResponse } from './exchange.js';
import { etagOf } from './orders.js';
import { page } from './page.js';
import type { CrmState } from './state.js';

const ledgerPageMax = 1_000;

/** Answers a GET: records with a key; the page, the ledger and the armed faults to anybody. */
export const read = (state: CrmState, request: CrmRequest): CrmResponse => {
  const [path = '', query = ''] = request.path.split('?', 2);
  if (path === '/') return page(state, new URLSearchParams(query));
  if (path === '/ledger') return readLedger(state, new URLSearchParams(query));
  if (path === '/faults') return json(200, { faults: state.faults.list() });
  if (!state.mayRead(request)) return unauthorized(request);
  const [, kind, id = '', part, ...rest] = path.split('/');
  if (rest.length === 0) {
    const order = kind === 'orders' && part === undefined ? state.orders.get(id) : undefined;
    if (order) return json(200, order, { etag: etagOf(order) });
    const known = kind === 'customers' && customerId.test(id);
    if (known && part === undefined) return json(200, customerById(id));
    if (known && part === 'orders')
      return json(200, { orders: ordersOf(id).map(state.orders.get) });
    const done =
      kind === 'resolutions' && part === undefined ? state.orders.doneUnder(id) : undefined;
    if (done) return json(200, done.answer);
  }
  return problem(404, 'nothing here by that name');
};

const unauthorized = ({ headers }: CrmRequest): CrmResponse =>
  headers.authorization
    ? problem(403, 'this key may not do that')
    : problem(401, 'send Authorization: Bearer <key>', { 'www-authenticate': 'Bearer' });

const readLedger = ({ file }: CrmState, query: URLSearchParams): CrmResponse => {
  const after = Number(query.get('after') ?? 0);
  const limit = Number(query.get('limit') ?? ledgerPageMax);
  if (![after, limit].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    return problem(400, 'after and limit are whole numbers');
  }
  const lines = file.read(after, after + Math.min(limit, ledgerPageMax));
  const next = after + lines.length;
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: `{"entries":[${lines.join(',')}],"next":${next},"count":${file.count}}`,
  };
};
