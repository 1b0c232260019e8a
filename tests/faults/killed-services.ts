import { rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRunningServices, type RunningServices } from '../journeys/running-services.js';
import { everythingOf, type Everything } from './everything-kept.js';
import { effectsOf, type KillAt } from './kill-run.js';
import { outsideOf, type Ticket } from './people-and-upstream.js';

export interface ServicesKilled {
  /** How the process of each kill ended, and what it had said of failpoints. */
  readonly fired: ReadonlyMap<KillAt, { readonly how: string; readonly said: readonly string[] }>;
  /** What is kept in the end of all cases: `undisturbed`, and one by the name of each kill. */
  readonly everything: Everything;
  /** Effects in the CRM's ledger, by case. */
  readonly effects: ReadonlyMap<string, number>;
}

/** An offset or a checkpoint follows a little later than the end of its case. */
const afterTheEndMs = 600;
/** Before something is done, a process is held until offsets and checkpoints would be written. */
const heldMs = 300;
const isHeld = /before_(handle|append|publish)$/;
/** A killed member of a group is waited for six seconds, and starting takes as long on a busy day. */
const patienceMs = 90_000;

/**
 * Kills services one after the other, each at a point on the way of a case of its own, while broker,
 * store and the other services live on; whoever keeps them starts them again.
 */
export const killServices = async (
  kills: readonly KillAt[],
  firstOrder: number,
): Promise<ServicesKilled> => {
  const fired = new Map<KillAt, { how: string; said: readonly string[] }>();
  let folder = '';
  let said: string[] = [];
  let underway: KillAt | undefined;
  const at = await startRunningServices({
    given: { agentLeaseMs: 3_000, executorLeaseMs: 3_000 },
    environmentOf: (service) => ({
      FAILPOINTS: kills
        .filter((kill) => kill.startsWith(`${service}.`))
        .map((kill) => faultOf(kill, fileOf(folder, kill)))
        .join(','),
    }),
    onFolder: (path) => mkdirSync((folder = join(path, 'armed'))),
    onNews: (_, news) => {
      if (news.kind === 'said') said.push(news.line);
      if (news.kind !== 'ended' || underway === undefined) return;
      // It is started again right after this, and must not die of the same.
      rmSync(fileOf(folder, underway), { force: true });
      fired.set(underway, { how: news.how, said });
      said = [];
    },
  });
  try {
    const tickets: Ticket[] = [];
    const finish = async (id: string) => {
      tickets.push({ id, order: `A-${firstOrder + tickets.length}` });
      const outside = outsideOf({ hasEnded: false }, placesOf(at), undefined, patienceMs);
      await outside.submit(tickets.at(-1)!);
      await outside.actUntilEnded(tickets.length);
    };
    await finish('undisturbed');
    for (const kill of kills) {
      underway = kill;
      writeFileSync(fileOf(folder, kill), '');
      await finish(kill);
      if (!fired.has(kill)) await sleep(afterTheEndMs);
      underway = undefined;
      await Promise.all([...at.product.processes.values()].map((one) => one.ready()));
    }
    const everything = await everythingOver(at);
    const effects = await effectsOf({ crm: { url: at.addresses.crm! } }, tickets);
    return { fired, everything, effects };
  } finally {
    await at.stop();
  }
};

const fileOf = (folder: string, kill: KillAt): string => join(folder, kill);

const faultOf = (kill: KillAt, file: string): string => {
  const [point, hit = '1'] = kill.split('@');
  return `${point}=${isHeld.test(point!) ? `kill:${heldMs}` : 'kill'}@${hit} when ${file}`;
};

export const placesOf = ({ addresses }: RunningServices) => ({
  frontDoor: addresses.approvals,
  intake: addresses.intake,
  issuer: addresses.issuer,
});

/** Everything that broker and store keep, read as any other client would. */
export const everythingOver = ({ backbone }: RunningServices): Promise<Everything> =>
  everythingOf(backbone);
