// npm run bench [-- --world embedded|services] [--open N] [--seconds S] [--json FILE]: what a case
// costs, in one process or in five over Kafka and the development store.
// Every run ends with a check: one effect per case. Never part of a test.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { idempotencyKeyOf } from '@countersign/contracts';
import { startDriver, worlds, type Driver, type WorldName } from './driver.ts';
import {
  bytesByFile,
  bytesOn,
  cpuBetween,
  percentile,
  pssMiB,
  rounded,
  usageOf,
} from './measure.ts';

const { values: options } = parseArgs({
  options: {
    world: { type: 'string', default: 'embedded' },
    open: { type: 'string' },
    seconds: { type: 'string', default: '15' },
    json: { type: 'string' },
  },
});
const world = options.world as WorldName;
if (!worlds.includes(world)) {
  console.error(`--world must be one of ${worlds.join(', ')}`);
  process.exit(2);
}
const seconds = Number(options.seconds);
const inFlight = 64;
const warmUpMs = 6_000;
const openShare = 0.3;

const data = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const run = process.pid.toString(36);
const report: Record<string, unknown> = {
  at: new Date().toISOString(),
  node: process.version,
  world,
};

/** One case from the outside: sent, decided by the approver, ended. */
const wholeCase = async (driver: Driver): Promise<number> => {
  const sentAt = performance.now();
  await driver.ended(await driver.open());
  return performance.now() - sentAt;
};

const closedLoop = async (driver: Driver) => {
  const latencies: number[] = [];
  let done = 0;
  let measuring = false;
  let stopping = false;
  const loops = Array.from({ length: inFlight }, async () => {
    while (!stopping) {
      const ms = await wholeCase(driver);
      done += 1;
      if (measuring) latencies.push(ms);
    }
  });
  await sleep(warmUpMs);
  const before = usageOf(driver.pids);
  const own = process.cpuUsage();
  const doneBefore = done;
  measuring = true;
  await sleep(seconds * 1_000);
  const after = usageOf(driver.pids);
  const ownUsed = process.cpuUsage(own);
  const cases = done - doneBefore;
  measuring = false;
  stopping = true;
  await Promise.all(loops);
  const windowS = (after.atMs - before.atMs) / 1_000;
  return {
    inFlight,
    seconds: rounded(windowS),
    cases,
    casesPerSecond: rounded(cases / windowS, 1),
    ...cpuBetween(before, after, cases),
    driverCpuMsPerCase: rounded((ownUsed.user + ownUsed.system) / 1_000 / cases),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
};

const openLoop = async (driver: Driver, casesPerSecond: number) => {
  const latencies: number[] = [];
  const flying = new Set<Promise<void>>();
  const gapMs = 1_000 / casesPerSecond;
  const startedAt = performance.now();
  const before = usageOf(driver.pids);
  let sent = 0;
  while (performance.now() - startedAt < seconds * 1_000) {
    const dueAt = startedAt + sent * gapMs;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) {
      await sleep(waitMs);
      continue;
    }
    sent += 1;
    const one: Promise<void> = driver
      .open()
      .then((caseId) => driver.ended(caseId))
      .then(() => void latencies.push(performance.now() - dueAt))
      .finally(() => flying.delete(one));
    flying.add(one);
  }
  await Promise.all(flying);
  const after = usageOf(driver.pids);
  return {
    casesPerSecond: rounded(casesPerSecond, 1),
    cases: sent,
    ...cpuBetween(before, after, sent),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
};

interface LedgerEntry {
  readonly key?: string;
  readonly path: string;
  readonly outcome: string;
  readonly at: string;
}
const ledger = (): LedgerEntry[] =>
  readFileSync(join(data, 'demo', 'crm-ledger.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerEntry);

/** One effect for every case that was decided, none for any other. */
const check = (driver: Driver) => {
  const effects = new Map<string, number>();
  for (const { key, outcome } of ledger()) {
    if (outcome === 'effect') effects.set(key!, (effects.get(key!) ?? 0) + 1);
  }
  const expected = [...driver.decidedAt.keys()].map((id) => idempotencyKeyOf(id));
  return {
    cases: expected.length,
    lost: expected.filter((key) => !effects.has(key)).length,
    twice: [...effects.values()].filter((n) => n > 1).length,
    unexpected: effects.size - expected.filter((key) => effects.has(key)).length,
  };
};

const approveToEffect = (driver: Driver): number[] => {
  const decidedAt = new Map([...driver.decidedAt].map(([id, at]) => [idempotencyKeyOf(id), at]));
  return ledger().flatMap(({ key, outcome, at }) =>
    outcome === 'effect' && decidedAt.has(key!) ? [Date.parse(at) - decidedAt.get(key!)!] : [],
  );
};

const load = async (): Promise<Driver> => {
  const driver = await startDriver(world, data, run, 1_000_000);
  const bytesBefore = bytesOn(data);
  const closed = await closedLoop(driver);
  report.closedLoop = closed;
  await sleep(1_000);
  report.openLoop = await openLoop(driver, closed.casesPerSecond * openShare);
  report.approveToEffectMs = { p99: percentile(approveToEffect(driver), 0.99) };
  report.pssMiB = rounded(pssMiB(driver.pids), 1);
  await sleep(1_000);
  report.check = check(driver);
  await driver.stop();
  report.bytesPerCase = Math.round((bytesOn(data) - bytesBefore) / driver.opened.length);
  report.bytesByFile = bytesByFile(data);
  return driver;
};

const untilTrue = async (condition: () => boolean, maxS: number) => {
  for (let n = 0; n < maxS * 20 && !condition(); n += 1) await sleep(50);
  if (!condition()) throw new Error(`not within ${maxS} s`);
};

/** Many cases wait for people: what they cost, and how soon a restarted product works again. */
const manyOpen = async (count: number): Promise<Driver> => {
  const driver = await startDriver(world, data, run, 1_000_000);
  driver.hold = true;
  const basePssMiB = pssMiB(driver.pids);
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (driver.opened.length < count) await driver.open();
    }),
  );
  await untilTrue(() => driver.pendingCount() >= driver.opened.length, 300);
  const openedS = (performance.now() - startedAt) / 1_000;
  await sleep(5_000);
  const idleFrom = usageOf(driver.pids);
  await sleep(10_000);
  const idleTo = usageOf(driver.pids);
  report.open = {
    cases: driver.opened.length,
    openedPerSecond: rounded(driver.opened.length / openedS, 1),
    basePssMiB: rounded(basePssMiB, 1),
    pssMiB: rounded(pssMiB(driver.pids), 1),
    idleCpuCores: cpuBetween(idleFrom, idleTo, 1).cpuCores,
    bytesPerOpenCase: Math.round(bytesOn(data) / driver.opened.length),
  };
  const old = driver.waiting[driver.waiting.length >> 1]!;
  await driver.kill();
  const killedAt = performance.now();
  const next = await startDriver(world, data, `${run}r`, 900_000_000);
  const readyS = (performance.now() - killedAt) / 1_000;
  const since = () => rounded((performance.now() - killedAt) / 1_000);
  const [firstNewCaseS, firstOldCaseS] = await Promise.all([
    wholeCase(next).then(since),
    next
      .approve(old)
      .then(() => next.ended(old.caseId))
      .then(since),
  ]);
  report.restart = { readyS: rounded(readyS), firstNewCaseS, firstOldCaseS };
  await sleep(1_000);
  report.check = check(next);
  await next.stop();
  return next;
};

try {
  await (options.open === undefined ? load() : manyOpen(Number(options.open)));
  console.log(JSON.stringify(report, null, 1));
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  const { lost, twice, unexpected } = report.check as Record<string, number>;
  process.exitCode = lost! + twice! + unexpected! === 0 ? 0 : 1;
} finally {
  rmSync(data, { recursive: true, force: true });
}
process.exit();
