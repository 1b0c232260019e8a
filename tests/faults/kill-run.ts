import { join } from 'node:path';
import { openLane, type Lane } from './killed-product.js';
import { readKept, type Kept } from './what-is-kept.js';

export interface KillRun {
  /** The undisturbed case, the measure of all others. */
  readonly undisturbed: Kept;
  /** What is kept of the case that was sent while `failpoint` was armed. */
  readonly kept: ReadonlyMap<string, Kept>;
  /** Failpoints that fired, and the signal that ended the process. */
  readonly fired: ReadonlyMap<string, string | null>;
  /** Effects in the CRM's ledger, by order. */
  readonly effects: ReadonlyMap<string, number>;
  readonly orders: ReadonlyMap<string, string>;
}

const source = 'https://demo.example/tickets';

/**
 * Kills the product once at each point, on one data folder that lives on: each start recovers what
 * the kill before it left behind, and is killed in turn. In the end every case must have ended.
 * @param points failpoints as `name=kill@n`
 */
export const killRun = async (points: readonly string[], firstOrder: number): Promise<KillRun> => {
  const lane = await openLane();
  try {
    const orders = new Map(points.map((point, n) => [point, `A-${firstOrder + n + 1}`]));
    await undisturbedCase(lane, `A-${firstOrder}`);
    const fired = new Map<string, string | null>();
    let cases = 1;
    for (const point of points) {
      const running = lane.start(point);
      cases += 1;
      if (await running.ready()) {
        if (await running.submit(point, orders.get(point)!)) await running.approveUntilEnded(cases);
        // A checkpoint or an offset follows a little later than the case's end.
        await Promise.race([running.ended, new Promise((resolve) => setTimeout(resolve, 2_000))]);
        if (!running.hasEnded) await running.stop();
      }
      const { signal, fired: names, errors } = await running.ended;
      if (names.length === 0 && signal !== 'SIGTERM' && signal !== null) throw new Error(errors);
      if (names.includes(point.split('=')[0]!)) fired.set(point, signal);
    }
    await finish(lane, points, orders, cases);
    const ids = ['undisturbed', ...points];
    const kept = await readKept(join(lane.folder, 'data'), source, ids);
    return {
      undisturbed: kept.get('undisturbed')!,
      kept,
      fired,
      effects: await effectsOf(lane),
      orders,
    };
  } finally {
    await lane.close();
  }
};

const undisturbedCase = async (lane: Lane, order: string): Promise<void> => {
  const running = lane.start();
  await running.ready();
  await running.submit('undisturbed', order);
  await running.approveUntilEnded(1);
  await running.stop();
};

/** Upstream sends again what was never acknowledged; then every case must end. */
const finish = async (
  lane: Lane,
  points: readonly string[],
  orders: ReadonlyMap<string, string>,
  cases: number,
): Promise<void> => {
  const running = lane.start();
  await running.ready();
  for (const point of points) await running.submit(point, orders.get(point)!);
  await running.approveUntilEnded(cases);
  await running.stop();
};

const effectsOf = async (lane: Lane): Promise<Map<string, number>> => {
  const effects = new Map<string, number>();
  const response = await fetch(`${lane.crm.url}/ledger`);
  const { entries } = (await response.json()) as { entries: { path: string; outcome: string }[] };
  for (const { path, outcome } of entries) {
    if (outcome !== 'effect') continue;
    const order = path.split('/')[2]!;
    effects.set(order, (effects.get(order) ?? 0) + 1);
  }
  return effects;
};
