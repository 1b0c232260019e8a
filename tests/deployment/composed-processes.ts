import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@countersign/ports';
import { mountsOf, namesOn, networksOf, type ComposeFile, type ComposeService } from './compose.js';
import { foreignImages, portsOf } from './processes.js';

/** The containers of docker-compose.yml as processes of this machine: one network, one file system. */
export interface ComposedProcesses {
  /** Starts all but bus and store, in the order of the file; resolves when all are healthy. */
  up(): Promise<void>;
  /** What stands on this machine where the file names a port. */
  portOf(name: string): number;
  /** What a container has printed. */
  printedBy(name: string): string;
  /** SIGTERM to all that run; resolves with how each ended. */
  down(): Promise<Readonly<Record<string, number | null>>>;
}

export interface Places {
  /** Volumes lie below it. */
  readonly folder: string;
  /** Ports of bus and store, which are there already. */
  readonly ports: Readonly<Record<string, number>>;
  /** What the image sets. */
  readonly image: Readonly<Record<string, string>>;
}

const healthyWithinMs = 60_000;
const lookEveryMs = 200;

export const composedProcesses = async (
  file: ComposeFile,
  { folder, ports, image }: Places,
): Promise<ComposedProcesses> => {
  const own = Object.keys(file.services).filter((name) => !(name in foreignImages));
  const bound: Record<string, number> = { ...ports };
  for (const name of Object.keys(portsOf)) bound[name] ??= await freePort();
  const hosts = new Map(
    Object.entries(file.services).flatMap(([name, service]) =>
      networksOf(service).flatMap((network) =>
        namesOn(name, service, network).map((host) => [host, name] as const),
      ),
    ),
  );
  const running = new Map<string, ChildProcess>();
  const printed = new Map<string, string>();

  /** Other addresses and other folders, and nothing else, than the file says. */
  const translated = (name: string, service: ComposeService, text: string): string =>
    translateHosts(translatePlaces(name, service, text), hosts, bound);
  const translatePlaces = (name: string, service: ComposeService, text: string): string => {
    const mounts = [
      ...mountsOf(service).map(({ volume, path }) => ({ path, to: join(folder, volume) })),
      ...(service.tmpfs ?? []).map((one) => {
        const path = one.split(':')[0]!;
        return { path, to: join(folder, name, path) };
      }),
    ];
    for (const { to } of mounts) mkdirSync(to, { recursive: true });
    const paths = mounts.map(({ path }) => path).join('|');
    return text.replace(
      new RegExp(`(^|=)(${paths})(?=/|$)`, 'g'),
      (_, before: string, path: string) => before + mounts.find((one) => one.path === path)!.to,
    );
  };

  const start = (name: string, service: ComposeService): ChildProcess => {
    const given = { ...image, COUNTERSIGN_CONFIG: './config', ...service.environment };
    const env = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [key, translated(name, service, value)]),
    );
    const port = bound[name];
    const portSetting = { [`${name.toUpperCase()}_PORT`]: String(port) };
    const command = service.command!.map((word) => translated(name, service, word));
    const takesPort = command[0]!.startsWith('examples/') ? [`--port=${port}`] : [];
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', ...command, ...takesPort],
      { env: { PATH: process.env['PATH'], ...env, ...portSetting } },
    );
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) =>
        printed.set(name, `${printed.get(name) ?? ''}${chunk.toString()}`),
      );
    }
    running.set(name, child);
    return child;
  };

  const isUp = new Map<string, Promise<void>>();
  const bringUp = (name: string): Promise<void> => {
    const known = isUp.get(name) ?? up(name, file.services[name]!);
    isUp.set(name, known);
    return known;
  };
  const up = async (name: string, service: ComposeService): Promise<void> => {
    if (!own.includes(name)) return;
    await Promise.all(Object.keys(service.depends_on ?? {}).map(bringUp));
    const child = start(name, service);
    const ended = once(child, 'close').then(([code]) => code as number | null);
    const said = () => `${name}: ${printed.get(name) ?? ''}`;
    if (service.restart === 'no') {
      if ((await ended) !== 0) throw new Error(said());
      running.delete(name);
      return;
    }
    const [program, url] = service.healthcheck!.test!.slice(2) as [string, string];
    const check = [program, translateHosts(url, hosts, bound)];
    const startedAt = Date.now();
    while ((await codeOf(check)) !== 0) {
      if (child.exitCode !== null || Date.now() - startedAt > healthyWithinMs) {
        throw new Error(said());
      }
      await sleep(lookEveryMs);
    }
  };
  return {
    up: async () => void (await Promise.all(own.map(bringUp))),
    portOf: (name) => bound[name]!,
    printedBy: (name) => printed.get(name) ?? '',
    down: async () => {
      const ends = [...running].map(async ([name, child]) => {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGTERM');
          await once(child, 'close');
        }
        return [name, child.exitCode] as const;
      });
      return Object.fromEntries(await Promise.all(ends));
    },
  };
};

const codeOf = async (program: readonly string[]): Promise<number> => {
  const [code] = (await once(spawn(process.execPath, program, { stdio: 'ignore' }), 'close')) as [
    number,
  ];
  return code;
};

/** `host:port` of a container, and its usual port on this machine, as it is bound here. */
const translateHosts = (
  text: string,
  hosts: ReadonlyMap<string, string>,
  bound: Readonly<Record<string, number>>,
): string =>
  text
    .replaceAll('0.0.0.0', '127.0.0.1')
    .replace(/(^|\/\/)([a-z-]+):(\d+)/g, (whole, before: string, host: string) => {
      const name = hosts.get(host);
      return name === undefined ? whole : `${before}127.0.0.1:${bound[name]}`;
    })
    .replace(/127\.0\.0\.1:(\d+)/g, (whole, port: string) => {
      const name = Object.keys(portsOf).find((one) => portsOf[one] === Number(port));
      return name === undefined ? whole : `127.0.0.1:${bound[name]}`;
    })
    .replace(/^--port=(\d+)$/, (whole, port: string) => {
      const name = Object.keys(portsOf).find((one) => portsOf[one] === Number(port));
      return name === undefined ? whole : `--port=${bound[name]}`;
    });
