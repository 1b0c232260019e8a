import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  ConfigurationError,
  openConfigFile,
  readConfigFolder,
  type ConfigFile,
} from '@countersign/configuration';
import { toolFrom, toolManifest } from '@countersign/tools';
import { z } from 'zod';
import type { ResolvedDefinition } from '../domain/definition.js';
import { clashesIn, entry, find, type Entry } from './catalogue.js';
import { checkGraph, type WorkflowFile } from './check-graph.js';
import {
  escalationShape,
  profileShape,
  queueShape,
  type KeptDocument,
  type NamedDocument,
  type ProfileDocument,
} from './documents.js';
import { pinProfile, pinWorkflow } from './pin.js';
import { resolve } from './resolve.js';
import { workflowShape } from './workflow-document.js';

/** What a configuration folder defines: checked, pinned and ready to be kept. */
export interface DefinitionSet {
  /** Those that are named stand before those that name them. */
  readonly documents: readonly KeptDocument[];
  /** What each name and version means from now on; a workflow's says what it accepts. */
  readonly names: readonly NamedDocument[];
  /** The workflows that take new cases. */
  readonly definitions: readonly ResolvedDefinition[];
}

/**
 * Reads and checks every workflow of a configuration folder, and all that they refer to.
 * @param folder has the folders workflows, schemas, profiles, tools, queues and escalations
 * @throws ConfigurationError all problems of all files at once, each with its file and line
 */
export const readDefinitions = (folder: string): DefinitionSet => {
  const problems: string[] = [];
  const trying = <T>(read: () => readonly T[]): readonly T[] => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  };
  const filesOf = <Schema extends z.ZodType>(name: string, schema: Schema) =>
    trying(() => readConfigFolder(join(folder, name), schema));

  const schemas = trying(() => readSchemas(join(folder, 'schemas')));
  const tools = filesOf('tools', toolManifest).map((file) => {
    const { reference, document } = toolFrom(file.value);
    return entry('tool', reference.name, reference.version, document, file);
  });
  const queues = filesOf('queues', queueShape).map((file) =>
    entry('queue', file.value.queue, file.value.version, file.value, file),
  );
  const escalations = filesOf('escalations', escalationShape).map((file) =>
    entry('escalation', file.value.escalation, file.value.version, file.value, file),
  );
  const profiles = filesOf('profiles', profileShape).map((file) => {
    const pinned = pinProfile(file, tools);
    problems.push(...pinned.problems);
    return entry('profile', file.value.profile, file.value.version, pinned.document, file);
  });
  const named = [...schemas, ...tools, ...queues, ...escalations, ...profiles];
  const files = filesOf('workflows', workflowShape) as readonly WorkflowFile[];
  const workflows = files.map((file) => {
    const pinned = pinWorkflow(file, named);
    problems.push(...checkGraph(file), ...pinned.problems, ...checkProducts(file, named));
    return entry('workflow', file.value.workflow, file.value.version, pinned.document, file);
  });
  const owners = trying(() => readOwners(join(folder, 'owners.yaml')));
  problems.push(
    ...clashesIn([...named, ...workflows]),
    ...acceptedTwice(files),
    ...checkOwners(new Set(owners), named, files),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  return setOf([...named, ...workflows].map(({ kept }) => kept));
};

/** A schema is named by its file, `support-ticket@2.json`; version 1 unless the name says so. */
const readSchemas = (folder: string): readonly Entry[] =>
  readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const found = /^([a-z][a-z0-9_-]*?)(?:@([1-9]\d*))?\.(json|ya?ml)$/.exec(name);
      if (!found) return [];
      const file = openConfigFile(join(folder, name), z.looseObject({ type: z.literal('object') }));
      return [entry('schema', found[1]!, Number(found[2] ?? 1), file.value, file)];
    });

const ownersShape = z.looseObject({ owners: z.record(z.string(), z.unknown()) });
const readOwners = (path: string): readonly string[] =>
  Object.keys(openConfigFile(path, ownersShape).value.owners);

/** What a step waits for is what its profile can come to. */
const checkProducts = ({ value, problemAt }: WorkflowFile, entries: readonly Entry[]): string[] =>
  Object.entries(value.steps).flatMap(([name, step]) => {
    if (step.kind !== 'agent') return [];
    const found = find(entries, 'profile', step.profile);
    if (!('kept' in found)) return [];
    const { produces, tools } = found.kept.document as ProfileDocument;
    const awaited = { result: step.on.done, proposal: step.on.proposed };
    const place = ['steps', name, 'on'];
    const profile = `profile "${step.profile}"`;
    const problems = Object.entries(awaited)
      .filter(([product, to]) => (product === produces) === (to === undefined))
      .map(([product, to]) =>
        problemAt(
          place,
          `${profile} ${to === undefined ? 'comes' : 'never comes'} to a ${product}`,
        ),
      );
    if (produces === 'proposal' && tools.write.length === 0) {
      problems.push(
        problemAt(['steps', name, 'profile'], `${profile} has nothing to propose with`),
      );
    }
    return problems;
  });

/** Nobody's queue, tool or workflow is refused: each owner stands in owners.yaml. */
const checkOwners = (
  owners: ReadonlySet<string>,
  entries: readonly Entry[],
  files: readonly WorkflowFile[],
): string[] => {
  const unknown = (owner: string) => `no owner "${owner}" in owners.yaml`;
  return [
    ...entries.flatMap(({ kept, file }) => {
      const { owner } = kept.document as { owner?: string };
      if (owner === undefined || owners.has(owner)) return [];
      return [file.problemAt(['owner'], unknown(owner))];
    }),
    ...files.flatMap(({ value, problemAt }) =>
      Object.entries(value.owners).flatMap(([role, owner]) =>
        owners.has(owner) ? [] : [problemAt(['owners', role], unknown(owner))],
      ),
    ),
  ];
};

/** An upstream event opens one case, under one workflow. */
const acceptedTwice = (files: readonly WorkflowFile[]): string[] => {
  const first = new Map<string, ConfigFile<unknown>>();
  return files.flatMap((file) =>
    file.value.accepts.flatMap((type, index) => {
      const other = first.get(type);
      first.set(type, other ?? file);
      if (!other || other === file) return [];
      return [file.problemAt(['accepts', index], `${other.path} accepts "${type}" as well`)];
    }),
  );
};

const setOf = (documents: readonly KeptDocument[]): DefinitionSet => {
  const byDigest = new Map(documents.map((document) => [document.digest, document]));
  const definitions = documents
    .filter(({ kind }) => kind === 'workflow')
    .map(({ digest }) => resolve(digest, (one) => byDigest.get(one)));
  const names = documents.map(({ kind, name, version, digest }): NamedDocument => {
    const workflow = definitions.find(({ reference }) => reference.digest === digest);
    return {
      kind,
      name,
      version,
      digest,
      ...(workflow && { accepts: workflow.accepts, input: workflow.input }),
    };
  });
  return { documents, names, definitions };
};
