import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { services, streams, type Service } from '@countersign/contracts';
import { refund } from '../journeys/over-http.js';
import { startRunningServices, type RunningServices } from '../journeys/running-services.js';
import { approvedCase } from './approved-case.js';
import type { Everything } from './everything-kept.js';
import { sampledOne, seed } from './kill-sample.js';
import { effectsOf } from './kill-run.js';
import { everythingOver, placesOf } from './killed-services.js';
import { outsideOf, type Outside, type Ticket } from './people-and-upstream.js';
import { keptOf, withoutRepeats } from './what-is-kept.js';
import { findingsIn, troubleIn } from './what-must-hold.js';

const stoppedMs = 60_000;
const serviceStoppedMs = 15_000;
const patienceMs = 150_000;
/** What the issue promises, from the kill to the standby's first act. */
const takeoverMs = 10_000;
const halted = sampledOne(services);

let at: RunningServices;
let outside: Outside;
const tickets: Ticket[] = [];
beforeAll(async () => {
  process.stderr.write(`FAULTS_SEED=${seed} halts ${halted}\n`);
  at = await startRunningServices({ given: { agentLeaseMs: 5_000, executorLeaseMs: 5_000 } });
  outside = outsideOf({ hasEnded: false }, placesOf(at), undefined, patienceMs);
}, 120_000);
afterAll(() => at.stop());

/** Sends so many tickets, as often as it takes. */
const send = async (name: string, count = 1): Promise<void> => {
  const fresh = Array.from({ length: count }, (_, n) => ({
    id: `${name}-${n}`,
    order: `A-${650_000 + tickets.length + n}`,
  }));
  tickets.push(...fresh);
  await Promise.all(fresh.map((ticket) => outside.submit(ticket)));
};
const allEnded = () => outside.actUntilEnded(tickets.length);

const kept = (name: Service | 'event store') => at.product.processes.get(name)!;
const kafka = () => at.product.broker!.kafka;
const five = () => services.map(kept);

interface Readiness {
  readonly live: number;
  readonly ready: number;
  readonly failing: readonly string[];
}
const readinessOf = async (service: Service): Promise<Readiness> => {
  const door = at.addresses[service];
  const live = await fetch(`${door}/livez`);
  const ready = await fetch(`${door}/readyz`);
  const { checks } = (await ready.json()) as { checks: Record<string, string> };
  const failing = Object.keys(checks).filter((name) => checks[name] !== 'ok');
  return { live: live.status, ready: ready.status, failing };
};
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  const begun = performance.now();
  while (!(await isSo().catch(() => false))) {
    if (performance.now() - begun > patienceMs) throw new Error('it did not come to that');
    await sleep(200);
  }
};
const untilAllSay = (missing: readonly string[]) =>
  until(async () => {
    const all = await Promise.all(services.map(readinessOf));
    return all.every(
      ({ live, ready, failing }) =>
        live === 200 && ready === 503 && missing.every((name) => failing.includes(name)),
    );
  });
const untilAllReady = () =>
  until(async () => {
    const all = await Promise.all(services.map(readinessOf));
    return all.every(({ ready }) => ready === 200);
  });

describe('I24 five processes that are started before broker and store', () => {
  it('live, say what they wait for, take nothing, and come up by themselves', async () => {
    await send('before-anything');
    await allEnded();
    await Promise.all(five().map((one) => one.stop()));
    await kafka().kill();
    await kept('event store').stop();
    for (const one of five()) one.start();
    await untilAllSay(['store', 'kafka']);
    const refused = await fetch(`${at.addresses.intake}/v1/intake`, { method: 'POST' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    await Promise.all([kafka().start(), kept('event store').start()]);
    await untilAllReady();
    await send('after-the-wait');
    await allEnded();
  }, 240_000);
});

describe('I24 five processes under load', () => {
  it('go on when broker and store are killed and started again', async () => {
    const sending = send('killed', 6);
    process.kill(kafka().pid!, 'SIGKILL');
    await sleep(1_000);
    kept('event store').signal('SIGKILL');
    await sending;
    await allEnded();
    await untilAllReady();
  }, 240_000);

  it(`go on when broker and store are halted for ${stoppedMs / 1_000} s each`, async () => {
    await send('before-the-halt', 2);
    kafka().pause();
    await sleep(stoppedMs / 2);
    kept('event store').signal('SIGSTOP');
    const sending = send('during-the-halt', 4);
    await untilAllSay(['store']);
    await sleep(stoppedMs / 2);
    kafka().resume();
    await sleep(stoppedMs / 2);
    kept('event store').signal('SIGCONT');
    await sending;
    await allEnded();
    await untilAllReady();
  }, 400_000);

  it(`go on when one of them is halted for ${serviceStoppedMs / 1_000} s`, async () => {
    const sending = send('halted', 3);
    kept(halted).signal('SIGSTOP');
    await sleep(serviceStoppedMs);
    kept(halted).signal('SIGCONT');
    await sending;
    await allEnded();
    await untilAllReady();
  }, 240_000);

  it('go on without one that is halted, when there are two of it', async () => {
    await at.product.startAnother('executor');
    kept('executor').signal('SIGSTOP');
    await send('one-of-two');
    await allEnded();
    kept('executor').signal('SIGCONT');
    await untilAllReady();
  }, 240_000);
});

describe('I10 I12 of two orchestrators', () => {
  const typesIn = async (stream: string) =>
    (await at.backbone.store.read(stream)).map(({ type }) => type);
  const holder = async () => {
    const last = { direction: 'backwards', limit: 1 } as const;
    const [word] = await at.backbone.store.read(streams.lease('orchestrator'), last);
    return (word!.data as { holder: string }).holder;
  };
  /** A case on which nobody decides, shortly before its deadline; another when that was missed. */
  const nearlyExpired = async (n = 1): Promise<{ caseId: string; proposalId: string }> => {
    const caseId = await at.openHasty(`nobody-decides-${n}`, refund(`A-${659_000 + n}`));
    const { proposalId, body } = await at.pending(caseId);
    const leftMs = () => Date.parse(body.expiresAt) - Date.now();
    await sleep(leftMs() - 2_000);
    return leftMs() > 1_000 ? { caseId, proposalId } : nearlyExpired(n + 1);
  };

  it('the standby fires and publishes within 10 s after the other was killed', async () => {
    const two = [kept('orchestrator'), await at.product.startAnother('orchestrator')];
    const { caseId, proposalId } = await nearlyExpired();
    const held = await holder();
    const killed = two.find(({ name }) => name === held)!;
    const [standby] = two.filter((one) => one !== killed);
    expect(await typesIn(streams.approval(proposalId))).not.toContain('ApprovalExpired');
    killed.signal('SIGKILL');
    const killedMs = performance.now();
    // It is gone already; this only keeps it from being started again.
    const isDown = killed.stop();
    await until(async () =>
      (await typesIn(streams.approval(proposalId))).includes('ApprovalExpired'),
    );
    expect(performance.now() - killedMs).toBeLessThan(takeoverMs);
    await isDown;
    expect(await holder()).toBe(standby!.name);
    await until(async () => (await typesIn(streams.case(caseId))).includes('CaseEnded'));
    killed.start();
    await untilAllReady();
  }, 240_000);
});

describe('A1 D9 what they leave behind', () => {
  let everything: Everything;
  beforeAll(async () => {
    everything = await everythingOver(at, outside, tickets);
  }, 240_000);

  it('keeps every case as if nothing had happened (I5, I6, I8)', () => {
    for (const { id } of tickets) {
      const one = withoutRepeats(keptOf(everything.events, id), approvedCase);
      expect({ id, ...one }).toEqual({ id, ...approvedCase });
    }
  });

  it('I3 has one effect for each case, and none that is nobody’s', async () => {
    const effects = await effectsOf({ crm: { url: at.addresses.crm! } }, tickets);
    expect([...effects]).toEqual(tickets.map(({ id }) => [id, 1]));
  });

  it('I7 I10 I21 holds what any store must, and has nothing buried', () => {
    expect(findingsIn(everything)).toEqual([]);
    expect(troubleIn(everything)).toEqual([]);
  });
});
