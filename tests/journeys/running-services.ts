import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServicesProduct, type ServicesProduct, type Settings } from '@countersign/cli';
import { services } from '@countersign/contracts';
import { eventStoreDb } from '@countersign/event-store';
import { kafkaBus } from '@countersign/messaging';
import { silentLog } from '@countersign/telemetry';
import { overHttp } from './over-http.js';
import { settingsIn } from './running-product.js';
import type { ProductInAnyWorld } from './world.js';

/** Five processes over a real broker and the development store, each part started by the suite. */
export interface RunningServices extends ProductInAnyWorld {
  readonly product: ServicesProduct;
  readonly settings: Settings;
}

export interface ServicesOptions {
  readonly given?: Partial<Settings>;
  /** How long people have for a hasty ticket; the clock of processes cannot be moved. */
  readonly hurry?: string;
  /** Told of the folder before anything is started in it. */
  readonly onFolder?: (folder: string) => void;
  /** Settings of single services. */
  readonly environmentOf?: Parameters<typeof startServicesProduct>[0]['environmentOf'];
  readonly onNews?: Parameters<typeof startServicesProduct>[0]['onNews'];
}

/** Groups wait for silent members, six seconds and up to thirty: on a busy day one after the other. */
const patienceMs = 90_000;
/** What happens of itself when a deadline passes happens within this. */
const settlesMs = 500;
const hastyType = 'support.ticket.hasty.v1';
/** Also on a busy day there is time to look, and to decide, before it is over. */
const hurryUnlessSaid = 'PT20S';

export const startRunningServices = async (
  options: ServicesOptions = {},
): Promise<RunningServices> => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-services-'));
  options.onFolder?.(folder);
  const config = configIn(folder, options.hurry ?? hurryUnlessSaid);
  const settings = settingsIn(join(folder, 'data'), { ...options.given, config });
  const { environmentOf, onNews } = options;
  const product = await startServicesProduct({
    settings,
    ...(environmentOf && { environmentOf }),
    ...(onNews && { onNews }),
  });
  const backbone = backboneOf(product);
  const processes = services.map((service) => product.processes.get(service)!);
  const now = () => new Date().toISOString();
  const wait = (instant: string) => sleep(Math.max(0, Date.parse(instant) - Date.now()));
  return {
    ...overHttp({ addresses: () => product.addresses, now, patienceMs, hastyType }),
    product,
    settings,
    addresses: product.addresses,
    backbone,
    config,
    now,
    passUntil: async (instant) => {
      await wait(instant);
      await sleep(settlesMs);
    },
    restart: async ({ until, meanwhile } = {}) => {
      await Promise.all(processes.map((one) => one.stop()));
      if (until !== undefined) await wait(until);
      meanwhile?.();
      for (const one of processes) one.start();
      await Promise.all(processes.map((one) => one.ready()));
    },
    throwViewsAway: () => {
      for (const service of services) {
        rmSync(join(settings.data, 'services', service), { recursive: true, force: true });
      }
    },
    stop: async () => {
      await backbone.bus.close();
      await backbone.store.close();
      await product.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const backboneOf = ({ eventStoreUrl, kafkaBrokers }: ServicesProduct) => {
  const brokers = kafkaBrokers.split(',');
  return {
    bus: kafkaBus({ brokers, clientId: 'operator', log: silentLog }),
    store: eventStoreDb({ url: eventStoreUrl }),
  };
};

/** Beside the shipped workflow the same one for hasty tickets, with another escalation. */
const configIn = (folder: string, hurry: string): string => {
  const config = join(folder, 'config');
  cpSync('config', config, { recursive: true });
  const copy = (from: string, to: string, changes: Readonly<Record<string, string>>) => {
    let text = readFileSync(join(config, from), 'utf8');
    for (const [found, put] of Object.entries(changes)) text = text.replaceAll(found, put);
    writeFileSync(join(config, to), text);
  };
  const names = { 'standard-48h': 'standard-hurry' };
  copy('escalations/standard-48h@1.yaml', 'escalations/standard-hurry@1.yaml', {
    ...names,
    PT48H: hurry,
  });
  copy('workflows/support-ticket.yaml', 'workflows/hasty-ticket.yaml', {
    ...names,
    'workflow: support-ticket': 'workflow: hasty-ticket',
    'support.ticket.created.v1': hastyType,
  });
  return config;
};
