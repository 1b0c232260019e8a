import { describe, expect, it } from '@jest/globals';
import { digestOf } from '@countersign/trust';
import {
  functionDefinition,
  functionName,
  meaningOf,
  readbackRequestFor,
  referenceIn,
  requestFor,
  toolFrom,
  toolNamed,
  witnessRequestFor,
} from '../src/index.js';
import { refund, shipped, tool } from './shipped-tools.js';

const resolve = tool('crm.resolve-ticket@1');

describe('the request of a tool', () => {
  it('is the method, the filled path, the body in canonical form, and the names of secrets', () => {
    expect(requestFor(resolve, refund, { idempotencyKey: 'key-1', ifMatch: '"7"' })).toEqual({
      target: 'crm',
      credential: 'crm-write',
      method: 'POST',
      path: '/orders/A-20931/resolutions',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'idempotency-key': 'key-1',
        'if-match': '"7"',
      },
      body:
        '{"change":{"amountCents":4990,"currency":"EUR","kind":"refund"},"customer":"0931",' +
        '"reply":{"subject":"Your refund","text":"We pay back 49.90 EUR."}}',
    });
  });

  it('is the same to the byte for the same arguments in any order', () => {
    const { order, customer, reply, change } = refund;
    const other = { change, reply: { text: reply.text, subject: reply.subject }, order, customer };
    expect(requestFor(resolve, other).body).toBe(requestFor(resolve, refund).body);
  });

  it('carries every argument, so that its digest can be recomputed from outside (I4)', () => {
    const { path, body } = requestFor(resolve, refund);
    const received = { order: path.split('/')[2], ...(JSON.parse(body!) as object) };
    expect(digestOf(received)).toBe(digestOf(refund));
  });

  it('never leaves its template', () => {
    for (const order of ['..', '.', '', undefined]) {
      expect(() => requestFor(resolve, { ...refund, order })).toThrow(/\{order\}/);
    }
    const path = requestFor(resolve, { ...refund, order: '../x?y#z' }).path;
    expect(path).toBe('/orders/..%2Fx%3Fy%23z/resolutions');
  });

  it('has no body when it reads', () => {
    expect(requestFor(tool('crm.get-order@1'), { order: 'A-20931' })).toEqual({
      target: 'crm',
      credential: 'crm-read',
      method: 'GET',
      path: '/orders/A-20931',
      headers: { accept: 'application/json' },
    });
  });
});

describe('what is asked beside it', () => {
  it('the witness: what the target looks like now, with a credential that reads', () => {
    expect(witnessRequestFor(resolve, refund)).toMatchObject({
      method: 'GET',
      path: '/orders/A-20931',
      credential: 'crm-read',
    });
    expect(witnessRequestFor(tool('crm.get-order@1'), { order: 'A-20931' })).toBeNull();
  });

  it('whether a key was used, for tools of class readback only', () => {
    const readback = toolFrom({
      ...resolve.document,
      idempotency: 'readback',
      readback: { path: '/resolutions/{idempotencyKey}', found: 200, credential: 'crm-read' },
    });
    expect(readbackRequestFor(readback, refund, 'key/1')).toMatchObject({
      method: 'GET',
      path: '/resolutions/key%2F1',
    });
    expect(readbackRequestFor(resolve, refund, 'key-1')).toBeNull();
  });
});

describe('an answer', () => {
  it('means done, stale, not done, or that nobody knows (I20, I25)', () => {
    const meanings = [200, 201, 412, 403, 404, 409, 422, 500, 503, 302, 408, 429].map((status) =>
      meaningOf(resolve, status),
    );
    expect(meanings).toEqual([
      ...['done', 'done', 'stale', 'not-done', 'not-done', 'not-done', 'not-done'],
      ...['unknown', 'unknown', 'unknown', 'unknown', 'unknown'],
    ]);
  });

  it('can be told otherwise by the manifest', () => {
    const http = { ...resolve.http, provesNothingDone: [400] };
    const careful = toolFrom({ ...resolve.document, http });
    expect([meaningOf(careful, 400), meaningOf(careful, 409)]).toEqual(['not-done', 'unknown']);
  });

  it('gives the target’s name for what was written, if it gives one', () => {
    expect(referenceIn(resolve, '{"resolutionId":"R-7"}')).toBe('R-7');
    expect(referenceIn(resolve, '{}')).toBeUndefined();
    expect(referenceIn(resolve, 'oops')).toBeUndefined();
  });
});

describe('C1: a tool by its function name', () => {
  it('is found exactly, and only among those that were given', () => {
    for (const each of shipped) expect(toolNamed(functionName(each), shipped)).toBe(each);
    expect(functionName(resolve)).toBe('crm_resolve-ticket');
    const near = [
      'crm.resolve-ticket',
      'CRM_resolve-ticket',
      'crm_resolve-tickets',
      ' crm_get-order',
    ];
    for (const name of [...near, 'constructor', '']) {
      expect(toolNamed(name, shipped)).toBeUndefined();
    }
    expect(toolNamed('crm_resolve-ticket', [tool('crm.get-order@1')])).toBeUndefined();
  });

  it('is described without words that model APIs do not know', () => {
    const { function: described } = functionDefinition(resolve);
    expect(described.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(JSON.stringify(described.parameters)).not.toContain('discriminator');
    expect(described.parameters).toMatchObject({ additionalProperties: false });
  });
});
