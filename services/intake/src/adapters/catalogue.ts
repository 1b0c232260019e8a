import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { DefinitionStream } from '@countersign/contracts';
import type { EventStore, StoredEvent } from '@countersign/event-store';
import type { FieldProblem } from '../domain/intake.js';

/** One kind of upstream event that a workflow accepts. */
export interface AcceptedType {
  readonly workflow: string;
  /** Empty when the data fits the schema. */
  problems(data: unknown): readonly FieldProblem[];
  /** Pseudonyms of the people the data is about, by the schema's `x-subject`. */
  subjects(data: Record<string, unknown>): readonly string[];
}

/** What upstream may send, followed from the public `definition-*` streams. */
export interface Catalogue {
  typeOf(eventType: string): AcceptedType | undefined;
  types(): readonly string[];
  readonly live: boolean;
  readonly caughtUp: Promise<void>;
  close(): Promise<void>;
}

type Named = DefinitionStream['DefinitionNamed'];
type Stored = DefinitionStream['DefinitionStored'];

/** Follows the definitions; of two versions of a workflow the later one takes new cases. */
export const followCatalogue = (store: EventStore): Catalogue => {
  const schemas = new Map<string, Record<string, unknown>>();
  const newest = new Map<string, Named>();
  let accepted = new Map<string, AcceptedType>();

  const learn = (event: StoredEvent) => {
    if (event.type === 'DefinitionStored') {
      const { kind, digest, document } = event.data as Stored;
      if (kind === 'schema') schemas.set(digest, document as Record<string, unknown>);
    }
    if (event.type === 'DefinitionNamed') {
      const named = event.data as Named;
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
      return subscription.state === 'live';
    },
    caughtUp: subscription.caughtUp,
    close: () => subscription.close(),
  };
};

const acceptedTypes = (
  workflows: readonly Named[],
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
  const template = schema['x-subject'];
  return {
    workflow,
    problems: (data) => (validate(data) ? [] : (validate.errors ?? []).map(problemOf)),
    subjects: (data) => (typeof template === 'string' ? [filled(template, data)] : []),
  };
};

/** Names the field and the rule, never the value. */
const problemOf = ({ instancePath, keyword, params, message }: ErrorObject): FieldProblem => {
  const { missingProperty, additionalProperty, allowedValues } = params as Record<string, unknown>;
  const field = missingProperty ?? additionalProperty;
  return {
    pointer: `/data${instancePath}${field === undefined ? '' : `/${String(field)}`}`,
    message: Array.isArray(allowedValues)
      ? `must be one of ${allowedValues.join(', ')}`
      : (message ?? keyword),
  };
};

const filled = (template: string, data: Record<string, unknown>): string =>
  template.replace(/\{([\w.]+)\}/g, (_, path: string) =>
    String(
      path
        .split('.')
        .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], data),
    ),
  );
