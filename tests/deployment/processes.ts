import { agentSettingsTable } from '@countersign/agent';
import { approvalsSettingsTable } from '@countersign/approvals';
import type { Setting } from '@countersign/configuration';
import { services, type Service } from '@countersign/contracts';
import { executorSettingsTable } from '@countersign/executor';
import { intakeSettingsTable } from '@countersign/intake';
import { orchestratorSettingsTable } from '@countersign/orchestrator';

type Table = Readonly<Record<string, Setting>>;

const tables: Readonly<Record<Service, Table>> = {
  agent: agentSettingsTable,
  approvals: approvalsSettingsTable,
  executor: executorSettingsTable,
  intake: intakeSettingsTable,
  orchestrator: orchestratorSettingsTable,
};

/** One of the five services, as its code says it is run. */
export interface Process {
  readonly service: Service;
  /** What `node` is given. */
  readonly entry: string;
  readonly settings: readonly Setting[];
  /** Its usual port. */
  readonly port: number;
}

export const processes: readonly Process[] = services.map((service) => {
  const settings = Object.values(tables[service]);
  const port = settings.find(({ name }) => name === `${service.toUpperCase()}_PORT`)!;
  return {
    service,
    entry: `services/${service}/dist/main.js`,
    settings,
    port: port.default as number,
  };
});

export const processOf = (name: string): Process | undefined =>
  processes.find(({ service }) => service === name);

/** Every port of ours and of those beside it, by the name that the deployment gives to who has it. */
export const portsOf: Readonly<Record<string, number>> = {
  ...Object.fromEntries(processes.map(({ service, port }) => [service, port])),
  kafka: 9092,
  eventstore: 2113,
  'demo-crm': 8090,
  'scripted-model': 8091,
  issuer: 8092,
  'issuer-keys': 8093,
};

/** Who makes an image of another project, and under which licence it may be run. */
export const foreignImages: Readonly<Record<string, string>> = {
  kafka: 'apache/kafka',
  eventstore: 'eventstore/eventstore',
};

/** Volumes of secrets: who puts them there, and who may read them. Anybody else could speak for them. */
export const secretsIn: Readonly<Record<string, SecretVolume>> = {
  'agent-key': { from: 'hand-out', to: ['agent'] },
  'approvals-key': { from: 'hand-out', to: ['approvals'] },
  'crm-read-key': { from: 'hand-out', to: ['agent', 'approvals', 'executor', 'demo-crm'] },
  'crm-write-key': { from: 'hand-out', to: ['executor', 'demo-crm'] },
  'issuer-key': { from: 'issuer', to: ['issuer-keys'] },
  deployment: { from: 'keys', to: ['hand-out'] },
};
export interface SecretVolume {
  readonly from: string;
  readonly to: readonly string[];
}
