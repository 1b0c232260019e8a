import { join } from 'node:path';
import { openDemoCrm, startDemoCrm } from '@countersign/demo-crm';
import { answer, startScriptedModel } from '@countersign/scripted-model';
import { httpToolCaller, inProcessToolCaller, type ToolCaller } from '@countersign/tools';
import type { Settings } from '../settings.js';
import { CannotStart } from './cannot-start.js';
import type { DataPlaces } from './data-folder.js';
import { demoKeys, type DemoKeys } from './demo-keys.js';

/** The model and the target systems: the customer's, or the demo's. */
export interface Outside {
  readonly model:
    | { readonly baseURL: string; readonly apiKey: string; readonly id: string }
    | { readonly id: string; readonly answer: typeof answer };
  /** Calls with the read credential; each service gets its own. */
  readCaller(): ToolCaller;
  /** Calls with the write credential too. For the executor alone (rule 10). */
  writeCaller(): ToolCaller;
  close(): Promise<void>;
}

const ledgerIn = (folder: DataPlaces) => join(folder.demoFolder, 'crm-ledger.jsonl');

/** Model and CRM as functions of this thread, for measurements. */
export const outsideHere = (folder: DataPlaces): Outside => {
  const keys = demoKeys(folder.demoFolder);
  const crm = openDemoCrm({
    dataFile: ledgerIn(folder),
    readKey: keys.read,
    writeKey: keys.write,
    fsync: false,
  });
  const targets = { crm: crm.request };
  return {
    model: { id: 'scripted-1', answer },
    readCaller: () => inProcessToolCaller({ targets, credentials: readOnly(keys) }),
    writeCaller: () => inProcessToolCaller({ targets, credentials: readAndWrite(keys) }),
    close: crm.close,
  };
};

/** For a thread from which nothing of it can be reached: it is bound in another one. */
export const outsideElsewhere = (): Outside => {
  const caller = () => inProcessToolCaller({ targets: {}, credentials: {} });
  const nobody = () => {
    throw new Error('the model is bound in another thread');
  };
  const model = { id: 'elsewhere', answer: nobody };
  return { model, readCaller: caller, writeCaller: caller, close: nothingToClose };
};

/** Where the outside answers over HTTP, and with which credentials. */
export interface OutsideAddresses {
  readonly crm: { readonly url: string; readonly keys: DemoKeys };
  readonly model: { readonly baseURL: string; readonly apiKey: string; readonly id: string };
}
export interface HttpOutside extends OutsideAddresses {
  close(): Promise<void>;
}

/** The customer's, or the demo's in this process. @throws CannotStart */
export const openHttpOutside = async (
  settings: Settings,
  folder: DataPlaces,
): Promise<HttpOutside> => {
  const crm = await openCrm(settings, folder);
  const model = await openModel(settings).catch(async (error: unknown) => {
    await crm.close();
    throw error;
  });
  return {
    crm: { url: crm.url, keys: crm.keys },
    model: { baseURL: model.url, apiKey: settings.modelKey ?? 'none', id: settings.modelId },
    close: async () => {
      await model.close();
      await crm.close();
    },
  };
};

/** The callers of one thread. */
export const outsideAt = ({ crm, model }: OutsideAddresses): Outside => {
  const targets = { crm: crm.url };
  return {
    model,
    readCaller: () => httpToolCaller({ targets, credentials: readOnly(crm.keys) }),
    writeCaller: () => httpToolCaller({ targets, credentials: readAndWrite(crm.keys) }),
    close: nothingToClose,
  };
};

const readOnly = (keys: DemoKeys) => ({ 'crm-read': keys.read });
const readAndWrite = (keys: DemoKeys) => ({ 'crm-read': keys.read, 'crm-write': keys.write });
const nothingToClose = () => Promise.resolve();

const openCrm = async (settings: Settings, folder: DataPlaces) => {
  const { crmUrl, crmReadKey, crmWriteKey, crmPort } = settings;
  if (crmUrl !== undefined) {
    if (crmReadKey === undefined || crmWriteKey === undefined) {
      throw new CannotStart('CRM_URL is set: set CRM_READ_KEY and CRM_WRITE_KEY too');
    }
    const keys = { read: crmReadKey, write: crmWriteKey };
    return { url: crmUrl, keys, close: nothingToClose };
  }
  const keys = demoKeys(folder.demoFolder);
  const crm = await listening('DEMO_CRM_PORT', crmPort, () =>
    startDemoCrm({
      port: crmPort,
      dataFile: ledgerIn(folder),
      readKey: keys.read,
      writeKey: keys.write,
    }),
  );
  return { url: crm.url, keys, close: crm.close };
};

const openModel = async ({ modelBaseUrl, modelPort }: Settings) => {
  if (modelBaseUrl !== undefined) return { url: modelBaseUrl, close: nothingToClose };
  const model = await listening('SCRIPTED_MODEL_PORT', modelPort, () =>
    startScriptedModel({ port: modelPort }),
  );
  return { url: `${model.url}/v1`, close: model.close };
};

/** @throws CannotStart naming the setting when the port is taken */
export const listening = async <T>(
  name: string,
  port: number,
  start: () => Promise<T>,
): Promise<T> => {
  try {
    return await start();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CannotStart(
      `port ${port} (127.0.0.1) is in use by another program; stop that one, or set ${name} to another port`,
    );
  }
};
