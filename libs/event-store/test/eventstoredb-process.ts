import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@countersign/ports';

const here = import.meta.dirname;
const hooks = join(here, '../../group-commit/test/run-sources.mjs');
const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];

/** A child process; `said` resolves with what first matches on its output. */
export const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  return {
    child,
    printed: () => printed,
    kill: async () => {
      // A stopped process dies as well.
      child.kill('SIGKILL');
      await ended;
    },
    said: async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const found = pattern.exec(printed)?.[0];
        if (found) return found;
        if (isOver(child)) throw new Error(`it ended without having said ${pattern}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
};

/** One of our sources. */
export const runSource = (path: string, args: readonly string[]) =>
  run([...flags, `--import=${hooks}`, path, ...args]);

const isOver = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

/**
 * The development event store as a process of its own, which can be killed and comes back. As it was
 * built: it writes in a thread, which cannot load sources.
 */
export const storeProcess = async (data: string) => {
  const main = join(here, '../../event-store-dev/dist/main.js');
  const settings = { EVENTSTORE_PORT: String(await freePort()), EVENTSTORE_CONTROL_PORT: '0' };
  const start = async () => {
    const running = run([main], { ...settings, COUNTERSIGN_DATA: data });
    const url = await running.said(/esdb:\S+(?=[\s\S]*file )/);
    return { running, url };
  };
  let { running, url } = await start();
  return {
    url,
    /** Where faults are set; another one each time that it comes back. */
    controlUrl: async () => (await running.said(/http\S+\/faults/)).replace('/faults', ''),
    kill: () => running.kill(),
    comeBack: async () => void ({ running, url } = await start()),
    stop: () => running.child.kill('SIGSTOP'),
    goOn: () => running.child.kill('SIGCONT'),
  };
};
