import { canonical } from '@countersign/trust';
import { stepsOf, valueAt } from './json-pointer.js';
import type { PathTemplate, Tool } from './tool.js';

/** One call to an outside system, complete but for the address and the secret. */
export interface ToolRequest {
  /** Which system; the caller knows where it is. */
  readonly target: string;
  /** Name of the credential to use. */
  readonly credential: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In canonical form (RFC 8785), so that a repeat is the same to the byte. */
  readonly body?: string;
}

type Arguments = Readonly<Record<string, unknown>>;

/** A path segment could climb out of its template. */
export class UnsafePath extends Error {
  override readonly name = 'UnsafePath';
}

const fill = ({ texts, names }: PathTemplate, values: Arguments): string =>
  names.reduce((path, name, n) => {
    const value = values[name];
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new UnsafePath(`{${name}} has no value`);
    }
    const segment = encodeURIComponent(value);
    if (segment === '' || segment === '.' || segment === '..') {
      throw new UnsafePath(`{${name}} is no segment of a path`);
    }
    return path + segment + texts[n + 1]!;
  }, texts[0]!);

/**
 * The call that a tool makes. Give it validated arguments only.
 * @throws UnsafePath when an argument cannot stand in the path
 */
export const requestFor = (
  tool: Tool,
  args: Arguments,
  { idempotencyKey, ifMatch }: { idempotencyKey?: string; ifMatch?: string } = {},
): ToolRequest => {
  const { target, credential, method, body } = tool.http;
  const head: Record<string, string> = { accept: 'application/json' };
  if (idempotencyKey !== undefined) head['idempotency-key'] = idempotencyKey;
  if (ifMatch !== undefined) head['if-match'] = ifMatch;
  const path = fill(tool.compiled.path, args);
  if (body === undefined) return { target, credential, method, path, headers: head };
  head['content-type'] = 'application/json';
  const picked = Object.fromEntries(body.map((name) => [name, args[name]]));
  return { target, credential, method, path, headers: head, body: canonical(picked) };
};

const reading = (tool: Tool, path: string, credential: string): ToolRequest => ({
  target: tool.http.target,
  credential,
  method: 'GET',
  path,
  headers: { accept: 'application/json' },
});

/** What to read to learn the target's present state; null for a tool without a witness. */
export const witnessRequestFor = (tool: Tool, args: Arguments): ToolRequest | null => {
  const { witness, compiled } = tool;
  if (witness === 'none' || compiled.witnessPath === null) return null;
  return reading(tool, fill(compiled.witnessPath, args), witness.credential);
};

/** What to ask whether a key was used; null unless the tool is of class `readback`. */
export const readbackRequestFor = (
  tool: Tool,
  args: Arguments,
  idempotencyKey: string,
): ToolRequest | null => {
  const { readback, compiled } = tool;
  if (readback === undefined || compiled.readbackPath === null) return null;
  const path = fill(compiled.readbackPath, { ...args, idempotencyKey });
  return reading(tool, path, readback.credential);
};

/** The target's own name for what was written, when its answer gives one. */
export const referenceIn = (tool: Tool, body: string): string | undefined => {
  if (tool.http.reference === undefined) return undefined;
  try {
    const found = valueAt(JSON.parse(body), stepsOf(tool.http.reference));
    return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
  } catch {
    return undefined;
  }
};

/** Refusals that say what they looked at and left it alone. Not 408, 425, 429: those may be late. */
const refusals = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 428];

/**
 * What an answered first call proves. `stale`: the target has moved on since the witness was taken;
 * `not-done`: nothing happened; `unknown`: it may have.
 */
export const meaningOf = (
  tool: Tool,
  status: number,
): 'done' | 'stale' | 'not-done' | 'unknown' => {
  if (status >= 200 && status < 300) return 'done';
  if (status === 412) return 'stale';
  return (tool.http.provesNothingDone ?? refusals).includes(status) ? 'not-done' : 'unknown';
};
