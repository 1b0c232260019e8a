import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProduct, settingsTable, type Product, type Settings } from '@countersign/cli';
import { settingsFrom } from '@countersign/configuration';
import { settableClock, type SettableClock } from '@countersign/time';
import { overHttp } from './over-http.js';
import type { ProductInAnyWorld } from './world.js';

export { refund, type Answer, type Ticket } from './over-http.js';

/** Settings with free ports and a folder of their own. */
export const settingsIn = (data: string, given: Partial<Settings> = {}): Settings => ({
  ...settingsFrom({}, settingsTable),
  data,
  approvalsPort: 0,
  intakePort: 0,
  orchestratorPort: 0,
  agentPort: 0,
  executorPort: 0,
  crmPort: 0,
  modelPort: 0,
  issuerPort: 0,
  kafkaPort: 0,
  eventStorePort: 0,
  eventStoreControlPort: 0,
  ...given,
});

/** The whole product in this process, with a clock that tests move. */
export interface RunningProduct extends ProductInAnyWorld {
  readonly product: Product;
  readonly clock: SettableClock;
}

const patienceMs = 10_000;
/** What happens of itself when a deadline passes happens within this. */
const settlesMs = 100;

export const startRunningProduct = async (
  given: Partial<Settings> = {},
): Promise<RunningProduct> => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-journey-'));
  const config = join(folder, 'config');
  cpSync(given.config ?? 'config', config, { recursive: true });
  const settings = settingsIn(join(folder, 'data'), { ...given, config });
  let clock = settableClock(new Date().toISOString());
  let product = await startProduct({ settings, clock });
  const passUntil = async (instant: string) => {
    clock.advance(Math.max(0, Date.parse(instant) - Date.parse(clock.now())));
    await new Promise((resolve) => setTimeout(resolve, settlesMs));
  };
  return {
    ...overHttp({ addresses: () => product.addresses, now: () => clock.now(), patienceMs }),
    get product() {
      return product;
    },
    get addresses() {
      return product.addresses;
    },
    get backbone() {
      return product.worlds;
    },
    get clock() {
      return clock;
    },
    config,
    now: () => clock.now(),
    passUntil,
    restart: async ({ until, meanwhile } = {}) => {
      await product.stop();
      const passing = until === undefined ? 0 : Date.parse(until) - Date.parse(clock.now());
      clock.advance(Math.max(0, passing));
      meanwhile?.();
      clock = settableClock(clock.now());
      product = await startProduct({ settings, clock });
    },
    throwViewsAway: () => rmSync(join(settings.data, 'views'), { recursive: true }),
    stop: async () => {
      await product.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
