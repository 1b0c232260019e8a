import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rmSync, writeFileSync } from 'node:fs';
import { everythingIn, type Everything } from './everything-kept.js';
import { openLane, type Ending, type Lane } from './killed-product.js';
import { outsideOf, type Outside, type Ticket } from './people-and-upstream.js';
import { approved, type Scenario } from './scenarios.js';
import { untilQuiet } from './traffic.js';

/**
 * When the process is killed: `point@n`, the n-th time that a case of its own reaches the point (the
 * first unless said), after all others have been recovered. Or `point again`, as soon as anything
 * reaches it: in the midst of recovering from the kill before.
 */
export type KillAt = string;

export interface KillRun {
  /** Kills that happened, and how the process ended. */
  readonly fired: ReadonlyMap<KillAt, Ending>;
  /** What is kept in the end of all cases: `undisturbed`, and one by the name of each kill. */
  readonly everything: Everything;
  /** Effects in the CRM's ledger, by case. */
  readonly effects: ReadonlyMap<string, number>;
}

/** An offset or a checkpoint follows later than the end of its case, on a busy day by a second. */
const afterTheEndMs = 2_000;

/**
 * Before something is done, a process is held so long that offsets and checkpoints are written
 * meanwhile, if there are any that should not be.
 */
const heldMs = 300;
const isHeld = /before_(handle|append|publish)$/;

/**
 * Kills the product again and again, on one data folder that lives on. Every process first recovers
 * what the kill before it left behind; in the end every case must have ended.
 * @param nextKill what to do next, told how the last process ended; undefined: no more
 */
export const killRun = async (
  nextKill: (last: Ending | undefined) => KillAt | undefined,
  firstOrder: number,
  scenario = approved,
): Promise<KillRun> => {
  const lane = await openLane(scenario.configIn);
  const outer: Outer = { lane, upstream: upstreamOf(firstOrder), scenario };
  const { upstream } = outer;
  try {
    upstream.newTicket('undisturbed');
    await undisturbed(outer);
    const fired = new Map<KillAt, Ending>();
    let last: Ending | undefined;
    for (let kill = nextKill(last); kill !== undefined; kill = nextKill(last)) {
      last = await killOnce(outer, kill);
      if (last.fired.length > 0) fired.set(kill, last);
    }
    await undisturbed(outer);
    const everything = await everythingIn(join(lane.folder, 'data'));
    return { fired, everything, effects: await effectsOf(lane, upstream.tickets) };
  } finally {
    await lane.close();
  }
};

/** One kill after the other, whether or not it happens. */
export const each = (kills: readonly KillAt[]): (() => KillAt | undefined) => {
  const left = [...kills];
  return () => left.shift();
};

/** Each point at its first hit, its second, and so on, as long as a case reaches it so often. */
export const everyHit = (points: readonly string[], hitsMax: number) => {
  const left = [...points];
  let hit = 0;
  return (last: Ending | undefined): KillAt | undefined => {
    const goesOn = hit > 0 && hit < hitsMax && last!.fired.length > 0;
    if (hit > 0 && !goesOn) left.shift();
    hit = goesOn ? hit + 1 : 1;
    return left.length > 0 ? `${left[0]}@${hit}` : undefined;
  };
};

/** What goes on while processes come and go. */
interface Outer {
  readonly lane: Lane;
  readonly upstream: Upstream;
  readonly scenario: Scenario;
}

/** Whoever sends tickets, and remembers which ones were acknowledged. */
interface Upstream {
  readonly tickets: readonly Ticket[];
  newTicket(id: string): void;
  /** Sends what was never acknowledged, and nothing else: the rest is the product's to keep. */
  send(outside: Outside): Promise<void>;
}

const upstreamOf = (firstOrder: number): Upstream => {
  const tickets: Ticket[] = [];
  const acknowledged = new Set<Ticket>();
  return {
    tickets,
    newTicket: (id) => void tickets.push({ id, order: `A-${firstOrder + tickets.length}` }),
    send: async (outside) => {
      for (const ticket of tickets) {
        if (acknowledged.has(ticket)) continue;
        if (await outside.submit(ticket)) acknowledged.add(ticket);
      }
    },
  };
};

/** Sends what is to be sent, until all cases have ended. */
const finishAll = async (outside: Outside, upstream: Upstream): Promise<void> => {
  await upstream.send(outside);
  await outside.actUntilEnded(upstream.tickets.length);
};

/** Runs until all cases have ended, upstream is told and nothing is under way; then drains. */
const undisturbed = async ({ lane, upstream, scenario }: Outer): Promise<void> => {
  const running = lane.start();
  const addresses = await running.up;
  if (addresses) {
    const outside = outsideOf(running, addresses, scenario);
    await upstream.send(outside);
    await outside.actUntilTold(upstream.tickets);
    await untilQuiet(join(lane.folder, 'data'));
  }
  const ending = await running.stop();
  if (ending.code !== 0) throw new Error(`it did not drain: ${JSON.stringify(ending)}`);
};

const killOnce = async ({ lane, upstream, scenario }: Outer, kill: KillAt): Promise<Ending> => {
  const [, point, hit = '1', again] = /^(\S+?)(?:@(\d+))?( again)?$/.exec(kill)!;
  const armed = join(lane.folder, 'armed');
  const arm = () => writeFileSync(armed, '');
  rmSync(armed, { force: true });
  if (again) arm();
  const action = isHeld.test(point!) ? `kill:${heldMs}` : 'kill';
  const running = lane.start(`${point}=${action}@${hit} when ${armed}`);
  const addresses = await running.up;
  const outside = addresses && outsideOf(running, addresses, scenario);
  if (outside) await finishAll(outside, upstream);
  if (!again) {
    upstream.newTicket(kill);
    arm();
    if (outside) await finishAll(outside, upstream);
  }
  await Promise.race([running.ended, sleep(afterTheEndMs)]);
  const ending = await (running.hasEnded ? running.ended : running.stop());
  const { signal, code, fired, errors } = ending;
  const asPlanned = fired.length > 0 ? signal === 'SIGKILL' : code === 0;
  if (!asPlanned) throw new Error(`${kill}: ended by itself: ${code} ${signal} ${errors}`);
  return ending;
};

/** Effects in the ledger, by case; those of nobody's order under a name of their own. */
export const effectsOf = async (
  { crm }: { readonly crm: { readonly url: string } },
  tickets: readonly Ticket[],
): Promise<ReadonlyMap<string, number>> => {
  const response = await fetch(`${crm.url}/ledger`);
  const { entries } = (await response.json()) as { entries: { path: string; outcome: string }[] };
  const idOf = new Map(tickets.map(({ id, order }) => [order, id]));
  const effects = new Map(tickets.map(({ id }) => [id, 0]));
  for (const { path, outcome } of entries) {
    if (outcome !== 'effect') continue;
    const order = /A-\d+/.exec(path)?.[0] ?? path;
    const id = idOf.get(order) ?? `nobody's order ${order}`;
    effects.set(id, (effects.get(id) ?? 0) + 1);
  }
  return effects;
};
