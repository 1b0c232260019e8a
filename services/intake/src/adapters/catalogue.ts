import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { DefinitionStream } from '@countersign/contracts';
import type { EventStore, StoredEvent } from '@countersign/event-store';
import type { FieldProblem } from '../domain/intake.js';

/** One kind of upstream event that a workflow accepts. */
export interface AcceptedType {
  readonly workflow: string;
  /** Empty when the data fits the schema; the first fifty at the most. */
  problems(data: unknown): readonly FieldProblem[];
  /** Problems as they may be published: a pointer ends where the schema knows no name for it. */
  told(problems: readonly FieldProblem[], data: unknown): readonly FieldProblem[];
  /** Pseudonyms of the people the data is about, by the schema's `x-subject`. */
  subjects(data: Record<string, unknown>): readonly string[];
}

/** What upstream may send, followed from the public `definition-*` streams. */
export interface Catalogue {
  typeOf(eventType: string): AcceptedType | undefined;
  types(): readonly string[];
  /** False also while nobody has stored any definition: then nothing could be refused rightly. */
  readonly live: boolean;
  readonly caughtUp: Promise<void>;
  close(): Promise<void>;
}

type WorkflowName = DefinitionStream['DefinitionNamed'];
type Fields = Readonly<Record<string, unknown>>;
type Stored = DefinitionStream['DefinitionStored'];

/** Follows the definitions; of two versions of a workflow the later one takes new cases. */
export const followCatalogue = (store: EventStore): Catalogue => {
  const schemas = new Map<string, Record<string, unknown>>();
  const newest = new Map<string, WorkflowName>();
  let accepted = new Map<string, AcceptedType>();

  const learn = (event: StoredEvent) => {
    if (event.type === 'DefinitionStored') {
      const { kind, digest, document } = event.data as Stored;
      if (kind === 'schema') schemas.set(digest, document as Record<string, unknown>);
    }
    if (event.type === 'DefinitionNamed') {
      const named = event.data as WorkflowName;
      const known = newest.get(named.name);
      if (named.kind === 'workflow' && (known?.version ?? 0) <= named.version) {
        newest.set(named.name, named);
      }
    }
  };
  const subscription = store.subscribe({
    prefixes: ['definition-'],
    deliver: ({ events }) => {
      if (events.length === 0) return;
      events.forEach(learn);
      accepted = acceptedTypes([...newest.values()], schemas);
    },
  });
  return {
    typeOf: (eventType) => accepted.get(eventType),
    types: () => [...accepted.keys()],
    get live() {
      return subscription.state === 'live' && accepted.size > 0;
    },
    caughtUp: subscription.caughtUp,
    close: () => subscription.close(),
  };
};

const acceptedTypes = (
  workflows: readonly WorkflowName[],
  schemas: ReadonlyMap<string, Record<string, unknown>>,
): Map<string, AcceptedType> => {
  const types = new Map<string, AcceptedType>();
  for (const { name, accepts = [], input } of workflows) {
    const schema = input && schemas.get(input.digest);
    if (!schema) continue;
    const type = acceptedType(name, schema);
    for (const eventType of accepts) types.set(eventType, type);
  }
  return types;
};

const acceptedType = (workflow: string, schema: Record<string, unknown>): AcceptedType => {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
  addFormats.default(ajv);
  ajv.addVocabulary(['x-subject', 'x-personal']);
  const validate: ValidateFunction = ajv.compile(schema);
  const subjectOf = subjectBy(schema['x-subject']);
  const names = propertyNamesIn(schema);
  return {
    workflow,
    problems: (data) =>
      validate(data)
        ? subjectOf(data).problems
        : (validate.errors ?? []).slice(0, problemsMax).map(problemOf),
    told: (problems, data) => toldOf(problems, names, data),
    subjects: (data) => subjectOf(data).subjects,
  };
};

/** More places than these help nobody, and all of them are kept in one event. */
const problemsMax = 50;
const pointerMaxChars = 256;

/** Every name that a schema gives to a property, wherever it does. */
const propertyNamesIn = (schema: unknown, names = new Set<string>()): ReadonlySet<string> => {
  if (typeof schema !== 'object' || schema === null) return names;
  const { properties } = schema as { properties?: Fields };
  for (const name of Object.keys(properties ?? {})) names.add(name);
  for (const part of Object.values(schema as Fields)) propertyNamesIn(part, names);
  return names;
};

/**
 * A name that no schema knows was chosen by the sender, and may be a person's; a number too, unless
 * it counts the places of an array.
 */
const toldOf = (
  problems: readonly FieldProblem[],
  names: ReadonlySet<string>,
  data: unknown,
): readonly FieldProblem[] => {
  const told = new Map<string, FieldProblem>();
  for (const { pointer, message } of problems) {
    const [, root, ...path] = pointer.split('/');
    const known: string[] = [];
    let at = data;
    for (const part of path) {
      if (!names.has(part) && !Array.isArray(at)) break;
      known.push(part);
      at = (at as Fields | null | undefined)?.[part];
    }
    const shown = ['', root, ...known].join('/');
    told.set(`${shown} ${message}`, { pointer: shown, message });
  }
  return [...told.values()];
};

/** Names the field and the rule, never the value. */
const problemOf = ({ instancePath, keyword, params, message }: ErrorObject): FieldProblem => {
  const { missingProperty, additionalProperty, allowedValues } = params as Record<string, unknown>;
  const field = missingProperty ?? additionalProperty;
  const pointer = `/data${instancePath}${field === undefined ? '' : `/${String(field)}`}`;
  return {
    pointer: pointer.slice(0, pointerMaxChars),
    message: Array.isArray(allowedValues)
      ? `must be one of ${allowedValues.join(', ')}`
      : (message ?? keyword),
  };
};

/** A name that keys are kept under and messages list, with commas between them. */
const pseudonym = /^[\w.:-]{1,128}$/;

/** Who the data is about, by a template such as `customer:{customer.id}`. */
const subjectBy =
  (template: unknown) =>
  (data: unknown): { subjects: readonly string[]; problems: readonly FieldProblem[] } => {
    if (typeof template !== 'string') return { subjects: [], problems: [] };
    const problems: FieldProblem[] = [];
    const subject = template.replace(/\{([\w.]+)\}/g, (_, path: string) => {
      const names = path.split('.');
      const value = names.reduce<unknown>((at, name) => (at as Fields | undefined)?.[name], data);
      const text = String(value);
      if (value === undefined || !pseudonym.test(text)) {
        const pointer = `/data/${names.join('/')}`;
        problems.push({ pointer, message: 'must be a pseudonym: letters, digits and . : _ -' });
      }
      return text;
    });
    return { subjects: [subject], problems };
  };
