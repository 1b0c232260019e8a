import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '@countersign/ports';
import { settingsTable } from '../../apps/countersign/src/settings.js';

/** The product as a reader of the pages has it: a folder, a shell, and `npm start` in it. */
export interface StartedProduct {
  /** What `npm start` printed. */
  readonly printed: () => string;
  /** Runs shell text as a reader would, in a shell of its own; commands are for default ports. */
  run(script: string): { readonly status: number | null; readonly output: string };
  /** Where it was started: its data lie in `data`. */
  readonly folder: string;
  /** Ctrl-C; resolves when everything has ended. May be called again. */
  end(): Promise<void>;
  /** Ends it, and removes the folder. */
  stop(): Promise<void>;
}

/** The first start, builds included. */
const startMaxMs = 60_000;
const stopMaxMs = 10_000;
const blockMaxMs = 60_000;

/** Everything of the repository but what the product writes; the configuration as a copy. */
const folderLikeTheRepository = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-reader-'));
  for (const name of readdirSync('.')) {
    if (['data', 'config', '.git'].includes(name)) continue;
    symlinkSync(resolve(name), join(folder, name));
  }
  cpSync('config', join(folder, 'config'), { recursive: true });
  return folder;
};

/** Free ports in the place of the default ones, by the names of their settings. */
const freePorts = async () => {
  const found: { name: string; usual: unknown; free: number }[] = [];
  for (const { name, parse, default: usual } of Object.values(settingsTable)) {
    if (parse.label !== 'port') continue;
    found.push({ name, usual, free: await freePort() });
  }
  return found;
};

interface ReadersStart {
  /** What the reader types. */
  readonly command?: string;
  /** What the reader has written before, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** The last that is printed when it is up. */
  readonly last?: string;
}

export const startProductOfReader = async ({
  command = 'npm start',
  files = {},
  last = 'Stop:  Ctrl-C',
}: ReadersStart = {}): Promise<StartedProduct> => {
  const folder = folderLikeTheRepository();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const ports = await freePorts();
  const env = {
    ...process.env,
    ...Object.fromEntries(ports.map(({ name, free }) => [name, String(free)])),
  };
  delete (env as NodeJS.ProcessEnv)['NODE_OPTIONS'];
  const atTheirPorts = (script: string): string =>
    ports.reduce((text, { usual, free }) => text.replaceAll(`:${usual}`, `:${free}`), script);
  const running = spawn('bash', ['-c', command], { cwd: folder, env, detached: true });
  const printed: string[] = [];
  // Not `exit`: npm may end before the product that it started.
  const ended = once(running, 'close');
  for (const stream of [running.stdout, running.stderr]) {
    stream.on('data', (chunk: Buffer) => printed.push(chunk.toString('utf8')));
  }
  try {
    await until(() => printed.join('').includes(last), running);
  } catch {
    endGroup(running);
    throw new Error(`${command} did not come up: ${printed.join('')}`);
  }
  const end = async () => {
    if (running.exitCode === null && running.signalCode === null) {
      process.kill(-running.pid!, 'SIGINT');
    }
    const timer = setTimeout(() => endGroup(running), stopMaxMs);
    await ended;
    clearTimeout(timer);
  };
  return {
    folder,
    printed: () => printed.join(''),
    run: (script) => {
      const shell = spawnSync('bash', ['-c', `${likeAReader}\n${atTheirPorts(script)}`], {
        cwd: folder,
        env,
        encoding: 'utf8',
        timeout: blockMaxMs,
      });
      return { status: shell.status, output: `${shell.stdout}${shell.stderr}` };
    },
    end,
    stop: async () => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** npm, its shell and the product that they started. */
const endGroup = ({ pid }: ChildProcess): void => {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // Nobody is left of it.
  }
};

/** Stops at the first command that fails, an HTTP answer of 4xx or 5xx included. */
const likeAReader = 'set -eu\ncurl() { command curl --fail-with-body "$@"; }';

const until = async (come: () => boolean, running: ChildProcess): Promise<void> => {
  const startedAt = Date.now();
  while (!come()) {
    if (
      running.exitCode !== null ||
      running.signalCode !== null ||
      Date.now() - startedAt > startMaxMs
    )
      throw new Error();
    await new Promise((done) => setTimeout(done, 25));
  }
};
