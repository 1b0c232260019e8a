import canonicalize from 'canonicalize';
import {
  bodyMaxBytes,
  ConnectionReset,
  json,
  problem,
  type CrmRequest,
  type CrmResponse,
} from './exchange.js';
import { faultFrom, type Fault } from './faults.js';
import { etagOf, type LedgerEntry, type Verdict } from './orders.js';
import type { CrmState } from './state.js';

/** `POST /faults` arms one, `DELETE /faults` disarms all. */
export const setFaults = (
  { faults }: CrmState,
  { method, headers, body }: CrmRequest,
): CrmResponse => {
  if (method === 'DELETE') {
    faults.clear();
    return json(200, { faults: [] });
  }
  // A form on a foreign page can post text, but not this type without asking first.
  if (method !== 'POST' || !headers['content-type']?.startsWith('application/json')) {
    return problem(415, 'POST application/json, or DELETE');
  }
  const fault = faultFrom(parse(body));
  if (typeof fault === 'string') return problem(400, fault);
  faults.add(fault);
  return json(200, { faults: faults.list() });
};

const parse = (body: string | undefined): unknown => {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
};

/** RFC 8785, or null when the body is no JSON or has no canonical form. */
const canonicalBody = (body: string | undefined): string | null => {
  try {
    return canonicalize(JSON.parse(body ?? '')) ?? null;
  } catch {
    return null;
  }
};

/** Decides a write call, records it, and answers; or fails the way that an armed fault says. */
export const write = async (state: CrmState, request: CrmRequest): Promise<CrmResponse> => {
  const refused = refusalBeforeLooking(state, request);
  const body = refused?.status === 413 ? null : canonicalBody(request.body);
  if (refused) return record(state, request, body, refused);
  const fault = faultOf(state, request);
  if (fault?.mode === 'slow' || fault?.mode === 'stall-before-effect') await sleep(state, fault.ms);
  if (fault?.mode === 'error-before-effect' || fault?.mode === 'stall-before-effect') {
    return record(state, request, body, refusal(503, 'out of order'), fault);
  }
  if (body === null) return record(state, request, body, refusal(400, 'the body is no JSON'));
  const call = {
    path: request.path,
    key: request.headers['idempotency-key'] ?? null,
    ifMatch: request.headers['if-match'] ?? null,
    body,
  };
  const seq = state.nextSeq();
  const verdict = state.orders.write(call, `${referencePrefix(request.path)}-${seq}`);
  const answer = await record(state, request, body, verdict, fault, seq);
  return spoil(state, fault, answer);
};

const refusal = (status: number, detail: string): Verdict => ({
  outcome: 'refused',
  status,
  detail,
  reference: null,
});
const referencePrefix = (path: string) => (path.startsWith('/legacy/') ? 'L' : 'R');

const refusalBeforeLooking = (state: CrmState, request: CrmRequest): Verdict | undefined => {
  if (Buffer.byteLength(request.body ?? '') > bodyMaxBytes) {
    return refusal(413, `at most ${bodyMaxBytes} bytes`);
  }
  if (state.mayWrite(request)) return undefined;
  return request.headers.authorization
    ? refusal(403, 'this key may not write')
    : refusal(401, 'send Authorization: Bearer <key>');
};

/** The line is in the ledger before anybody hears the answer. */
const record = async (
  state: CrmState,
  { method, path, headers }: CrmRequest,
  body: string | null,
  { done, ...verdict }: Verdict,
  fault?: Fault,
  seq = state.nextSeq(),
): Promise<CrmResponse> => {
  const entry: LedgerEntry = {
    seq,
    at: state.now(),
    method,
    path,
    key: headers['idempotency-key'] ?? null,
    ifMatch: headers['if-match'] ?? null,
    body,
    ...verdict,
    ...(fault && { fault: fault.mode }),
  };
  await state.file.append(JSON.stringify(entry));
  if (!done) return problem(verdict.status, verdict.detail);
  return json(verdict.status, done.answer, { etag: etagOf(done.answer.order) });
};

const faultOf = (state: CrmState, { path, headers }: CrmRequest): Fault | undefined => {
  const asked = state.faultHeader ? headers['x-demo-fault'] : undefined;
  if (asked === undefined) return state.faults.take(path);
  const [mode, ms] = asked.split(';');
  const fault = faultFrom({ mode, ...(ms === undefined ? {} : { ms: Number(ms) }) });
  return typeof fault === 'string' ? undefined : fault;
};

const spoil = async (
  state: CrmState,
  fault: Fault | undefined,
  answer: CrmResponse,
): Promise<CrmResponse> => {
  switch (fault?.mode) {
    case 'effect-then-500':
      return problem(500, 'something broke');
    case 'effect-then-silence':
      await sleep(state, fault.ms);
      throw new ConnectionReset('reset after silence');
    case 'effect-then-reset':
      throw new ConnectionReset('reset after the effect');
    default:
      return answer;
  }
};

const sleep = (state: CrmState, ms: number): Promise<void> =>
  new Promise((wake) => {
    const awake = () => {
      clearTimeout(timer);
      state.sleeping.delete(awake);
      wake();
    };
    const timer = setTimeout(awake, ms);
    state.sleeping.add(awake);
  });
