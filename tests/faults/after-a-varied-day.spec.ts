import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRunningProduct, type RunningProduct } from '../journeys/running-product.js';
import { liveThroughAVariedDay, personalWords } from './a-varied-day.js';
import { everythingOf, type Everything } from './everything-kept.js';
import { untilQuiet } from './traffic.js';
import { findingsIn } from './what-must-hold.js';

const data = join(mkdtempSync(join(tmpdir(), 'countersign-day-')), 'data');
const start = () =>
  startRunningProduct({ data, executorLeaseMs: 1_000, agentLeaseMs: 5_000, logLevel: 'debug' });

let at: RunningProduct;
let evening: Everything;
beforeAll(async () => {
  at = await start();
  await liveThroughAVariedDay(at);
  await untilQuiet(data);
  evening = await everythingOf(at.product.worlds);
}, 60_000);
afterAll(async () => {
  await at.stop();
  rmSync(join(data, '..'), { recursive: true, force: true });
});

/** The state of every stream but the relays' own, as one hash each. */
const streamHashes = ({ events }: Everything): Record<string, string> => {
  const hashes = new Map<string, ReturnType<typeof createHash>>();
  for (const event of events.filter(({ stream }) => !stream.startsWith('relay-'))) {
    const hash = hashes.get(event.stream) ?? createHash('sha256');
    hashes.set(event.stream, hash.update(JSON.stringify(event)));
  }
  return Object.fromEntries([...hashes].map(([stream, hash]) => [stream, hash.digest('hex')]));
};

const tamper = (sql: string): number => {
  const db = new DatabaseSync(join(data, 'store.sqlite'), { timeout: 1_000 });
  try {
    return Number(db.prepare(sql).run().changes);
  } finally {
    db.close();
  }
};

const stopped = async (during: () => void): Promise<void> => {
  await at.stop();
  during();
  at = await start();
};

describe('after a day on which everything happened', () => {
  it('I7 I10 I21 envelopes are complete, chains hold, messages and events name one another', () => {
    const types = new Set(evening.events.map(({ type }) => type));
    const rare = ['ApprovalExpired', 'ApprovalChangesRequested', 'AssistanceProposed'];
    const rarer = ['ExecutionRefused', 'ExecutionUncertain', 'OutcomeResolved', 'IntakeRejected'];
    expect([...types]).toEqual(expect.arrayContaining([...rare, ...rarer]));
    expect(findingsIn(evening)).toEqual([]);
  });

  it('the oracle notices what is wrong, so that its silence means something', () => {
    const { events, records } = evening;
    const of = (type: string) => events.findIndex((event) => event.type === type);
    const changedAt = (n: number, change: object): Everything => ({
      records,
      events: events.with(n, { ...events[n]!, ...change }),
    });
    const { metadata } = events[of('CaseRouted')]!;
    const broken = {
      'a field of an event': changedAt(of('ExecutionSucceeded'), { data: { epoch: 9 } }),
      'an event less': { records, events: events.toSpliced(of('CaseRouted'), 1) },
      'nobody did it': changedAt(of('CaseRouted'), { metadata: { ...metadata, actor: {} } }),
      'a message less': { events, records: records.toSpliced(3, 1) },
    };
    for (const [what, everything] of Object.entries(broken)) {
      expect({ what, found: findingsIn(everything).length > 0 }).toEqual({ what, found: true });
    }
  });

  it('I11 a lost relay checkpoint makes everything be published again, and nothing move', async () => {
    await stopped(() => {
      const ofRelays = `stream in (select id from streams where name like 'relay-%')`;
      expect(tamper(`delete from events where ${ofRelays}`)).toBeGreaterThan(0);
    });
    await untilQuiet(data, 2 * evening.records.length);
    const after = await everythingOf(at.product.worlds);
    expect(streamHashes(after)).toEqual(streamHashes(evening));
    const ids = (everything: Everything) =>
      new Set(everything.records.map(({ headers }) => headers['ce_id']));
    expect(ids(after)).toEqual(ids(evening));
    expect(findingsIn(after)).toEqual([]);
  });

  it('I11 a group that begins again at the oldest message moves nothing', async () => {
    await stopped(() => {
      expect(tamper('update bus_offsets set committed = 0 where committed > 0')).toBeGreaterThan(4);
    });
    await untilQuiet(data);
    const after = await everythingOf(at.product.worlds);
    expect(streamHashes(after)).toEqual(streamHashes(evening));
  });

  it('I9 views that are thrown away come back as they were', async () => {
    let before: Record<string, unknown> = {};
    await stopped(() => {
      before = rowsOfViews();
      expect(Object.keys(before)).toContain('orchestrator.sqlite cases');
      rmSync(join(data, 'views'), { recursive: true });
    });
    const { position } = evening.events.at(-1)!;
    const list = await at.ask('ana', 'GET', `/v1/cases?min-position=${position}&limit=200`);
    expect(list.status).toBe(200);
    await untilQuiet(data);
    await stopped(() => expect(rowsOfViews()).toEqual(before));
  });

  it('I22 I23 no word of a person stands in clear: store, its log, views, logs, keys', async () => {
    const found = () => filesIn(data).flatMap(({ path, bytes }) => wordsIn(path, bytes));
    expect(found()).toEqual([]);
    await stopped(() => expect(found()).toEqual([]));
    // What the search would find: the demo CRM is another's house, and has the replies.
    const ledger = readFileSync(join(data, 'demo', 'crm-ledger.jsonl'));
    expect(wordsIn('ledger', ledger).length).toBeGreaterThan(0);
  });
});

const viewFiles = () => readdirSync(join(data, 'views')).filter((name) => /\.sqlite$/.test(name));

/** Every row of every view, without where it stands in its file and how far the view is. */
const rowsOfViews = (): Record<string, unknown> => {
  const rows: Record<string, unknown> = {};
  for (const file of viewFiles()) {
    const db = new DatabaseSync(join(data, 'views', file), { readOnly: true });
    const tables = db
      .prepare(`select name from sqlite_master where type = 'table' and name not like 'sqlite%'`)
      .all() as { name: string }[];
    for (const { name } of tables) {
      if (name === 'view_file') continue;
      const all = db.prepare(`select * from ${name}`).all();
      rows[`${file} ${name}`] = all
        .map(({ place: _, seq: __, ...row }) => JSON.stringify(row))
        .sort();
    }
    db.close();
  }
  return rows;
};

const filesIn = (folder: string): { path: string; bytes: Buffer }[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(join(data, 'demo')))
    .map((path) => ({ path, bytes: readFileSync(path) }));

/** A word as it may stand in a file: as itself, or in Base64 at any of its three places. */
const formsOf = (word: string): string[] => [
  word,
  ...[0, 1, 2].map((shift) =>
    Buffer.from('.'.repeat(shift) + word)
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  ),
];

const wordsIn = (path: string, bytes: Buffer): string[] =>
  Object.values(personalWords)
    .filter((word) => formsOf(word).some((form) => bytes.includes(form)))
    .map((word) => `${path.slice(data.length + 1)}: ${word}`);
