import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fileLog, transitionLine, type FileLogOptions } from '../src/index.js';

const clock = { now: () => '2026-01-05T09:00:00.000Z' };
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'log-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (options: Partial<FileLogOptions> = {}) =>
  fileLog({ folder: join(folder, 'logs'), service: 'agent', clock, ...options });
const read = (name = 'agent.jsonl') => readFileSync(join(folder, 'logs', name), 'utf8');
const lines = (name?: string) =>
  read(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a file log', () => {
  it('writes one JSON line an entry, with level, instant and service', async () => {
    const log = open();
    log.info('started', { port: 8083 });
    log.warn('slow');
    await log.close();
    const head = { ts: '2026-01-05T09:00:00.000Z', service: 'agent' };
    expect(lines()).toEqual([
      { level: 'info', ...head, port: 8083, msg: 'started' },
      { level: 'warn', ...head, msg: 'slow' },
    ]);
  });

  it('writes a transition with its ids, who acted and what it was about', async () => {
    const log = open();
    const ids = { correlationId: 'c-1', caseId: 'c-1', causationId: 'm-1' };
    const about = { tool: 'crm.reply@1', argsDigest: 'ab', outcome: 'succeeded' };
    const place = { stream: 'execution-7', revision: 2, actor: 'service:executor' };
    transitionLine(log, { type: 'ExecutionSucceeded', ...place, ...ids, ...about });
    await log.close();
    expect(lines()[0]).toMatchObject({
      level: 'info',
      msg: 'ExecutionSucceeded',
      ...place,
      ...ids,
      ...about,
    });
  });

  it('leaves out what JSON does not have', async () => {
    const log = open();
    log.info('gaps', { caseId: undefined, toJSON: () => ({ a: 1 }), deep: { toJSON: () => 'x' } });
    log.info('nothing', { caseId: undefined });
    await log.close();
    const head = { level: 'info', ts: '2026-01-05T09:00:00.000Z', service: 'agent' };
    expect(lines()).toEqual([
      { ...head, deep: {}, msg: 'gaps' },
      { ...head, msg: 'nothing' },
    ]);
  });

  it('keeps a line one line, whatever is said', async () => {
    const log = open();
    const said = 'two\nlines "quoted" \u2028 \ud800';
    log.info(said, { said });
    await log.close();
    expect(read().split('\n')).toHaveLength(2);
    expect(lines()[0]).toMatchObject({ msg: said, said });
  });

  it('leaves out what is below its level', async () => {
    const log = open({ level: 'warn' });
    log.debug('quiet');
    log.info('quiet');
    log.error('loud');
    await log.close();
    expect(lines().map((line) => line['msg'])).toEqual(['loud']);
  });

  it('goes on where the last run ended', async () => {
    for (const msg of ['first run', 'second run']) {
      const log = open();
      log.info(msg);
      await log.close();
    }
    expect(lines().map((line) => line['msg'])).toEqual(['first run', 'second run']);
  });

  it('sets a full file aside and keeps only so many', async () => {
    for (let n = 1; n <= 5; n += 1) {
      const log = open({ rotateBytes: 100, keepFiles: 2 });
      log.info(`entry ${n}`);
      await log.close();
    }
    expect(readdirSync(join(folder, 'logs')).sort()).toEqual([
      'agent.1.jsonl',
      'agent.2.jsonl',
      'agent.jsonl',
    ]);
    expect(lines()[0]).toMatchObject({ msg: 'entry 5' });
    expect(lines('agent.2.jsonl')[0]).toMatchObject({ msg: 'entry 3' });
  });

  it('says how many lines a failing disk cost, once it works again', async () => {
    const log = open();
    rmSync(join(folder, 'logs'), { recursive: true });
    writeFileSync(join(folder, 'logs'), 'in the way');
    log.info('lost');
    await log.close();
    rmSync(join(folder, 'logs'));
    const again = open();
    await again.close();
    log.info('written');
    await log.close();
    expect(lines()).toEqual([
      expect.objectContaining({ msg: 'lines dropped', count: 1 }),
      expect.objectContaining({ msg: 'written' }),
    ]);
  });
});

describe('I23 no secret reaches a log', () => {
  const secret = 'p1anted-s3cret';
  const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl';

  it.each<[string, Record<string, unknown>]>([
    ['a field of that name', { authorization: secret, Cookie: secret, apiKey: secret }],
    ['other spellings', { 'x-api-key': secret, access_token: secret, clientSecret: secret }],
    ['a list under such a name', { tokens: [secret] }],
    ['depth', { request: { headers: { authorization: secret, nested: [{ password: secret }] } } }],
    ['text', { detail: `sent Authorization: Bearer ${secret} to the target` }],
    ['text with a name', { detail: `{"password":"${secret}","a":1} apiKey=${secret}&b=2` }],
    ['an address', { url: `postgres://user:${secret}@db.example/x` }],
    ['an error', { cause: new Error(`401 for token=${secret}`, { cause: { secret } }) }],
    ['too much depth', { a: { b: { c: { d: { e: { f: { g: { token: secret } } } } } } } }],
  ])('in %s', async (_, fields) => {
    const log = open();
    log.error('call failed', fields);
    await log.close();
    expect(read()).not.toContain(secret);
    expect(lines()).toHaveLength(1);
  });

  it('as a token by shape, in the message, in text or alone', async () => {
    const log = open();
    log.info(`token ${jwt} was refused`, { header: jwt, text: `got ${jwt}.` });
    await log.close();
    expect(read()).not.toContain('eyJ');
  });

  it('also of words that were harmless before', async () => {
    const log = open();
    for (const word of ['human: ana', `password: ${secret}`, 'human: ana', `password: ${secret}`]) {
      log.info(word, { word });
    }
    await log.close();
    expect(read()).not.toContain(secret);
    expect(lines().map(({ word }) => word)).toEqual([
      'human: ana',
      'password: [redacted]',
      'human: ana',
      'password: [redacted]',
    ]);
  });

  it('while ids, counts and plain words stay readable', async () => {
    const log = open();
    const fields = {
      caseId: 'b6f3c1de-5c1c-5b57-9f0e-6d1f6c0a2f10',
      actor: 'service:agent',
      inputTokens: 812,
      at: new Date(0),
      detail: 'target answered 503 within 20 ms',
    };
    log.info('ModelCalled', fields);
    await log.close();
    expect(lines()[0]).toMatchObject({ ...fields, at: '1970-01-01T00:00:00.000Z' });
  });

  it('also when the fields form a cycle', async () => {
    const log = open();
    const fields: Record<string, unknown> = { secret };
    fields['self'] = fields;
    log.info('cycle', fields);
    await log.close();
    expect(read()).not.toContain(secret);
  });
});
