import { z } from 'zod';
import { compileSchema } from './compile-schema.js';
import { strictSchemaProblems } from './strict-schema.js';

/** Kinds of data. Those in `shownInLogs` may stand in a log line; all others are blanked. */
export const dataClasses = [
  'reference',
  'money',
  'identity',
  'contact',
  'address',
  'message',
] as const;
export type DataClass = (typeof dataClasses)[number];
export const shownInLogs: ReadonlySet<DataClass> = new Set(['reference', 'money']);

const text = z.string().min(1).max(200);
const pointer = z.string().regex(/^(\/[^/]+)+$/, 'must be a JSON pointer such as /change/sku');
const path = z
  .string()
  .regex(/^(\/([a-z0-9-]+|\{[a-zA-Z]+\}))+$/, 'must be a path such as /orders/{order}');
const credential = z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be the name of a credential');

const shown = z.strictObject({
  label: text,
  /** What will be written: a pointer into the arguments. */
  to: pointer,
  /** What is there now: a pointer into the witness target. */
  from: pointer.optional(),
  /** `money`: cents, with the currency at the pointer beside it; `values`: the parts of an object. */
  as: z.enum(['text', 'money', 'values']).optional(),
  currency: pointer.optional(),
});
export type Shown = z.infer<typeof shown>;

const shape = z.strictObject({
  /** `system.what-it-does`. Case matters, everywhere. */
  tool: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/, 'must be a name such as crm.get-order'),
  version: z.int().positive(),
  title: text,
  description: z.string().min(1).max(2_000),
  effect: z.enum(['read', 'internal', 'notify', 'write']),
  /** JSON Schema 2020-12, strict (see `strictSchemaProblems`). */
  arguments: z.record(z.string(), z.unknown()),
  http: z.strictObject({
    /** Name of the outside system; a deployment says where it is. */
    target: text,
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    path,
    /** Top-level arguments that make up the body. */
    body: z.array(text).optional(),
    /** Name of the credential; only who holds it can make the call. */
    credential,
    /** Where the answer names what was written. */
    reference: pointer.optional(),
    /** Statuses that prove that nothing was done; the usual 4xx unless said. */
    provesNothingDone: z.array(z.int().min(300).max(599)).optional(),
  }),
  /**
   * `native`: the target does one key once; `readback`: it can be asked what was done under a key;
   * `none`: a second call may be a second effect.
   */
  idempotency: z.enum(['native', 'readback', 'none']).optional(),
  readback: z.strictObject({ path, found: z.int(), credential }).optional(),
  /** What to read again before acting; `none` only where nothing can have moved. */
  witness: z.union([
    z.literal('none'),
    z.strictObject({ path, compare: z.literal('etag'), credential }),
  ]),
  reversibility: z.enum(['reversible', 'compensable', 'irreversible']).optional(),
  /** Upper limits, by name, on numbers among the arguments. */
  caps: z.record(z.string(), z.strictObject({ at: pointer, max: z.number() })).optional(),
  /** Every top-level argument by pointer; a deeper pointer wins over the one above it. */
  dataClasses: z.record(pointer, z.enum(dataClasses)),
  owner: text,
  review: z.strictObject({ by: text, on: z.iso.date(), expires: z.iso.date() }),
  /** How long one call may take, in milliseconds. */
  timeoutMs: z.int().min(50).max(60_000),
  shows: z.array(shown).optional(),
});
export type ToolManifest = z.infer<typeof shape>;

type Complaint = (path: (string | number)[], message: string) => void;

/** The names in a path template. */
export const namesIn = (template: string): readonly string[] =>
  [...template.matchAll(/\{([a-zA-Z]+)\}/g)].map(([, name]) => name!);

const checkSchema = (manifest: ToolManifest, complain: Complaint): void => {
  const problems = strictSchemaProblems(manifest.arguments);
  for (const { path: at, message } of problems) complain(['arguments', ...at], message);
  if (problems.length > 0) return;
  try {
    compileSchema(manifest.arguments);
  } catch (error) {
    complain(['arguments'], (error as Error).message);
  }
};

const checkRouting = (manifest: ToolManifest, complain: Complaint): void => {
  const { properties = {}, required = [] } = manifest.arguments as {
    properties?: Record<string, { type?: string; pattern?: string }>;
    required?: string[];
  };
  const inPath = namesIn(manifest.http.path);
  const inBody = manifest.http.body ?? [];
  for (const name of inPath) {
    const { type, pattern } = properties[name] ?? {};
    const safe = type === 'integer' || (type === 'string' && pattern !== undefined);
    if (!safe || !required.includes(name)) {
      complain(['http', 'path'], `{${name}} must be a required integer, or text with a pattern`);
    }
  }
  for (const [n, name] of inBody.entries()) {
    if (!(name in properties)) complain(['http', 'body', n], `"${name}" is not an argument`);
  }
  for (const name of Object.keys(properties)) {
    if (!inPath.includes(name) && !inBody.includes(name)) {
      complain(['arguments', 'properties', name], 'goes neither into the path nor into the body');
    }
    if (!(`/${name}` in manifest.dataClasses)) {
      complain(['dataClasses'], `/${name} has no data class`);
    }
  }
  const witness = manifest.witness === 'none' ? [] : namesIn(manifest.witness.path);
  for (const name of witness.filter((name) => !inPath.includes(name))) {
    complain(['witness', 'path'], `{${name}} must stand in http.path as well`);
  }
};

const checkEffect = (manifest: ToolManifest, complain: Complaint): void => {
  const { effect, http, idempotency, readback, reversibility } = manifest;
  const reads = effect === 'read';
  if (reads !== (http.method === 'GET')) {
    complain(['http', 'method'], reads ? 'a tool that reads uses GET' : 'GET only reads');
  }
  if (reads && http.body !== undefined) complain(['http', 'body'], 'GET has no body');
  if (!reads && idempotency === undefined) {
    complain(['idempotency'], 'a tool with an effect must say: native, readback or none');
  }
  if (!reads && reversibility === undefined) {
    complain(['reversibility'], 'a tool with an effect must say whether it can be undone');
  }
  if ((idempotency === 'readback') !== (readback !== undefined)) {
    complain(['readback'], 'goes with "idempotency: readback", and only with it');
  }
};

const allowedInReadback = new Set(['idempotencyKey']);
const checkReadback = ({ http, readback }: ToolManifest, complain: Complaint): void => {
  const allowed = new Set([...namesIn(http.path), ...allowedInReadback]);
  for (const name of namesIn(readback?.path ?? '').filter((name) => !allowed.has(name))) {
    complain(['readback', 'path'], `{${name}} is neither in http.path nor {idempotencyKey}`);
  }
};

/** The schema of a tool's manifest. Parsing changes nothing: the document is what it was. */
export const toolManifest = shape.superRefine((manifest, context) => {
  const complain: Complaint = (at, message) =>
    context.addIssue({ code: 'custom', path: at, message });
  checkSchema(manifest, complain);
  checkRouting(manifest, complain);
  checkEffect(manifest, complain);
  checkReadback(manifest, complain);
});
