import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { settingsTable } from '@countersign/cli';
import { freePort } from '@countersign/ports';

let folder: string;
let started: Started | undefined;
/** Fixed, as a user's are: the demo finds the product by them. */
let ports: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-start-'));
  const names = Object.values(settingsTable)
    .filter(({ parse }) => parse.label === 'port')
    .map(({ name }) => name);
  ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, String(await freePort())])),
  );
});
afterAll(async () => {
  await started?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly process: ChildProcess;
  said(): string;
  /** Resolves when it is up; with its exit code when it ended before. */
  readonly up: Promise<'up' | number | null>;
  /** Everything that it started, by pid. */
  children(): readonly number[];
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const environment = (more: Record<string, string> = {}) => ({
  ...process.env,
  ...ports,
  COUNTERSIGN_DATA: join(folder, 'data'),
  ...more,
});

const start = (command = ['./countersign', 'start-services']): Started => {
  const [program, ...words] = command;
  const child = spawn(program!, words, { env: environment() });
  let said = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const announced = new Promise<'up'>((resolve) => {
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Stop:  Ctrl-C')) resolve('up');
      });
    }
  });
  return {
    process: child,
    said: () => said,
    up: Promise.race([announced, ended]),
    children: () => childrenOf(productIn(child.pid!)),
    end: (signal) => {
      signalTo(productIn(child.pid!), signal);
      return ended;
    },
  };
};

const signalTo = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
};

/** The product itself, below npm and a shell where these started it. */
const productIn = (pid: number): number => {
  const [below, ...others] = childrenOf(pid);
  const isProduct =
    others.length > 0 || below === undefined || commandOf(pid).includes('dist/main');
  return isProduct ? pid : productIn(below);
};

const childrenOf = (pid: number): readonly number[] => {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
};
/** One that has ended and that nobody asked about is a zombie, not a process that runs. */
const runs = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
const untilGone = async (pids: readonly number[], withinMs: number): Promise<readonly number[]> => {
  const begun = performance.now();
  while (pids.some(runs) && performance.now() - begun < withinMs) await sleep(200);
  return pids.filter(runs);
};

describe('start-services', () => {
  it('brings up five processes, broker and store, and says where everything answers', async () => {
    started = start(['npm', 'run', 'start:services']);
    await isUp(started);
    const said = started.said();
    for (const part of ['kafka', 'event store', 'intake', 'orchestrator', 'agent', 'approvals']) {
      expect(said).toMatch(new RegExp(`^ +${part} +up after `, 'm'));
    }
    expect(said).toContain(`inbox and front door   http://127.0.0.1:${ports['APPROVALS_PORT']}`);
    expect(said).toContain('curl -sS');
  });

  it('serves the demo as it is (E23)', () => {
    const flags = ['demo', '--approve', '--json'];
    const demo = spawnSync('./countersign', flags, { env: environment(), encoding: 'utf8' });
    expect(demo.stderr).toBe('');
    const lines = demo.stdout.trim().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      kind: 'summary',
      outcomes: { closed: 10, rejected: 2 },
      unexpected: [],
    });
    expect(demo.status).toBe(0);
  });

  it('lets people sign in by persona', async () => {
    const page = await fetch(`http://127.0.0.1:${ports['APPROVALS_PORT']}/`);
    expect(await page.text()).toMatch(/value="ana"[^]*value="lena"/);
  });

  it('has made every topic, so that there is nothing left to make', () => {
    const brokers = { KAFKA_BROKERS: `127.0.0.1:${ports['KAFKA_PORT']}` };
    const made = spawnSync('./countersign', ['topics', 'create'], {
      env: environment(brokers),
      encoding: 'utf8',
    });
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toMatch(/^\d+ topics are there\n$/);
  });

  it('lets no second one into its data folder, nor the one-process product', async () => {
    for (const command of ['start', 'start-services']) {
      const second = spawnSync('./countersign', [command], {
        env: environment(),
        encoding: 'utf8',
      });
      expect(second.status).toBe(1);
      expect(second.stderr).toMatch(/^data folder .* is in use by another Countersign .*\n$/);
    }
  });

  it('says that a service ended, and starts it again', async () => {
    const orchestrator = started!.children().find((pid) => commandOf(pid).includes('orchestrator'));
    process.kill(orchestrator!, 'SIGKILL');
    const again =
      /orchestrator +ended \(SIGKILL\); starts again in 250 ms\n +orchestrator +up after/;
    for (let n = 0; n < 200 && !again.test(started!.said()); n += 1) await sleep(200);
    expect(started!.said()).toMatch(again);
  });

  it('ends all of it in order when it is asked to', async () => {
    const children = started!.children();
    expect(children.length).toBeGreaterThanOrEqual(7);
    expect(await started!.end('SIGINT')).toBe(0);
    expect(started!.said()).toContain('stopped: nothing is lost, start again to go on');
    expect(await untilGone(children, 2_000)).toEqual([]);
  });

  it('leaves nothing running when it is killed, and starts again on what it left', async () => {
    started = start();
    await isUp(started);
    const children = started.children();
    await started.end('SIGKILL');
    expect(await untilGone(children, 45_000)).toEqual([]);
    started = start();
    await isUp(started);
  });

  it('ends at once when it is asked twice', async () => {
    const children = started!.children();
    started!.process.kill('SIGTERM');
    await sleep(100);
    expect(await started!.end('SIGINT')).toBe(1);
    // Those who watch look once a second whether there is anything left to end.
    expect(await untilGone(children, 45_000)).toEqual([]);
  });
});

const isUp = async (one: Started): Promise<void> => {
  const up = await one.up;
  if (up !== 'up') throw new Error(`it ended with ${up}: ${one.said()}`);
};

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

describe('start-services that cannot', () => {
  const refusals = [
    { what: 'no Java', more: () => ({ PATH: join(folder, 'nothing-here') }), says: /Java/ },
    {
      what: 'a port of a service that is busy',
      more: () => ({ AGENT_PORT: busyPort }),
      says: /^port \d+ \(127\.0\.0\.1\) is in use by another program.*AGENT_PORT/m,
    },
    {
      what: "Kafka's port that is busy",
      more: () => ({ KAFKA_PORT: busyPort }),
      says: /^port \d+ \(127\.0\.0\.1\) for Kafka is busy: set KAFKA_PORT/m,
    },
    {
      what: "the store's port that is busy",
      more: () => ({ EVENTSTORE_PORT: busyPort }),
      says: /^event store: port \d+ .*EVENTSTORE_PORT/m,
    },
    {
      what: 'a fault in a workflow',
      more: () => ({ COUNTERSIGN_CONFIG: join(folder, 'no-config') }),
      says: /no-config/,
    },
  ];
  const busy = createServer();
  let busyPort: string;
  beforeAll(async () => {
    busy.listen(0, '127.0.0.1');
    await once(busy, 'listening');
    busyPort = String((busy.address() as AddressInfo).port);
  });
  afterAll(() => {
    busy.close();
  });

  it.each(refusals)('says so in a line, ends with 1 and leaves nothing: $what', async (refusal) => {
    const { says, more } = refusal;
    const node = process.execPath;
    const main = join(process.cwd(), 'apps/countersign/dist/main.js');
    const child = spawn(node, ['--disable-warning=ExperimentalWarning', main, 'start-services'], {
      env: environment({ ...more(), COUNTERSIGN_DATA: join(folder, 'refused') }),
    });
    let errors = '';
    const seen = new Set<number>();
    const looking = setInterval(() => childrenOf(child.pid!).forEach((pid) => seen.add(pid)), 200);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const [code] = (await once(child, 'close')) as [number];
    clearInterval(looking);
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringMatching(says) });
    expect(await untilGone([...seen], 45_000)).toEqual([]);
  });
});
