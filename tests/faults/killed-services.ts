import { rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { caseIdOf, topics } from '@countersign/contracts';
import { startRunningServices, type RunningServices } from '../journeys/running-services.js';
import { everythingOf, type Everything } from './everything-kept.js';
import { effectsOf, type KillAt } from './kill-run.js';
import { outsideOf, ticketSource, type Outside, type Ticket } from './people-and-upstream.js';

export interface ServicesKilled {
  /** How the process of each kill ended, and what it had said of failpoints. */
  readonly fired: ReadonlyMap<KillAt, Fired>;
  /** What else ended, and was not to: part and how. */
  readonly astray: readonly string[];
  /** What is kept in the end of all cases: `undisturbed`, and one by the name of each kill. */
  readonly everything: Everything;
  /** Effects in the CRM's ledger, by case. */
  readonly effects: ReadonlyMap<string, number>;
}

interface Fired {
  readonly how: string;
  readonly said: readonly string[];
}

/** An offset or a checkpoint follows later than the end of its case, on a busy day by seconds. */
const afterTheEndMs = 20_000;
const lookEveryMs = 20;
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
  const fired = new Map<KillAt, Fired>();
  const astray: string[] = [];
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
    onNews: (part, news) => {
      const toBeKilled = underway?.startsWith(`${part}.`);
      if (news.kind === 'said' && toBeKilled && /^failpoint /.test(news.line)) said.push(news.line);
      if (news.kind !== 'ended') return;
      if (underway === undefined || !toBeKilled || fired.has(underway)) {
        astray.push(`${part} ${news.how}`);
        return;
      }
      // It is started again right after this, and must not die of the same.
      rmSync(fileOf(folder, underway), { force: true });
      fired.set(underway, { how: news.how, said });
      said = [];
    },
  });
  try {
    const tickets: Ticket[] = [];
    const outside = outsideOf({ hasEnded: false }, placesOf(at), undefined, patienceMs);
    const finish = async (id: string) => {
      tickets.push({ id, order: `A-${firstOrder + tickets.length}` });
      await outside.submit(tickets.at(-1)!);
      await outside.actUntilEnded(tickets.length);
    };
    await finish('undisturbed');
    for (const kill of kills) {
      underway = kill;
      writeFileSync(fileOf(folder, kill), '');
      await finish(kill);
      const endedAt = performance.now();
      while (!fired.has(kill) && performance.now() - endedAt < afterTheEndMs) {
        await sleep(lookEveryMs);
      }
      underway = undefined;
      await Promise.all([...at.product.processes.values()].map((one) => one.ready()));
    }
    const everything = await everythingOver(at, outside, tickets);
    const effects = await effectsOf({ crm: { url: at.addresses.crm! } }, tickets);
    return { fired, astray, everything, effects };
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

/**
 * Everything that broker and store keep, read as any other client would, once upstream was told how
 * each of these ended: no case asks for anything after that.
 */
export const everythingOver = async (
  { backbone }: RunningServices,
  outside: Outside,
  tickets: readonly Ticket[],
): Promise<Everything> => {
  await outside.actUntilTold(tickets);
  await outside.actUntil('waiting until each outcome is published', async () => {
    const published = new Set<string>();
    for await (const { key, headers } of backbone.bus.browse(topics.outcomes)) {
      if (headers['ce_type'] === 'countersign.CaseOutcomePublished.v1') published.add(key);
    }
    return tickets.every(({ id }) => published.has(caseIdOf(ticketSource, id)));
  });
  return everythingOf(backbone);
};
