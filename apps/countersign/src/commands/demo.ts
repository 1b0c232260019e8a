import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../settings.js';
import type { Product } from '../host/start-product.js';
import { demoApprover } from './demo-approver.js';
import { showNews, waitsForPeople, type DemoCase, type StepShown } from './demo-story.js';
import { summarise, writeSummary } from './demo-summary.js';
import { demoTickets, runNumber, type DemoTicket } from './demo-tickets.js';
import { CommandFailed, exitCodes, frontDoorAs, type Addresses } from './front-door.js';
import { duration, plain, type Write } from './print.js';
import { startedHere, stopOnSignal } from './start.js';

export interface DemoOptions {
  readonly approve?: boolean | undefined;
  readonly short?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Longest that the demo follows its cases before it says which are stuck. */
const patienceMs = 120_000;
const lookEveryMs = 150;

/** `demo`: feeds the samples through the real door and shows every case move. */
export const runDemo = async (
  settings: Settings,
  options: DemoOptions,
  write: Write,
): Promise<void> => {
  const own = await startUnlessRunning(settings, options, write);
  try {
    await play(addressesOf(settings, own), options, write);
    if (own && !options.approve && !options.json) {
      // Listening before it is said that Ctrl-C works.
      const stopped = stopOnSignal(own, write);
      write(`The product runs until Ctrl-C: decide at ${own.addresses.approvals}`);
      await stopped;
      return;
    }
  } finally {
    await own?.stop();
  }
};

const addressesOf = (settings: Settings, own: Product | undefined): DemoAddresses => ({
  frontDoor: own?.addresses.approvals ?? `http://127.0.0.1:${settings.approvalsPort}`,
  issuer: own?.addresses.issuer ?? `http://127.0.0.1:${settings.issuerPort}`,
  crm: own?.addresses.crm ?? settings.crmUrl ?? `http://127.0.0.1:${settings.crmPort}`,
});
interface DemoAddresses extends Addresses {
  readonly crm: string;
}

const startUnlessRunning = async (
  settings: Settings,
  { json }: DemoOptions,
  write: Write,
): Promise<Product | undefined> => {
  const running = await fetch(`http://127.0.0.1:${settings.approvalsPort}/readyz`).catch(
    () => undefined,
  );
  if (running?.ok) return undefined;
  if (!json) write('starting the product…');
  return startedHere(settings);
};

const play = async (
  addresses: DemoAddresses,
  { approve = false, short = false, json = false }: DemoOptions,
  write: Write,
): Promise<void> => {
  const run = runNumber(new Date().toISOString());
  const [upstream, ana, lena] = await Promise.all(
    ['demo', 'ana', 'lena'].map((person) => frontDoorAs(addresses, person)),
  );
  const shower = json ? jsonShower(write) : textShower(write);
  const cases: DemoCase[] = [];
  for (const ticket of demoTickets(run, short)) {
    const caseId = await sendTicket(upstream!, ticket, shower);
    if (caseId !== undefined) {
      cases.push({ ticket, caseId, shown: 0, state: 'received', ended: false, steps: [] });
    }
    await showNews(ana!, cases, shower.step);
  }
  if (cases.length === 0) {
    throw new CommandFailed('intake took none of the tickets', exitCodes.failure);
  }
  const approver = approve ? demoApprover(ana!, lena!) : undefined;
  await follow(cases, ana!, approver, shower);
  cases.forEach(shower.case);
  const summary = await summarise(cases, addresses.crm, run);
  if (json) write(JSON.stringify({ kind: 'summary', run, ...summary }));
  else writeSummary(summary, approve, addresses.frontDoor, write);
};

const follow = async (
  cases: readonly DemoCase[],
  ana: Parameters<typeof showNews>[0],
  approver: ReturnType<typeof demoApprover> | undefined,
  shower: Shower,
): Promise<void> => {
  const startedAt = performance.now();
  for (;;) {
    await showNews(ana, cases, shower.step);
    const moving = cases.filter((one) => !one.ended && (approver || !waitsForPeople(one)));
    if (moving.length === 0) return;
    if (performance.now() - startedAt > patienceMs) {
      const stuck = moving.map(({ caseId, state }) => `${caseId} (${state})`).join(', ');
      throw new CommandFailed(
        `not ended after ${duration(patienceMs)}: ${stuck}; see ./countersign case why`,
        exitCodes.failure,
      );
    }
    await approver?.act(cases.filter(({ ended }) => !ended));
    await sleep(lookEveryMs);
  }
};

/** @returns the case, or nothing when the door refused */
const sendTicket = async (
  upstream: Awaited<ReturnType<typeof frontDoorAs>>,
  ticket: DemoTicket,
  shower: Shower,
): Promise<string | undefined> => {
  let caseId: string | undefined;
  for (let n = 0; n < ticket.send; n += 1) {
    try {
      const headers = { 'content-type': 'application/cloudevents+json' };
      const { body } = await upstream.send('POST', '/v1/intake', ticket.event, headers);
      caseId = (body as { caseId: string }).caseId;
      shower.sent(ticket, n === 0 ? `accepted as ${caseId}` : 'accepted again: the same case');
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      shower.sent(ticket, `refused: ${error.message.replace(/\s+/g, ' ')}`);
    }
  }
  return caseId;
};

interface Shower {
  sent(ticket: DemoTicket, what: string): void;
  step(one: DemoCase, step: StepShown): void;
  case(one: DemoCase): void;
}

const textShower = (write: Write): Shower => ({
  sent: ({ file, title }, what) => write(plain(`→ ${file.padEnd(24)} ${title}\n  ${what}`)),
  step: ({ ticket }, { to, what, why, actor, tookMs }) =>
    write(
      plain(
        `  ${ticket.file.padEnd(24)} ${to.padEnd(18)} ${actor.id.slice(0, 20).padEnd(20)} ${what}${why ? ` (${why})` : ''} +${duration(tookMs)}`,
      ),
    ),
  case: () => undefined,
});

const jsonShower = (write: Write): Shower => ({
  sent: ({ file }, what) => write(JSON.stringify({ kind: 'sent', file, what })),
  step: ({ caseId, ticket }, step) =>
    write(JSON.stringify({ kind: 'step', caseId, file: ticket.file, ...step })),
  case: ({ caseId, ticket, state, ended, steps }) =>
    write(
      JSON.stringify({
        kind: 'case',
        caseId,
        file: ticket.file,
        state,
        ended,
        steps: steps.length,
      }),
    ),
});
