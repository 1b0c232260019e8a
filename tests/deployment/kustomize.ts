import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** An object of Kubernetes, as it would be applied. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

interface Generator {
  readonly name: string;
  readonly behavior?: 'merge';
  readonly envs?: readonly string[];
  readonly literals?: readonly string[];
}

/** Reads a file of the repository; given, so that tests can show a broken one. */
export type Read = (path: string) => string;
export const fromDisk: Read = (path) => readFileSync(path, 'utf8');

/**
 * What `kubectl kustomize` makes of a folder, as far as ours use it: resources, other folders, and
 * maps of settings whose names end in a digest. @throws Error for anything else, and for a file of
 * the folder that nothing names
 */
export const render = (folder: string, read: Read = fromDisk): readonly KubeObject[] => {
  const { objects, maps } = load(folder, read);
  const suffixed = new Map([...maps].map(([name, data]) => [name, `${name}-${digestOf(data)}`]));
  const generated = [...maps].map(([name, data]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: suffixed.get(name)! },
    data,
  }));
  return [...objects.map((object) => withNames(object, suffixed)), ...generated];
};

interface Loaded {
  readonly objects: readonly KubeObject[];
  readonly maps: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

const fields = new Set(['apiVersion', 'kind', 'resources', 'configMapGenerator']);

const load = (folder: string, read: Read): Loaded => {
  const own = parse(read(join(folder, 'kustomization.yaml'))) as {
    readonly resources: readonly string[];
    readonly configMapGenerator?: readonly Generator[];
  };
  const unknown = Object.keys(own).filter((field) => !fields.has(field));
  if (unknown.length > 0) throw new Error(`${folder}: this cannot render ${unknown}`);
  const files = own.resources.filter((name) => name.endsWith('.yaml'));
  const generators = own.configMapGenerator ?? [];
  mustNameAll(folder, [...files, ...generators.flatMap(({ envs = [] }) => envs)]);
  const below = own.resources
    .filter((name) => !files.includes(name))
    .map((name) => load(join(folder, name), read));
  const maps = new Map(below.flatMap((one) => [...one.maps]));
  for (const generator of generators) generate(folder, generator, maps, read);
  return {
    objects: [
      ...below.flatMap(({ objects }) => objects),
      ...files.flatMap((name) => documentsIn(join(folder, name), read)),
    ],
    maps,
  };
};

const mustNameAll = (folder: string, named: readonly string[]): void => {
  const there = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'kustomization.yaml')
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  const missing = named.filter((name) => !there.includes(name));
  const unnamed = there.filter((name) => !named.includes(name));
  if (missing.length > 0) throw new Error(`${folder}: there is no ${missing}`);
  if (unnamed.length > 0) throw new Error(`${folder}: nothing names ${unnamed}`);
};

const documentsIn = (path: string, read: Read): readonly KubeObject[] =>
  parseAllDocuments(read(path)).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors[0]!.message}`);
    return document.toJS() as KubeObject;
  });

const generate = (
  folder: string,
  { name, behavior, envs = [], literals = [] }: Generator,
  maps: Map<string, Readonly<Record<string, string>>>,
  read: Read,
): void => {
  if ((behavior === 'merge') !== maps.has(name)) {
    throw new Error(`${folder}: ${name} ${maps.has(name) ? 'is there already' : 'is not there'}`);
  }
  const lines = [...envs.flatMap((file) => read(join(folder, file)).split('\n')), ...literals];
  const pairs = lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  maps.set(name, { ...maps.get(name), ...Object.fromEntries(pairs) });
};

/** Kustomize's own: ten digits of a SHA-256, without those that could spell a word. */
const digestOf = (data: Readonly<Record<string, string>>): string => {
  const sorted = Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));
  // It looks the name up where none is, and so takes an empty one.
  const encoded = JSON.stringify({ data: sorted, kind: 'ConfigMap', name: '' });
  const spared: Record<string, string> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };
  return createHash('sha256')
    .update(encoded)
    .digest('hex')
    .slice(0, 10)
    .replace(/[013ae]/g, (digit) => spared[digit]!);
};

/** Names of generated maps, wherever a pod refers to them. */
const withNames = <T>(value: T, names: ReadonlyMap<string, string>): T => {
  if (Array.isArray(value)) return value.map((one) => withNames(one, names)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const refers = key === 'configMapRef' || key === 'configMap';
      const name = refers ? names.get((inner as { name: string }).name) : undefined;
      return [key, name === undefined ? withNames(inner, names) : { ...inner, name }];
    }),
  ) as T;
};
