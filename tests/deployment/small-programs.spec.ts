import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

const run = async (program: string, ...given: string[]) => {
  const running = spawn(process.execPath, [program, ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  running.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const [code] = (await once(running, 'close')) as [number];
  return { code, said: said.join('').trim() };
};

describe('deploy/answers.js, the health check of containers', () => {
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/readyz' ? 503 : 200).end('{}');
  });
  let url: string;
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());
  /** A port that no client calls. */
  const nobody = 'http://127.0.0.1:9';

  it('is content when one of the addresses answers well', async () => {
    expect(await run('deploy/answers.js', nobody, `${url}/livez`)).toEqual({ code: 0, said: '' });
  });

  it.each([
    ['nobody is there', () => [nobody], /^bad port$/],
    ['the answer is that it is not ready', () => [`${url}/readyz`], /readyz answered 503/],
    ['nothing is asked', () => [], /name an address/],
  ] as const)('complains when %s', async (_, addresses, complaint) => {
    const { code, said } = await run('deploy/answers.js', ...addresses());
    expect([code, said]).toEqual([1, expect.stringMatching(complaint)]);
  });
});

describe('deploy/place.js, which hands secrets out', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  const placed = (name: string) => readFileSync(at(name), 'utf8');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-place-'));
    writeFileSync(at('from'), 'made');
    writeFileSync(at('keys.json'), '{"read":"r","write":1}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const place = (...pairs: string[]) =>
    run(
      'deploy/place.js',
      ...pairs.map((pair) => pair.replace(/([^=?]+)(\??=)(.+)/, `${folder}/$1$2${folder}/$3`)),
    );

  it('copies files and texts of JSON files, for their owner alone', async () => {
    expect(await place('from=to', 'keys.json#read=key')).toEqual({ code: 0, said: '' });
    expect([placed('to'), placed('key')]).toEqual(['made', 'r']);
    expect(statSync(at('to')).mode & 0o777).toBe(0o600);
  });

  it('replaces what has changed, unless what is there is to be left', async () => {
    writeFileSync(at('old'), 'old');
    writeFileSync(at('kept'), 'kept');
    await place('from=old', 'from?=kept', 'from?=new');
    expect([placed('old'), placed('kept'), placed('new')]).toEqual(['made', 'kept', 'made']);
  });

  it('leaves one of several who come at once, and nothing half done', async () => {
    await Promise.all([place('from?=to'), place('from?=to'), place('from?=to')]);
    expect(placed('to')).toBe('made');
    expect(readdirSync(folder).sort()).toEqual(['from', 'keys.json', 'to']);
  });

  it.each([
    [['nothing=to'], /ENOENT/],
    [['keys.json#write=to'], /has no text write/],
    [['from'], /write FROM=TO/],
    [[], /write FROM=TO/],
  ])('says why it cannot place %j', async (pairs, complaint) => {
    const { code, said } = await place(...pairs);
    expect([code, said]).toEqual([1, expect.stringMatching(complaint)]);
  });
});
