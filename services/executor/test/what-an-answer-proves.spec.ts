import { describe, expect, it } from '@jest/globals';
import type { CallOutcome } from '@countersign/tools';
import { proofIn, proofInReadback } from '../src/domain/what-an-answer-proves.js';
import { tools } from './papers.js';

const answered = (status: number, body = '{"resolutionId":"R-7"}'): CallOutcome => ({
  kind: 'answered',
  status,
  headers: {},
  body,
});
const shown = (status: number, pinned = true, tool = tools.native) => {
  const found = proofIn(tool, answered(status), pinned);
  return found.kind === 'refused' ? [found.reason, found.covers] : [found.kind];
};

describe('what an answer proves', () => {
  it('a 2xx: that it was done, under the name that the target gives', () => {
    const done = { kind: 'done', by: 'answer', reference: 'R-7' };
    expect(proofIn(tools.native, answered(201), true)).toEqual(done);
    expect(proofIn(tools.native, answered(200), true)).toEqual(done);
    expect(proofIn(tools.native, answered(200, 'no JSON'), true)).toMatchObject({
      kind: 'done',
      reference: undefined,
    });
  });

  it('a refusal on the state: that no call with the key did anything, nor will', () => {
    expect(shown(412)).toEqual(['witness-changed', 'every-call']);
    for (const status of [404, 409, 410, 422]) {
      expect(shown(status)).toEqual(['target-refused', 'every-call']);
    }
  });

  it('a refusal before the key is looked at: nothing about earlier calls', () => {
    for (const status of [400, 401, 403, 405, 413, 415, 428]) {
      expect(shown(status)).toEqual(['target-refused', 'this-call']);
    }
  });

  it('a refusal of a call that may meet any state: nothing about calls under way', () => {
    expect(shown(409, false)).toEqual(['target-refused', 'this-call']);
  });

  it('a refusal by a target that does not know the key: only for its own call', () => {
    expect(shown(412, true, tools.readback)).toEqual(['witness-changed', 'this-call']);
    expect(shown(422, true, tools.none)).toEqual(['target-refused', 'this-call']);
  });

  it('nothing at all: server errors, redirects, waits, silence', () => {
    for (const status of [500, 502, 503, 504, 302, 303, 408, 425, 429]) {
      expect(shown(status)).toEqual(['unknown']);
    }
    expect(proofIn(tools.native, { kind: 'unknown', cause: 'ECONNRESET' }, true)).toEqual({
      kind: 'unknown',
      detail: 'no answer: ECONNRESET',
    });
  });

  it('a call that never left: that it may be made', () => {
    const outcome: CallOutcome = { kind: 'no-call-left', cause: 'ECONNREFUSED' };
    expect(proofIn(tools.none, outcome, true)).toEqual({
      kind: 'not-called',
      detail: 'ECONNREFUSED',
    });
  });

  it('a question by key: found, absent, or no answer', () => {
    const asked = (outcome: CallOutcome) => proofInReadback(tools.readback, outcome);
    expect(asked(answered(200))).toEqual({ kind: 'done', by: 'readback', reference: 'R-7' });
    expect(asked(answered(404))).toBe('absent');
    for (const status of [204, 401, 403, 500]) {
      expect(asked(answered(status))).toMatchObject({ kind: 'unknown' });
    }
    expect(asked({ kind: 'no-call-left', cause: 'ECONNREFUSED' })).toMatchObject({
      kind: 'unknown',
    });
  });
});
