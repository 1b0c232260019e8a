import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { agentSettingsTable } from '@countersign/agent';
import { approvalsSettingsTable } from '@countersign/approvals';
import { settingsTable } from '@countersign/cli';
import { settingsFrom } from '@countersign/configuration';
import { services, type Service } from '@countersign/contracts';
import { executorSettingsTable } from '@countersign/executor';
import { intakeSettingsTable } from '@countersign/intake';
import { orchestratorSettingsTable } from '@countersign/orchestrator';
import { openDataFolder, type DataFolder } from '../src/host/data-folder.js';
import { environmentOf, type Environment } from '../src/host/service-environments.js';

let path: string;
let folder: DataFolder;
beforeAll(() => {
  path = mkdtempSync(join(tmpdir(), 'environments-'));
  folder = openDataFolder(path);
});
afterAll(() => {
  folder.release();
  rmSync(path, { recursive: true, force: true });
});

const tables: Readonly<Record<Service, object>> = {
  intake: intakeSettingsTable,
  orchestrator: orchestratorSettingsTable,
  agent: agentSettingsTable,
  approvals: approvalsSettingsTable,
  executor: executorSettingsTable,
};

const givenTo = (service: Service): Environment =>
  environmentOf(
    service,
    {
      settings: settingsFrom({}, settingsTable),
      folder,
      ports: { intake: 1, orchestrator: 2, agent: 3, approvals: 4, executor: 5 },
      kafkaBrokers: '127.0.0.1:9092',
      eventStoreUrl: 'esdb://127.0.0.1:2113?tls=false',
      issuerUrl: 'http://127.0.0.1:8092',
      model: { baseURL: 'http://127.0.0.1:8091/v1', apiKey: 'of-the-model', id: 'm' },
      crm: { url: 'http://127.0.0.1:8090', keys: { read: 'that-reads', write: 'that-writes' } },
    },
    service,
    1,
  );
const whoHas = (secret: string): Service[] =>
  services.filter((service) => Object.values(givenTo(service)).includes(secret));

describe('B1 what a service as a process of its own is given', () => {
  it('the executor alone has a credential that writes', () => {
    expect(whoHas('that-writes')).toEqual(['executor']);
  });

  it('the agent alone has the key of the model', () => {
    expect(whoHas('of-the-model')).toEqual(['agent']);
  });

  it('only those who read the target have the credential that reads', () => {
    expect(whoHas('that-reads')).toEqual(['agent', 'approvals', 'executor']);
  });

  it('agent and approvals have a private key each, of their own', () => {
    const keys = services.map((service) => givenTo(service)['SIGNING_KEY_FILE']);
    expect(keys).toEqual([
      undefined,
      undefined,
      join(path, 'keys/agent/signing.jwk'),
      join(path, 'keys/approvals/signing.jwk'),
      undefined,
    ]);
  });

  it.each(services)('%s understands all that it is given, and wants nothing else', (service) => {
    const given = givenTo(service);
    const table = tables[service] as typeof intakeSettingsTable;
    expect(() => settingsFrom(given, table)).not.toThrow();
    const known = Object.values(table).map(({ name }) => name);
    expect(Object.keys(given).filter((name) => !known.includes(name))).toEqual(['PATH']);
  });
});
