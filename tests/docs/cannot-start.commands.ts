import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { settingsTable, startProduct } from '@countersign/cli';
import { settingsFrom } from '@countersign/configuration';
import { pageAt, rowsUnder } from './pages.js';

const anyPorts = Object.fromEntries(
  Object.values(settingsTable)
    .filter(({ parse }) => parse.label === 'port')
    .map(({ name }) => [name, '0']),
);

let folder: string;
const busy = createServer();
let busyPort: string;

/** A data folder that has been used. */
const used = () => join(folder, 'used');
const copyOf = (name: string): string => {
  const copy = join(folder, name);
  cpSync(used(), copy, { recursive: true });
  return copy;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-refused-'));
  busy.listen(0, '127.0.0.1');
  await once(busy, 'listening');
  busyPort = String((busy.address() as AddressInfo).port);
  const env = { ...anyPorts, COUNTERSIGN_DATA: used() };
  await (await startProduct({ settings: settingsFrom(env, settingsTable) })).stop();
});
afterAll(async () => {
  busy.close();
  await once(busy, 'close');
  rmSync(folder, { recursive: true, force: true });
});

/** `./countersign start`, ended when it comes up in spite of all. */
const start = async (env: Record<string, string>) => {
  const running = spawn('./countersign', ['start'], {
    env: { ...process.env, ...anyPorts, COUNTERSIGN_DATA: join(folder, 'new'), ...env },
  });
  let out = '';
  let lines = '';
  running.stdout.on('data', (chunk: Buffer) => {
    const wasUp = out.includes('Stop:  Ctrl-C');
    out += chunk.toString('utf8');
    // Once: a second signal does not wait for the product to drain.
    if (!wasUp && out.includes('Stop:  Ctrl-C')) running.kill('SIGINT');
  });
  running.stderr.on('data', (chunk: Buffer) => (lines += chunk.toString('utf8')));
  const [code] = (await once(running, 'close')) as [number | null];
  return { code, lines: lines.trim().split('\n'), cameUp: out.includes('Countersign is up') };
};

const refusals: readonly {
  readonly what: string;
  readonly env: () => Record<string, string>;
  readonly says: readonly RegExp[];
}[] = [
  ...['APPROVALS_PORT', 'AGENT_PORT', 'DEV_ISSUER_PORT'].map((setting) => ({
    what: `${setting} busy`,
    env: () => ({ [setting]: busyPort }),
    says: [new RegExp(`^port \\d+ \\(127\\.0\\.0\\.1\\) is in use .*${setting}`)],
  })),
  {
    what: 'a data folder that cannot be used',
    env: () => ({ COUNTERSIGN_DATA: join(used(), 'store-id') }),
    says: [/^data folder .* cannot be used .*COUNTERSIGN_DATA/],
  },
  {
    what: 'settings that are wrong, all at once',
    env: () => ({ LOG_LEVEL: 'loud', AGENT_LEASE: 'soon' }),
    says: [/^LOG_LEVEL must be one of/, /^AGENT_LEASE must be a duration/],
  },
  {
    what: 'a changed document that kept its version',
    env: () => {
      const config = join(folder, 'config');
      cpSync('config', config, { recursive: true });
      const file = join(config, 'workflows/support-ticket.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace('PT15M', 'PT20M'));
      return { COUNTERSIGN_CONFIG: config, COUNTERSIGN_DATA: copyOf('changed') };
    },
    says: [/the store knows this version with digest .* give the change a new version$/],
  },
  {
    what: 'lost keys of people',
    env: () => {
      const data = copyOf('no-people');
      for (const end of ['', '-wal', '-shm']) {
        rmSync(join(data, `subject-keys.sqlite${end}`), { force: true });
      }
      return { COUNTERSIGN_DATA: data };
    },
    says: [/^the store holds events, but .*subject-keys\.sqlite holds no keys/],
  },
  {
    what: 'incomplete signing keys',
    env: () => {
      const data = copyOf('no-agent');
      rmSync(join(data, 'keys/agent'), { recursive: true });
      return { COUNTERSIGN_DATA: data };
    },
    says: [/^the signing keys are incomplete/],
  },
];

describe('a product that cannot start', () => {
  it.each(refusals)('says so in a line and ends with 1: $what', async ({ env, says }) => {
    const { code, lines, cameUp } = await start(env());
    expect({ code, cameUp }).toEqual({ code: 1, cameUp: false });
    expect(lines).toHaveLength(says.length);
    says.forEach((line, n) => expect(lines[n]).toMatch(line));
  });

  it('names who has the data folder', async () => {
    const env = { ...anyPorts, COUNTERSIGN_DATA: used() };
    const product = await startProduct({ settings: settingsFrom(env, settingsTable) });
    const { code, lines } = await start({ COUNTERSIGN_DATA: used() });
    await product.stop();
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`in use by another Countersign (process ${process.pid})`);
  });

  it('starts when the advice about signing keys is followed', async () => {
    const data = copyOf('new-keys');
    rmSync(join(data, 'keys'), { recursive: true });
    rmSync(join(data, 'trust.jwks'));
    expect(await start({ COUNTERSIGN_DATA: data })).toMatchObject({ code: 0, cameUp: true });
  });

  it('is told of in docs/operations.md, each refusal with its way out', () => {
    const rows = rowsUnder(pageAt('docs/operations.md'), 'it says');
    expect(rows.filter(([, way]) => way === '')).toEqual([]);
    const told = rows.map(([line]) => line!.replaceAll('`', '').split(/ ?…/)[0]!);
    expect(told).toEqual(
      expect.arrayContaining([
        'port 8080 (127.0.0.1) is in use by another program',
        'LOG_LEVEL must be one of',
        'the signing keys are incomplete',
      ]),
    );
  });
});
