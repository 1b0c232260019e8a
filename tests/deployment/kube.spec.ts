import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { composeFrom } from './compose.js';
import { environmentOf } from './dockerfile-problems.js';
import { environmentIn, kubeProblems, type KubeSurroundings } from './kube-problems.js';
import { behind, isWorkload, letsIn, podsOf } from './kube-routes.js';
import { fromDisk, render, type Read } from './kustomize.js';
import { foreignImages, portsOf, processes } from './processes.js';
import { routesIn } from './environment-problems.js';

const base = 'deploy/k8s/base';
const demo = 'deploy/k8s/demo';
const around: KubeSurroundings = {
  builds: (entry) =>
    existsSync(entry.replace('/dist/', '/src/').replace(/(?<=\/src\/.*)\.js$/, '.ts')),
  image: environmentOf(readFileSync('Dockerfile', 'utf8')),
};
const compose = composeFrom(readFileSync('docker-compose.yml', 'utf8'));

describe('deploy/k8s', () => {
  it.each([base, demo])(
    '%s describes the services as their code is, with nothing secret, and the agent shut in (I17)',
    (folder) => {
      expect(kubeProblems(render(folder), around)).toEqual([]);
    },
  );

  it('is the same deployment as docker-compose.yml', () => {
    const objects = render(demo);
    for (const { service } of processes) {
      const own = compose.services[service]!;
      const workload = objects.find((one) => isWorkload(one) && one.metadata.name === service)!;
      const [container] = workload.spec.template.spec.containers;
      expect(environmentIn(objects, service)).toEqual(own.environment);
      expect([container.image, container.args]).toEqual([own.image, own.command]);
      expect(container.resources.limits.memory.toLowerCase()).toBe(`${own.mem_limit}i`);
    }
    const containers = objects
      .filter(isWorkload)
      .flatMap(({ spec }) => [
        ...(spec.template.spec.initContainers ?? []),
        ...spec.template.spec.containers,
      ]);
    const beside = ['demo-crm', 'scripted-model', 'issuer', 'issuer-keys', 'topics'];
    for (const name of [...beside, ...Object.keys(foreignImages)]) {
      const container = containers.find((one) => one.name === name);
      const { image, command } = compose.services[name]!;
      expect([container?.image, container?.args]).toEqual([image, command]);
    }
    // A machine needs listeners that a cluster does not.
    const but = ({
      KAFKA_LISTENERS,
      KAFKA_ADVERTISED_LISTENERS,
      ...rest
    }: Record<string, string>) => ({
      ...rest,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'its own',
    });
    for (const name of ['kafka', 'eventstore']) {
      const { env } = containers.find((one) => one.name === name);
      const given = Object.fromEntries(env.map((one: any) => [one.name, one.value]));
      expect(but(given)).toEqual(but({ ...compose.services[name]!.environment }));
    }
  });

  it('lets everybody find whom the settings name, in the base by the roles of an overlay', () => {
    const objects = render(demo);
    const hosts = processes.flatMap(({ service }) => routesIn(environmentIn(objects, service)));
    expect(hosts.length).toBeGreaterThan(20);
    expect(hosts.filter(({ host }) => behind(objects, host).length !== 1)).toEqual([]);
  });

  it('opens front door and intake to all, and no other', () => {
    const objects = render(demo);
    const open = podsOf(objects).flatMap((pod) =>
      Object.values(portsOf)
        .filter((port) => letsIn(objects, undefined, pod, port))
        .map((port) => `${pod.name}:${port}`),
    );
    expect(open.sort()).toEqual(['approvals:8080', 'intake:8081']);
  });

  it('has its secrets made by docs/deployment.md, each file under the name that is mounted', () => {
    const page = readFileSync('docs/deployment.md', 'utf8');
    const made = [
      ...page.matchAll(
        /create (?:secret generic|configmap) ([\w-]+) --from-file=(?:(\w+)=)?(\S+)/g,
      ),
    ].flatMap(([, name, key, path]) => `${name}/${key ?? path!.split('/').at(-1)}`);
    const mounted = render(demo)
      .filter(isWorkload)
      .flatMap(({ spec }) => {
        const { volumes = [], containers, initContainers = [] } = spec.template.spec;
        const words = JSON.stringify([initContainers, render(demo).map(({ data }) => data)]);
        return volumes.flatMap(({ name, secret, configMap }: any) => {
          const { mountPath } = [...containers, ...initContainers]
            .flatMap(({ volumeMounts = [] }) => volumeMounts)
            .find((one: any) => one.name === name);
          const [, file] = new RegExp(`${mountPath}/([\\w.-]+)`).exec(words) ?? [];
          const source = secret?.secretName ?? configMap?.name;
          return source === undefined ? [] : [`${source}/${file}`];
        });
      });
    expect([...new Set(mounted)].sort()).toEqual(made.sort());
  });

  const broken = (file: string, from: string, to: string): Read => {
    const whole = fromDisk(`deploy/k8s/${file}`);
    expect(whole).toContain(from);
    return (path) => (path === `deploy/k8s/${file}` ? whole.replace(from, to) : fromDisk(path));
  };
  const problemsWith = (file: string, from: string, to: string): string => {
    try {
      return kubeProblems(render(demo, broken(file, from, to)), around).join('\n');
    } catch (error) {
      return (error as Error).message;
    }
  };

  const agent = 'base/agent.yaml';
  const policies = 'base/network-policies.yaml';
  it.each<[string, string, string, string, RegExp]>([
    [
      'a field that is misspelt',
      agent,
      'readOnlyRootFilesystem:',
      'readOnlyRootFS:',
      /there is no spec/,
    ],
    ['a kind of its own', agent, 'kind: Service\n', 'kind: Ingress\n', /what is v1 Ingress/],
    [
      'a namespace',
      agent,
      'metadata:\n  name: agent\n',
      'metadata:\n  name: agent\n  namespace: x\n',
      /names a namespace/,
    ],
    [
      'a token of the account',
      agent,
      'automountServiceAccountToken: false\n---',
      '---',
      /its account has/,
    ],
    [
      'a token of the cluster',
      agent,
      '      automountServiceAccountToken: false\n',
      '',
      /given a token/,
    ],
    [
      'addresses for ports',
      agent,
      'enableServiceLinks: false',
      'enableServiceLinks: true',
      /finds addr/,
    ],
    ['root', agent, 'runAsNonRoot: true', 'runAsNonRoot: false', /may run as root/],
    ['another user', agent, 'runAsUser: 1000', 'runAsUser: 0', /runs as another user/],
    ['every system call', agent, 'type: RuntimeDefault', 'type: Unconfined', /may call anything/],
    [
      'other pods',
      agent,
      'matchLabels: { app.kubernetes.io/name: agent',
      'matchLabels: { app.kubernetes.io/name: x',
      /loses its pods/,
    ],
    [
      'a registry',
      agent,
      'image: countersign',
      'image: registry.example/countersign',
      /names a registry/,
    ],
    ['an image that moves', agent, 'countersign:0.1.0', 'countersign:latest', /not pinned/],
    [
      'another image',
      agent,
      'image: countersign:',
      'image: somebody/countersign:',
      /runs somebody/,
    ],
    [
      'another program',
      agent,
      '[services/agent/',
      '[services/executor/',
      /does not run services\/agent/,
    ],
    [
      'no program',
      'demo/demo-crm.yaml',
      'demo-crm/dist/main',
      'demo-crm/dist/start',
      /there is no ex/,
    ],
    [
      'privileges',
      agent,
      'allowPrivilegeEscalation: false',
      'allowPrivilegeEscalation: true',
      /gain priv/,
    ],
    ['capabilities', agent, 'drop: [ALL]', 'drop: [NET_RAW]', /keeps capabilities/],
    [
      'an image to write to',
      agent,
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
      /may write/,
    ],
    ['no limit of memory', agent, 'limits: { memory: 384Mi }', 'limits: {}', /no limit of memory/],
    [
      'no share of the processor',
      agent,
      'requests: { cpu: 100m, memory',
      'requests: { memory',
      /no share/,
    ],
    ['no probe', agent, 'livenessProbe:', 'startupProbe:', /unique|no livenessProbe/],
    [
      'a probe of a port that is closed',
      agent,
      'path: /livez, port: http',
      'path: /livez, port: web',
      /asks port web/,
    ],
    [
      'a restart for what is outside',
      agent,
      'livenessProbe:\n            httpGet: { path: /livez',
      'livenessProbe:\n            httpGet: { path: /readyz',
      /lives by another/,
    ],
    [
      'a readiness that says nothing',
      agent,
      'path: /readyz',
      'path: /livez',
      /is ready by another/,
    ],
    [
      'another port',
      agent,
      'containerPort: 8083',
      'containerPort: 8082',
      /does not listen on 8083/,
    ],
    [
      'a service in front of nobody',
      agent,
      'selector: { app.kubernetes.io/name: agent,',
      'selector: { app.kubernetes.io/name: agents,',
      /leads to no pod/,
    ],
    [
      'a service in front of a closed port',
      agent,
      'targetPort: http',
      'targetPort: web',
      /which nobody opens/,
    ],
    [
      'a service at another port',
      agent,
      'port: 8083, targetPort',
      'port: 80, targetPort',
      /in front of another/,
    ],
    ['one name for all replicas', agent, 'name: INSTANCE', 'name: LOG_LEVEL', /have one name/],
    [
      'a setting of the past',
      'base/settings/agent.env',
      'VIEWS_FOLDER',
      'VIEW_FOLDER',
      /reads no VIEW_FOLDER/,
    ],
    [
      'a setting left out',
      'base/settings/agent.env',
      'KAFKA_BROKERS=kafka:9092\n',
      '',
      /KAFKA_BROKERS would be/,
    ],
    [
      'a secret in the open',
      'base/settings/agent.env',
      'CRM_READ_KEY_FILE=',
      'CRM_READ_KEY=',
      /in the open/,
    ],
    [
      'a path that is not mounted',
      agent,
      'mountPath: /keys/agent,',
      'mountPath: /agent,',
      /nothing is mounted/,
    ],
    [
      'a volume that is not there',
      agent,
      '- name: views\n          emptyDir',
      '- name: view\n          emptyDir',
      /no volume views/,
    ],
    [
      'the credential that writes',
      agent,
      'secretName: crm-read-key',
      'secretName: crm-write-key',
      /must not have/,
    ],
    [
      'one node each',
      agent,
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
      /on other nodes/,
    ],
    [
      'an agent that may call all',
      policies,
      'countersign-role: model }',
      'app.kubernetes.io/part-of: countersign }',
      /agent is let out to/,
    ],
    [
      'an agent that may sign in',
      'demo/issuer.yaml',
      '{ app.kubernetes.io/name: approvals, app.kubernetes.io/part-of: countersign }\n  policyTypes: [Egress]',
      '{ countersign-shares: subject-keys }\n  policyTypes: [Egress]',
      /agent is let out to issuer:8092/,
    ],
    [
      'no route to the target',
      policies,
      'countersign-role: target }',
      'countersign-role: goal }',
      /may not call demo-crm/,
    ],
    ['no route to the store', policies, 'port: 2113', 'port: 2114', /may not call eventstore/],
    [
      'settings that nothing names',
      'base/kustomization.yaml',
      '  - name: agent-settings\n    envs: [settings/agent.env]\n',
      '',
      /nothing names settings\/agent.env/,
    ],
    [
      'a file that nothing names',
      'base/kustomization.yaml',
      '  - executor.yaml\n',
      '',
      /nothing names executor.yaml/,
    ],
    [
      'a file that is not there',
      'base/kustomization.yaml',
      '- intake.yaml',
      '- intakes.yaml',
      /there is no intakes.yaml/,
    ],
    [
      'what only another tool renders',
      'base/kustomization.yaml',
      'resources:',
      'helmCharts: []\nresources:',
      /cannot render/,
    ],
    [
      'settings merged into none',
      'demo/kustomization.yaml',
      'approvals-settings',
      'approval-settings',
      /is not there/,
    ],
  ])('would be refused with %s', (_, file, from, to, problem) => {
    expect(problemsWith(file, from, to)).toMatch(problem);
  });
});
