/** Where in a schema something is wrong, and what. */
export interface SchemaProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Json = Readonly<Record<string, unknown>>;

/** A keyword that is not listed could open what the others close. */
const known = new Set([
  ...['$schema', '$id', 'title', 'description', 'examples', 'x-subject', 'format'],
  ...['type', 'enum', 'const', 'oneOf', 'discriminator'],
  ...['properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems'],
  ...['minLength', 'maxLength', 'pattern', 'minimum', 'maximum'],
]);

/** Words that make a field a door to anywhere, when its text is free. */
const openDoors = new Set([
  ...['url', 'uri', 'href', 'link', 'endpoint', 'webhook', 'host', 'sql', 'query', 'statement'],
  ...['shell', 'command', 'cmd', 'exec', 'eval', 'script', 'expression', 'template'],
]);
/** As a whole name only: a `postalCode` is harmless. */
const openNames = new Set(['code', 'path', 'file']);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isFixed = (schema: Json) => 'const' in schema || 'enum' in schema;

/**
 * What keeps a JSON Schema from being strict: every object closed, every text, number and list
 * bounded, no field that takes a free URL, command or query, no keyword that we do not know.
 * @returns nothing when it is strict
 */
export const strictSchemaProblems = (schema: unknown): readonly SchemaProblem[] =>
  isObject(schema) && schema.type !== 'object'
    ? [{ path: [], message: 'must have "type: object" at the top' }]
    : problemsOf(schema, []);

const problemsOf = (schema: unknown, path: SchemaProblem['path']): readonly SchemaProblem[] => {
  const here = (message: string, ...at: (string | number)[]) => ({
    path: [...path, ...at],
    message,
  });
  if (!isObject(schema)) return [here('must be a schema, written out')];
  const unknown = Object.keys(schema)
    .filter((keyword) => !known.has(keyword))
    .map((keyword) => here(`keyword "${keyword}" is not allowed`, keyword));
  if ('oneOf' in schema) return [...unknown, ...problemsOfChoice(schema, path)];
  switch (schema.type) {
    case 'object':
      return [...unknown, ...problemsOfObject(schema, path)];
    case 'array':
      return [
        ...unknown,
        ...(typeof schema.maxItems === 'number' ? [] : [here('a list needs maxItems')]),
        ...problemsOf(schema.items, [...path, 'items']),
      ];
    case 'string':
      return isFixed(schema) || typeof schema.maxLength === 'number'
        ? unknown
        : [...unknown, here('a text needs maxLength, enum or const')];
    case 'integer':
    case 'number':
      return isFixed(schema) || ('minimum' in schema && 'maximum' in schema)
        ? unknown
        : [...unknown, here('a number needs minimum and maximum, enum or const')];
    case 'boolean':
      return unknown;
    default:
      return [...unknown, here('needs one type: object, array, string, integer, number, boolean')];
  }
};

const problemsOfChoice = (schema: Json, path: SchemaProblem['path']): readonly SchemaProblem[] => {
  const branches = Array.isArray(schema.oneOf) ? (schema.oneOf as unknown[]) : [];
  const by = isObject(schema.discriminator) ? schema.discriminator.propertyName : undefined;
  const named =
    schema.type === 'object' &&
    typeof by === 'string' &&
    branches.length > 0 &&
    branches.every(
      (branch) =>
        isObject(branch) && isObject(branch.properties) && isObject(branch.properties[by]),
    );
  return [
    ...(named
      ? []
      : [{ path, message: 'oneOf needs "type: object" and a discriminator that each branch has' }]),
    ...branches.flatMap((branch, n) => problemsOf(branch, [...path, 'oneOf', n])),
  ];
};

const problemsOfObject = (schema: Json, path: SchemaProblem['path']): readonly SchemaProblem[] => {
  const at = (message: string, ...more: string[]) => ({ path: [...path, ...more], message });
  if (!isObject(schema.properties)) return [at('an object needs properties')];
  const names = Object.keys(schema.properties);
  const required = Array.isArray(schema.required) ? (schema.required as unknown[]) : [];
  return [
    ...(schema.additionalProperties === false ? [] : [at('needs "additionalProperties: false"')]),
    ...required
      .filter((name) => !names.includes(name as string))
      .map((name) => at(`requires "${String(name)}", which is not one of its properties`)),
    ...names.flatMap((name) => {
      const property = (schema.properties as Json)[name];
      const place = [...path, 'properties', name];
      return [
        ...(isDoor(name, property)
          ? [{ path: place, message: `"${name}" may not be a free text; give it an enum` }]
          : []),
        ...problemsOf(property, place),
      ];
    }),
  ];
};

const isDoor = (name: string, schema: unknown): boolean =>
  isObject(schema) &&
  schema.type === 'string' &&
  !isFixed(schema) &&
  (openNames.has(name) ||
    name.split(/(?=[A-Z])|[-_]/).some((word) => openDoors.has(word.toLowerCase())));
