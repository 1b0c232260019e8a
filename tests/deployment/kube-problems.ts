import { environmentProblems, pathsIn, routesIn } from './environment-problems.js';
import { imageProblems } from './images.js';
import { unknownFields } from './kube-fields.js';
import { behind, isWorkload, letsIn, letsOut, podsOf, selects } from './kube-routes.js';
import type { KubeObject } from './kustomize.js';
import { foreignImages, portsOf, processes, type Process } from './processes.js';

export interface KubeSurroundings {
  readonly builds: (entry: string) => boolean;
  readonly image: Readonly<Record<string, string>>;
}

/** Everything that is wrong with what would be applied; none when it describes what the code is. */
export const kubeProblems = (
  objects: readonly KubeObject[],
  around: KubeSurroundings,
): readonly string[] => [
  ...objects.flatMap(unknownFields),
  ...objects.flatMap(({ kind, metadata }) =>
    metadata.namespace === undefined ? [] : [`${kind} ${metadata.name} names a namespace`],
  ),
  ...objects
    .filter(isWorkload)
    .flatMap((object) => [
      ...podProblems(object, objects),
      ...containersOf(object).flatMap((one) => containerProblems(object, one, around)),
      ...mountProblems(object),
    ]),
  ...objects.filter(({ kind }) => kind === 'Service').flatMap((one) => doorProblems(one, objects)),
  ...processes.flatMap((process) => serviceProblems(process, objects, around)),
  ...routeProblems(objects),
];

const containersOf = ({ spec }: KubeObject): any[] => {
  const { initContainers = [], containers } = spec.template.spec;
  return [...initContainers, ...containers];
};

const podProblems = ({ metadata, spec }: KubeObject, objects: readonly KubeObject[]): string[] => {
  const { name } = metadata;
  const pod = spec.template.spec;
  const lacks = (holds: boolean, what: string) => (holds ? [] : [`${name}: ${what}`]);
  const account = objects.find(
    (one) => one.kind === 'ServiceAccount' && one.metadata.name === pod.serviceAccountName,
  );
  const { labels } = spec.template.metadata;
  return [
    ...lacks(account?.['automountServiceAccountToken'] === false, 'its account has a token'),
    ...lacks(pod.automountServiceAccountToken === false, 'is given a token of the cluster'),
    ...lacks(pod.enableServiceLinks === false, 'finds addresses where it looks for ports'),
    ...lacks(pod.securityContext?.runAsNonRoot === true, 'may run as root'),
    ...lacks(pod.securityContext?.runAsUser === 1000, 'runs as another user'),
    ...lacks(pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'may call anything'),
    ...lacks(
      spec.selector === undefined || selects(spec.selector.matchLabels, labels),
      'loses its pods',
    ),
  ];
};

const containerProblems = (
  { kind, metadata }: KubeObject,
  container: any,
  { builds }: KubeSurroundings,
): string[] => {
  const { name, image, args = [], securityContext = {}, resources } = container;
  const foreign = foreignImages[metadata.name];
  const told = (what: string) => `${metadata.name}/${name}: ${what}`;
  const lacks = (holds: boolean, what: string) => (holds ? [] : [told(what)]);
  return [
    ...imageProblems(image),
    ...lacks(image.startsWith(`${foreign ?? 'countersign'}:`), `runs ${image}`),
    ...lacks(foreign !== undefined || builds(args[0] ?? ''), `there is no ${args[0]}`),
    ...lacks(securityContext.allowPrivilegeEscalation === false, 'may gain privileges'),
    ...lacks(String(securityContext.capabilities?.drop) === 'ALL', 'keeps capabilities'),
    ...lacks(
      foreign !== undefined || securityContext.readOnlyRootFilesystem === true,
      'may write to its image',
    ),
    ...lacks(resources?.limits?.memory !== undefined, 'has no limit of memory'),
    ...lacks(resources?.requests?.cpu !== undefined, 'asks for no share of the processor'),
    ...(ends(kind, container) ? [] : probeProblems(container, told)),
  ];
};

const ends = (kind: string, { ports, restartPolicy }: any): boolean =>
  kind === 'Job' || (ports === undefined && restartPolicy === undefined);

const probeProblems = (container: any, told: (what: string) => string): string[] => {
  const probes = container.restartPolicy
    ? ['startupProbe']
    : ['startupProbe', 'livenessProbe', 'readinessProbe'];
  const names = container.ports.map(({ name }: { name: string }) => name);
  return probes.flatMap((probe) => {
    const asked = container[probe];
    if (!asked) return [told(`has no ${probe}`)];
    if (asked.exec) return [];
    const { port } = asked.httpGet ?? asked.tcpSocket ?? {};
    return names.includes(port) ? [] : [told(`its ${probe} asks port ${port}`)];
  });
};

const mountProblems = (object: KubeObject): string[] => {
  const { volumes = [] } = object.spec.template.spec;
  const claims = (object.spec.volumeClaimTemplates ?? []).map((one: any) => one.metadata.name);
  const declared: string[] = [...volumes.map((one: any) => one.name), ...claims];
  const mounted: string[] = containersOf(object).flatMap(({ volumeMounts = [] }) =>
    volumeMounts.map((one: any) => one.name),
  );
  const { name } = object.metadata;
  return [
    ...mounted.filter((one) => !declared.includes(one)).map((one) => `${name}: no volume ${one}`),
    ...declared.filter((one) => !mounted.includes(one)).map((one) => `${name}: unused ${one}`),
  ];
};

const doorProblems = ({ metadata, spec }: KubeObject, objects: readonly KubeObject[]): string[] => {
  const { name } = metadata;
  const pods = behind(objects, name);
  if (pods.length === 0) return [`Service ${name} leads to no pod`];
  const workload = objects.find((one) => isWorkload(one) && one.metadata.name === pods[0]!.name)!;
  const ports = containersOf(workload).flatMap(({ ports: open = [] }) => open);
  return (spec.ports as any[]).flatMap(({ port, targetPort }) => {
    const target = ports.find((one: any) => one.name === targetPort);
    if (!target) return [`Service ${name} leads to port ${targetPort}, which nobody opens`];
    return target.containerPort === port ? [] : [`Service ${name} is ${port} in front of another`];
  });
};

/** What the pods of a service are told: its settings by name. */
export const environmentIn = (
  objects: readonly KubeObject[],
  service: string,
): Readonly<Record<string, string>> => {
  const workload = objects.find((one) => isWorkload(one) && one.metadata.name === service);
  const maps = (workload?.spec.template.spec.containers[0].envFrom ?? []).map(
    (from: any) => from.configMapRef.name,
  );
  return Object.assign(
    {},
    ...objects
      .filter(({ kind, metadata }) => kind === 'ConfigMap' && maps.includes(metadata.name))
      .map(({ data }) => data),
  );
};

const serviceProblems = (
  process: Process,
  objects: readonly KubeObject[],
  { image }: KubeSurroundings,
): string[] => {
  const { service, entry, port } = process;
  const workload = objects.find(
    (one) => one.kind === 'Deployment' && one.metadata.name === service,
  );
  if (!workload) return [`there is no Deployment ${service}`];
  const [container] = workload.spec.template.spec.containers;
  const given = environmentIn(objects, service);
  const lacks = (holds: boolean, what: string) => (holds ? [] : [`${service}: ${what}`]);
  const asked = (probe: string) => container[probe]?.httpGet?.path;
  const places: string[] = container.volumeMounts.map((one: any) => one.mountPath);
  const direct = (container.env ?? []).map((one: any) => one.name);
  return [
    ...environmentProblems(process, { ...given, ...fieldsGiven(direct) }, image),
    ...lacks(container.args?.[0] === entry, `does not run ${entry}`),
    ...lacks(container.ports?.[0]?.containerPort === port, `does not listen on ${port}`),
    ...lacks(asked('startupProbe') === '/livez', 'starts by another probe than /livez'),
    ...lacks(asked('livenessProbe') === '/livez', 'lives by another probe than /livez'),
    ...lacks(asked('readinessProbe') === '/readyz', 'is ready by another probe than /readyz'),
    ...lacks(direct.includes('INSTANCE'), 'its replicas have one name'),
    ...pathsIn(given)
      .filter((path) => !places.some((place) => path === place || path.startsWith(`${place}/`)))
      .map((path) => `${service}: nothing is mounted for ${path}`),
    ...secretProblems(service, workload),
    ...togetherProblems(service, workload),
  ];
};

/** Set by the cluster when the pod starts. */
const fieldsGiven = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, 'a-name']));

const secretsOf: Readonly<Record<string, readonly string[]>> = {
  'agent-signing-key': ['agent'],
  'approvals-signing-key': ['approvals'],
  'crm-read-key': ['agent', 'approvals', 'executor'],
  'crm-write-key': ['executor'],
  'subject-keys': processes.map(({ service }) => service),
};

const secretProblems = (service: string, { spec }: KubeObject): string[] =>
  (spec.template.spec.volumes as any[])
    .map((volume) => volume.secret?.secretName as string | undefined)
    .filter((name) => name !== undefined && !secretsOf[name]?.includes(service))
    .map((name) => `${service}: must not have ${name}`);

/** SQLite's locks hold on one machine only: see deploy/k8s/base/subject-keys.yaml. */
const togetherProblems = (service: string, { spec }: KubeObject): string[] => {
  const { affinity, volumes } = spec.template.spec;
  const shares = volumes.some(
    (one: any) => one.persistentVolumeClaim?.claimName === 'subject-keys',
  );
  const [term] = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const together =
    term?.topologyKey === 'kubernetes.io/hostname' &&
    selects(term.labelSelector.matchLabels, spec.template.metadata.labels);
  return shares && !together ? [`${service}: shares a file with services on other nodes`] : [];
};

/** Who may call whom is what the settings say, and not one route more. */
const routeProblems = (objects: readonly KubeObject[]): string[] => {
  const pods = podsOf(objects);
  return processes.flatMap(({ service }) => {
    const from = pods.find(({ name }) => name === service);
    if (!from) return [];
    const wanted = new Set(
      routesIn(environmentIn(objects, service)).flatMap(({ host, port }) => {
        const there = behind(objects, host);
        return (there.length > 0 ? there : [{ name: `${host}?` }]).map(
          ({ name }) => `${name}:${port}`,
        );
      }),
    );
    const leading = (lets: typeof letsOut) =>
      pods
        .filter((to) => to !== from)
        .flatMap((to) =>
          Object.values(portsOf)
            .filter((port) => lets(objects, from, to, port))
            .map((port) => `${to.name}:${port}`),
        );
    const [out, into] = [leading(letsOut), leading(letsIn)];
    const called = [...wanted].filter((one) => !one.includes('?'));
    return [
      ...out.filter((one) => !wanted.has(one)).map((one) => `${service} is let out to ${one}`),
      ...into
        .filter((one) => !wanted.has(one) && !isPublic.has(one))
        .map((one) => `${service} is let in to ${one}`),
      ...called
        .filter((one) => !out.includes(one) || !into.includes(one))
        .map((one) => `${service} may not call ${one}`),
    ];
  });
};

/** The front door, and where upstream publishes, take whoever comes. */
const isPublic = new Set(['approvals:8080', 'intake:8081']);
