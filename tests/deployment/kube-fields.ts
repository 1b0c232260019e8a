import type { KubeObject } from './kustomize.js';

/**
 * The fields that our manifests use, as Kubernetes spells them: an API server drops what it does not
 * know with no more than a warning, so that a misspelt limit would be none. Checked against the JSON
 * schemas of Kubernetes 1.29, 1.33 and 1.37; check a new one there before it is added.
 */
interface Fields {
  readonly [field: string]: typeof any | Fields;
}
/** A value, or a map of names that are ours. */
const any = 'any';

const named = (...fields: readonly string[]): Record<string, typeof any> =>
  Object.fromEntries(fields.map((field) => [field, any]));

const probe: Fields = {
  ...named('periodSeconds', 'timeoutSeconds', 'failureThreshold'),
  httpGet: named('path', 'port'),
  tcpSocket: named('port'),
  exec: named('command'),
};
const selector: Fields = { matchLabels: any };
const resources: Fields = { requests: any, limits: any };

const container: Fields = {
  ...named('name', 'image', 'args', 'restartPolicy'),
  ports: named('name', 'containerPort'),
  envFrom: { configMapRef: named('name') },
  env: { ...named('name', 'value'), valueFrom: { fieldRef: named('fieldPath') } },
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  resources,
  securityContext: {
    ...named('allowPrivilegeEscalation', 'readOnlyRootFilesystem'),
    capabilities: named('drop'),
  },
  volumeMounts: named('name', 'mountPath', 'readOnly', 'subPath'),
};

const claim: Fields = { accessModes: any, resources };

const template: Fields = {
  metadata: { labels: any },
  spec: {
    ...named('serviceAccountName', 'automountServiceAccountToken', 'enableServiceLinks'),
    ...named('terminationGracePeriodSeconds', 'restartPolicy'),
    securityContext: {
      ...named('runAsNonRoot', 'runAsUser', 'runAsGroup', 'fsGroup'),
      seccompProfile: named('type'),
    },
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          topologyKey: any,
          labelSelector: selector,
        },
      },
    },
    initContainers: container,
    containers: container,
    volumes: {
      name: any,
      emptyDir: named('sizeLimit'),
      secret: named('secretName', 'defaultMode'),
      configMap: named('name'),
      persistentVolumeClaim: named('claimName'),
    },
  },
};

const peers: Fields = { podSelector: selector, namespaceSelector: selector };
const ports: Fields = named('port', 'protocol');

const specs: Readonly<Record<string, Fields>> = {
  'v1 Service': { selector: any, ports: named('name', 'port', 'targetPort') },
  'v1 PersistentVolumeClaim': claim,
  'apps/v1 Deployment': { replicas: any, selector, template },
  'apps/v1 StatefulSet': {
    ...named('replicas', 'serviceName'),
    selector,
    template,
    volumeClaimTemplates: { metadata: named('name'), spec: claim },
  },
  'batch/v1 Job': { backoffLimit: any, template },
  'networking.k8s.io/v1 NetworkPolicy': {
    podSelector: selector,
    policyTypes: any,
    ingress: { from: peers, ports },
    egress: { to: peers, ports },
  },
};
const others: Readonly<Record<string, Fields>> = {
  'v1 ServiceAccount': { automountServiceAccountToken: any },
  'v1 ConfigMap': { data: any },
};

/** Fields that Kubernetes does not know where they stand, and kinds that we do not use. */
export const unknownFields = (object: KubeObject): readonly string[] => {
  const kind = `${object.apiVersion} ${object.kind}`;
  const spec = specs[kind];
  const own = spec ? { spec } : others[kind];
  if (!own) return [`${object.metadata.name}: what is ${kind}?`];
  const head = { ...named('apiVersion', 'kind'), metadata: named('name', 'labels') };
  return unknownIn(object, { ...head, ...own }, '').map(
    (place) => `${object.kind} ${object.metadata.name}: there is no ${place}`,
  );
};

const unknownIn = (value: unknown, shape: typeof any | Fields, place: string): string[] => {
  if (shape === any || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one) => unknownIn(one, shape, place));
  return Object.entries(value).flatMap(([field, inner]) => {
    const below = shape[field];
    const path = place === '' ? field : `${place}.${field}`;
    return below === undefined ? [path] : unknownIn(inner, below, path);
  });
};
