import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { settingsTable } from '../src/settings.js';

const root = join(import.meta.dirname, '../../..');
const launcher = join(root, 'countersign');

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
type Environment = Readonly<Record<string, string>>;

/** One command of the built launcher, as a person types it. */
export const countersign = (args: readonly string[], env: Environment = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env } };
    execFile(launcher, args, options, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

/** The built product in a process of its own, by `./countersign start`. */
export interface StartedProduct {
  readonly printed: () => string;
  /** Settings with which other commands find it. */
  readonly env: Environment;
  readonly address: (of: string) => string;
  /** Sends the signal; how it ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Settings that let a product listen wherever it is free. */
export const anyPorts: Environment = Object.fromEntries(
  Object.values(settingsTable)
    .filter(({ parse }) => parse.label === 'port')
    .map(({ name }) => [name, '0']),
);
const patienceMs = 15_000;

/** What the product calls its addresses, and the setting that a command reads for each. */
const addresses: Readonly<Record<string, string>> = {
  'inbox and front door': 'APPROVALS_PORT',
  intake: 'INTAKE_PORT',
  'demo CRM and ledger': 'DEMO_CRM_PORT',
  'development issuer': 'DEV_ISSUER_PORT',
};

export const startIn = async (data: string, args = ['start']): Promise<StartedProduct> => {
  const env = { ...process.env, ...anyPorts, COUNTERSIGN_DATA: data };
  const child = spawn(launcher, args, { cwd: root, env });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let printed = '';
  const up = Promise.withResolvers<void>();
  const timer = setTimeout(() => up.reject(new Error(`not up: ${printed}`)), patienceMs);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
      if (printed.includes('Ctrl-C')) up.resolve();
    });
  }
  child.on('close', () => up.reject(new Error(`ended: ${printed}`)));
  await up.promise.finally(() => clearTimeout(timer));
  const address = (of: string) =>
    new RegExp(`^ +${of} +(http://\\S+)`, 'm').exec(printed)?.[1] ?? '';
  return {
    printed: () => printed,
    address,
    env: {
      COUNTERSIGN_DATA: data,
      ...Object.fromEntries(
        Object.entries(addresses).map(([of, name]) => [name, address(of).split(':').at(-1)!]),
      ),
    },
    stop: async (signal = 'SIGINT') => {
      if (child.exitCode === null) child.kill(signal);
      const [code] = await ended;
      return code;
    },
  };
};
