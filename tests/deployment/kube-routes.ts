import type { KubeObject } from './kustomize.js';

type Labels = Readonly<Record<string, string>>;

/** A pod that a workload makes, by what policies see of it. */
export interface Pod {
  readonly name: string;
  readonly labels: Labels;
}

const workloads = new Set(['Deployment', 'StatefulSet', 'Job']);
export const isWorkload = ({ kind }: KubeObject): boolean => workloads.has(kind);

export const podsOf = (objects: readonly KubeObject[]): readonly Pod[] =>
  objects.filter(isWorkload).map(({ metadata, spec }) => ({
    name: metadata.name,
    labels: spec.template.metadata.labels as Labels,
  }));

export const selects = (wanted: Labels | undefined, labels: Labels): boolean =>
  Object.entries(wanted ?? {}).every(([name, value]) => labels[name] === value);

/** Pods that a Service leads to. */
export const behind = (objects: readonly KubeObject[], service: string): readonly Pod[] => {
  const found = objects.find(
    ({ kind, metadata }) => kind === 'Service' && metadata.name === service,
  );
  return found ? podsOf(objects).filter(({ labels }) => selects(found.spec.selector, labels)) : [];
};

/** Whether the policies let a pod out to another. What no policy selects goes where it likes. */
export const letsOut = (
  objects: readonly KubeObject[],
  from: Pod,
  to: Pod,
  port: number,
): boolean => lets(objects, 'Egress', from, to, port);

/** Whether the policies let a pod in to another; without one to come from, whether they let anybody. */
export const letsIn = (
  objects: readonly KubeObject[],
  from: Pod | undefined,
  to: Pod,
  port: number,
): boolean => lets(objects, 'Ingress', to, from, port);

const lets = (
  objects: readonly KubeObject[],
  direction: 'Egress' | 'Ingress',
  pod: Pod,
  other: Pod | undefined,
  port: number,
): boolean => {
  const policies = objects.filter(
    ({ kind, spec }) =>
      kind === 'NetworkPolicy' &&
      (spec.policyTypes as string[]).includes(direction) &&
      selects(spec.podSelector.matchLabels, pod.labels),
  );
  if (policies.length === 0) return true;
  const [rules, peers] = direction === 'Egress' ? ['egress', 'to'] : ['ingress', 'from'];
  return policies.some(({ spec }) =>
    ((spec[rules!] ?? []) as any[]).some(
      (rule) => takesPort(rule, port) && takesPeer(rule[peers!], other),
    ),
  );
};

const takesPort = (rule: { ports?: { port: number }[] }, port: number): boolean =>
  rule.ports === undefined || rule.ports.some((one) => one.port === port);

const takesPeer = (peers: readonly any[] | undefined, other: Pod | undefined): boolean =>
  peers === undefined ||
  (other !== undefined &&
    peers.some(
      ({ podSelector, namespaceSelector }) =>
        namespaceSelector === undefined && selects(podSelector?.matchLabels, other.labels),
    ));
