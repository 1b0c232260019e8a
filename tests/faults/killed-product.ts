import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemoCrm, type RunningDemoCrm } from '@countersign/demo-crm';

/** One data folder that lives on however often its process is killed, and a CRM that never is. */
export interface Lane {
  readonly folder: string;
  readonly crm: RunningDemoCrm;
  /**
   * Starts the product as a process of its own.
   * @param failpoints what is to happen to it, as the setting of that name says it
   */
  start(failpoints?: string): Running;
  /** Kills what still runs and removes the folder. */
  close(): Promise<void>;
}

/** How a process ended, and what it said of failpoints before. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly fired: readonly string[];
  readonly errors: string;
}

export interface Addresses {
  readonly frontDoor: string;
  readonly intake: string;
  readonly issuer: string;
}

export interface Running {
  /** Undefined when the process ended before it was up. */
  readonly up: Promise<Addresses | undefined>;
  readonly ended: Promise<Ending>;
  readonly hasEnded: boolean;
  /** As Ctrl-C does; resolves when the process has ended. */
  stop(): Promise<Ending>;
  /** By SIGKILL, wherever it is. */
  kill(): Promise<Ending>;
}

const main = join(process.cwd(), 'apps/countersign/dist/main.js');
const keys = { read: 'r'.repeat(32), write: 'w'.repeat(32) };
/** What a killed process held is taken over soon; one that is left alone may be slow. */
const shortLeases = { AGENT_LEASE: '1s', EXECUTOR_LEASE: '1s' };
const doors = [
  'APPROVALS',
  'INTAKE',
  'ORCHESTRATOR',
  'AGENT',
  'EXECUTOR',
  'SCRIPTED_MODEL',
  'DEV_ISSUER',
];

/** @param configIn makes a folder of configuration, where it is not the demo deployment's */
export const openLane = async (configIn?: (folder: string) => string): Promise<Lane> => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-kill-'));
  const crm = await startDemoCrm({
    port: 0,
    dataFile: join(folder, 'ledger.jsonl'),
    readKey: keys.read,
    writeKey: keys.write,
    fsync: false,
  });
  const environment = {
    ...Object.fromEntries(doors.map((door) => [`${door}_PORT`, '0'])),
    COUNTERSIGN_DATA: join(folder, 'data'),
    ...(configIn && { COUNTERSIGN_CONFIG: configIn(folder) }),
    CRM_URL: crm.url,
    CRM_READ_KEY: keys.read,
    CRM_WRITE_KEY: keys.write,
    // Half of a start is reading the same code again.
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    PATH: process.env.PATH,
  };
  const running = new Set<ChildProcess>();
  return {
    folder,
    crm,
    start: (failpoints = '') => {
      const flags = ['--disable-warning=ExperimentalWarning', main, 'start'];
      const child = spawn(process.execPath, flags, {
        env: { ...environment, ...(failpoints && shortLeases), FAILPOINTS: failpoints },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      running.add(child);
      child.on('close', () => running.delete(child));
      return follow(child);
    },
    close: async () => {
      for (const child of running) child.kill('SIGKILL');
      await crm.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const follow = (child: ChildProcess): Running => {
  let said = '';
  let errors = '';
  let hasEnded = false;
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<Ending>((resolve) => {
    child.on('close', (code, signal) => {
      hasEnded = true;
      const fired = [...errors.matchAll(/^failpoint (.+)$/gm)].map((found) => found[1]!);
      resolve({ code, signal, fired, errors });
    });
  });
  const announced = new Promise<Addresses>((resolve) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const addresses = announcedIn(said);
      if (addresses) resolve(addresses);
    });
  });
  const endBy = (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    return ended;
  };
  return {
    up: Promise.race([announced, ended.then(() => undefined)]),
    ended,
    get hasEnded() {
      return hasEnded;
    },
    stop: () => endBy('SIGTERM'),
    kill: () => endBy('SIGKILL'),
  };
};

/** Where it answers, by its own words: the ports are whatever was free. */
const announcedIn = (said: string): Addresses | undefined => {
  const addressOf = (name: string) => new RegExp(`^ +${name} +(http://\\S+)`, 'm').exec(said)?.[1];
  const frontDoor = addressOf('inbox and front door');
  const intake = addressOf('intake');
  const issuer = addressOf('development issuer');
  return frontDoor && intake && issuer ? { frontDoor, intake, issuer } : undefined;
};
