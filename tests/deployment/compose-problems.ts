import {
  mountsOf,
  networksOf,
  reachable,
  type ComposeFile,
  type ComposeService,
} from './compose.js';
import { environmentProblems, pathsIn, routesIn } from './environment-problems.js';
import { imageProblems } from './images.js';
import { foreignImages, portsOf, processOf, secretsIn } from './processes.js';

export interface ComposeSurroundings {
  /** Whether what `node` is given is there once it is built. */
  readonly builds: (entry: string) => boolean;
  readonly image: Readonly<Record<string, string>>;
  /** Folders of the image that belong to its user. */
  readonly folders: readonly string[];
}

const known = new Set(
  'image command build init user read_only cap_drop security_opt pids_limit mem_limit tmpfs restart depends_on environment volumes networks network_mode ports healthcheck'.split(
    ' ',
  ),
);

/** Everything that is wrong with the file; none when it describes what the code is. */
export const composeProblems = (
  file: ComposeFile,
  around: ComposeSurroundings,
): readonly string[] => [
  ...Object.entries(file.services).flatMap(([name, service]) => [
    ...Object.keys(service).flatMap((key) => (known.has(key) ? [] : [`${name}: what is ${key}?`])),
    ...imageProblems(service.image),
    ...rightsProblems(name, service),
    ...commandProblems(name, service, around),
    ...portProblems(name, service),
    ...healthProblems(name, service),
    ...mountProblems(name, service, around),
    ...waitingProblems(name, service, file),
    ...settingProblems(name, service, file, around),
  ]),
  ...leftOver(file),
  ...agentProblems(file),
];

const isOurs = (name: string): boolean => !(name in foreignImages);

const rightsProblems = (name: string, service: ComposeService): string[] => {
  const lacks = (holds: boolean, what: string) => (holds ? [] : [`${name}: ${what}`]);
  return [
    ...lacks(String(service.cap_drop) === 'ALL', 'keeps capabilities'),
    ...lacks(!!service.security_opt?.includes('no-new-privileges:true'), 'may gain privileges'),
    ...lacks(service.mem_limit !== undefined, 'has no limit of memory'),
    ...lacks(service.pids_limit !== undefined, 'has no limit of processes'),
    ...lacks(!isOurs(name) || service.read_only === true, 'may write to its image'),
    ...lacks(!isOurs(name) || service.user === '1000:1000', 'runs as another user'),
    ...lacks(!isOurs(name) || service.build === '.', 'is not built here'),
    ...lacks(isOurs(name) || service.image.startsWith(`${foreignImages[name]}:`), 'other image'),
  ];
};

const commandProblems = (
  name: string,
  { command = [] }: ComposeService,
  { builds }: ComposeSurroundings,
): string[] => {
  if (!isOurs(name)) return [];
  const wanted = processOf(name)?.entry;
  if (wanted !== undefined && command[0] !== wanted) return [`${name}: does not run ${wanted}`];
  return builds(command[0] ?? '') ? [] : [`${name}: there is no ${command[0]}`];
};

const portProblems = (name: string, { ports = [] }: ComposeService): string[] =>
  ports.flatMap((written) => {
    const [, host, published] = /^([\d.]+):(\d+):\d+$/.exec(written) ?? [];
    if (host !== '127.0.0.1') return [`${name}: ${written} is not on the loopback interface`];
    const usual = portsOf[name];
    return Number(published) === usual ? [] : [`${name}: ${written} is not its port, ${usual}`];
  });

const healthProblems = (name: string, { healthcheck, restart }: ComposeService): string[] => {
  if (restart === 'no')
    return healthcheck?.disable ? [] : [`${name}: ends, and is asked for health`];
  const { test = [] } = healthcheck ?? {};
  if (test[0] !== 'CMD') return [`${name}: has no health check without a shell`];
  const asked = test.at(-1) ?? '';
  const port = portsOf[name];
  if (!new RegExp(`127\\.0\\.0\\.1[:/]${port}(/|$)`).test(asked)) {
    return [`${name}: its health check asks ${asked}, not port ${port}`];
  }
  if (isOurs(name) && String(test.slice(1, 3)) !== 'node,deploy/answers.js') {
    return [`${name}: its health check needs what the image does not have`];
  }
  const ready = `http://127.0.0.1:${port}/readyz`;
  return processOf(name) && asked !== ready ? [`${name}: is not asked for readiness`] : [];
};

const mountProblems = (
  name: string,
  service: ComposeService,
  { folders }: ComposeSurroundings,
): string[] => {
  const mounts = mountsOf(service);
  const inMemory = (service.tmpfs ?? []).map((written) => written.split(':')[0]!);
  const places = [...mounts.map(({ path }) => path), ...inMemory];
  const unmounted = pathsIn(service.environment ?? {}).filter(
    (path) => !places.some((place) => path === place || path.startsWith(`${place}/`)),
  );
  return [
    ...unmounted.map((path) => `${name}: nothing is mounted for ${path}`),
    ...mounts.flatMap(({ volume, path, readOnly }) => {
      const problems: string[] = [];
      const secret = secretsIn[volume];
      if (secret && secret.from !== name) {
        if (!secret.to.includes(name)) problems.push(`${name}: must not have ${volume}`);
        if (!readOnly) problems.push(`${name}: may change ${volume}`);
      }
      if (isOurs(name) && !folders.includes(path)) {
        problems.push(`${name}: ${path} of the image does not belong to its user`);
      }
      return problems;
    }),
  ];
};

const waitingProblems = (
  name: string,
  { depends_on = {} }: ComposeService,
  { services }: ComposeFile,
): string[] =>
  Object.entries(depends_on).flatMap(([other, { condition }]) => {
    const awaited = services[other];
    if (!awaited) return [`${name}: waits for ${other}, which is not there`];
    const ends = awaited.restart === 'no';
    const wanted = ends ? 'service_completed_successfully' : 'service_healthy';
    return condition === wanted ? [] : [`${name}: waits for ${other} by ${condition}`];
  });

const settingProblems = (
  name: string,
  service: ComposeService,
  file: ComposeFile,
  { image }: ComposeSurroundings,
): string[] => {
  const given = service.environment ?? {};
  const process = processOf(name);
  const unreachable = routesIn(given).flatMap(({ host, port }) => {
    const found = reachable(file, name, host);
    if (!found) return [`${name}: finds no ${host}`];
    return portsOf[found] === port ? [] : [`${name}: ${found} does not listen on ${port}`];
  });
  return [...(process ? environmentProblems(process, given, image) : []), ...unreachable];
};

const leftOver = ({ services, networks, volumes }: ComposeFile): string[] => {
  const all = Object.values(services);
  const compare = (what: string, used: readonly string[], declared: readonly string[]) => [
    ...used.filter((one) => !declared.includes(one)).map((one) => `no ${what} ${one}`),
    ...declared.filter((one) => !used.includes(one)).map((one) => `nobody uses ${what} ${one}`),
  ];
  const mounted = all.flatMap((one) => mountsOf(one).map(({ volume }) => volume));
  return [
    ...compare('network', all.flatMap(networksOf), Object.keys(networks)),
    ...compare('volume', mounted, Object.keys(volumes)),
  ];
};

/** Rule 10: bus, store, keys, what it reads and the model, and no way out. */
const agentMeets = new Set(
  'agent approvals intake orchestrator executor kafka eventstore issuer-keys topics demo-crm scripted-model'.split(
    ' ',
  ),
);
const agentProblems = ({ services, networks }: ComposeFile): string[] => {
  const own = networksOf(services['agent']!);
  const open = own.filter((network) => networks[network]?.internal !== true);
  const met = Object.entries(services).filter(
    ([name, one]) =>
      !agentMeets.has(name) && networksOf(one).some((network) => own.includes(network)),
  );
  return [
    ...open.map((network) => `the agent gets out by ${network}`),
    ...met.map(([name]) => `the agent meets ${name}`),
  ];
};
