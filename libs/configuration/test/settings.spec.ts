import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  kinds,
  printableSettings,
  setting,
  settingsFrom,
  settingsTable,
} from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const table = {
  port: setting({
    name: 'AGENT_PORT',
    description: 'Where the agent listens.',
    parse: kinds.port,
    default: 8083,
  }),
  model: setting({ name: 'MODEL_URL', description: 'The model gateway.', parse: kinds.url }),
  key: setting({
    name: 'MODEL_KEY',
    description: 'Key of the model gateway.',
    parse: kinds.secret,
    optional: true,
  }),
  level: setting({
    name: 'LOG_LEVEL',
    description: 'The least that is logged.',
    parse: kinds.oneOf('debug', 'info'),
    default: 'info',
  }),
  lease: setting({
    name: 'LEASE',
    description: 'How long a claim lasts.',
    parse: kinds.duration,
    default: 30_000,
  }),
  workers: setting({
    name: 'WORKERS',
    description: 'Calls at once.',
    parse: kinds.integer(1, 64),
    default: 8,
  }),
};
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    settingsFrom(env, table);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('have their defaults, and the types of their kinds', () => {
    const settings = settingsFrom({ MODEL_URL: 'http://127.0.0.1:8091/v1', LOG_LEVEL: '' }, table);
    const typed: { port: number; key: string | undefined; level: 'debug' | 'info' } = settings;
    expect(typed).toEqual({
      port: 8083,
      model: 'http://127.0.0.1:8091/v1',
      key: undefined,
      level: 'info',
      lease: 30_000,
      workers: 8,
    });
  });

  it('are read by kind', () => {
    const env = {
      MODEL_URL: 'https://m.example',
      AGENT_PORT: '0',
      LEASE: 'PT1M30S',
      WORKERS: '64',
    };
    expect(settingsFrom(env, table)).toMatchObject({ port: 0, lease: 90_000, workers: 64 });
  });

  it.each([
    ['250ms', 250],
    ['48h', 172_800_000],
    ['7d', 604_800_000],
    ['PT2M', 120_000],
    ['P1DT1S', 86_401_000],
  ])('read %s as %d milliseconds', (text, ms) => {
    expect(kinds.duration.parse(text)).toBe(ms);
    expect(kinds.duration.parse(kinds.duration.print(ms))).toBe(ms);
  });

  it('are refused all at once, each by its name', () => {
    const env = { AGENT_PORT: '80a', LOG_LEVEL: 'loud', LEASE: 'P', WORKERS: '65' };
    expect(problemsOf(env)).toEqual([
      'AGENT_PORT must be a port from 0 to 65535 (0: any free one), not "80a"',
      'MODEL_URL is missing: set MODEL_URL (The model gateway.)',
      'LOG_LEVEL must be one of: debug, info, not "loud"',
      'LEASE must be a duration such as 250ms, 30s, 15m, 48h or PT2M, not "P"',
      'WORKERS must be a whole number from 1 to 64, not "65"',
    ]);
    expect(problemsOf({ MODEL_URL: 'http://user:p/a@ss@m.example' })).toEqual([
      'MODEL_URL must be an http(s) address without user and password, not "http://…@m.example"',
    ]);
    expect(problemsOf({ MODEL_URL: 'file:///etc/passwd' })).toHaveLength(1);
  });
});

describe('a secret', () => {
  const MODEL_URL = 'https://m.example';
  const file = join(folder, 'key');
  writeFileSync(file, 's3cret\n');

  it('comes from its variable or from a file', () => {
    expect(settingsFrom({ MODEL_URL, MODEL_KEY: 's3cret' }, table).key).toBe('s3cret');
    expect(settingsFrom({ MODEL_URL, MODEL_KEY_FILE: file }, table).key).toBe('s3cret');
  });

  it('is refused when given twice, unreadable or empty, without being shown', () => {
    const twice = problemsOf({ MODEL_URL, MODEL_KEY: 's3cret', MODEL_KEY_FILE: file });
    expect(twice).toEqual(['MODEL_KEY and MODEL_KEY_FILE are both set; keep one']);
    expect(problemsOf({ MODEL_URL, MODEL_KEY_FILE: join(folder, 'none') })[0]).toContain('ENOENT');
    writeFileSync(join(folder, 'empty'), '\n');
    const empty = problemsOf({ MODEL_URL, MODEL_KEY_FILE: join(folder, 'empty') });
    expect(empty[0]).toContain('names an empty file');
  });

  it('has no default', () => {
    const withDefault = { name: 'KEY', description: 'x', parse: kinds.secret, default: 'changeit' };
    expect(() => setting(withDefault)).toThrow('a secret has no default');
  });

  it('I23 is never printed', () => {
    const settings = settingsFrom({ MODEL_URL, MODEL_KEY: 's3cret' }, table);
    expect(printableSettings(table, settings)).toEqual({
      AGENT_PORT: '8083',
      MODEL_URL,
      MODEL_KEY: '(withheld)',
      LOG_LEVEL: 'info',
      LEASE: '30s',
      WORKERS: '8',
    });
  });
});

describe('the table of settings', () => {
  it('says name, kind, default and meaning of each', () => {
    expect(settingsTable(table).split('\n')).toEqual([
      '| setting | kind | default | meaning |',
      '|---|---|---|---|',
      '| `AGENT_PORT` | port | `8083` | Where the agent listens. |',
      '| `MODEL_URL` | url | **required** | The model gateway. |',
      '| `MODEL_KEY` or `MODEL_KEY_FILE` | secret | – | Key of the model gateway. |',
      '| `LOG_LEVEL` | debug \\| info | `info` | The least that is logged. |',
      '| `LEASE` | duration | `30s` | How long a claim lasts. |',
      '| `WORKERS` | integer 1–64 | `8` | Calls at once. |',
      '',
    ]);
  });
});
