/** What stands in a line where a secret stood. */
export const redacted = '[redacted]';

/** Names that speak of a secret, wherever they occur in a field's name, in any spelling. */
const secretNames =
  /authorization|token|cookie|secret|passw(?:or)?d|(?:api|private)[-_]?key|credential/i;
/** `Bearer …`, a JWT, `//user:pass@` inside running text. */
const secretShapes = [
  /\b(?:bearer|basic)\s+[\w.~+/=-]{6,}/,
  /\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}/,
  /(?<=:\/\/)[^\s/:@]*:[^\s/@]+(?=@)/,
];
const secretText = new RegExp(secretShapes.map(({ source }) => source).join('|'), 'gi');
/** `password=…`, `"apiKey":"…"` inside running text. */
const namedSecretText = new RegExp(
  `((?:${secretNames.source})["']?\\s*[:=]\\s*["']?)[^\\s"',;&}]+`,
  'gi',
);
/** A cheap look first: a string without any of these cannot match. */
const mayHoldSecret = /[\s:=]/;

const depthMax = 6;
/** Field names, actors and messages repeat; what was found about them is kept, up to a bound. */
const knownMax = 2_000;
const knownNames = new Map<string, boolean>();
/** Short texts that were found to hold no secret. */
const knownHarmless = new Set<string>();
const harmlessMaxChars = 64;

const isSecretName = (name: string): boolean => {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const secret = secretNames.test(name);
  if (knownNames.size < knownMax) knownNames.set(name, secret);
  return secret;
};

/** Text with what looks like a secret taken out. */
export const withoutSecrets = (text: string): string => {
  if (!mayHoldSecret.test(text)) return text.startsWith('eyJ') ? redacted : text;
  if (knownHarmless.has(text)) return text;
  const shown = text.replace(secretText, redacted).replace(namedSecretText, `$1${redacted}`);
  if (shown === text && text.length <= harmlessMaxChars && knownHarmless.size < knownMax) {
    knownHarmless.add(text);
  }
  return shown;
};

/**
 * Fields as they may be written: values under secret names and secrets inside text replaced, errors
 * as name, message, stack and cause, at most six levels deep. Numbers and booleans always pass, so
 * that `inputTokens: 812` stays readable.
 */
export const redact = (
  fields: Readonly<Record<string, unknown>>,
  depth = 0,
): Record<string, unknown> => {
  const written: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    written[name] = isSecretName(name) ? hidden(value) : shown(value, depth);
  }
  return written;
};

const hidden = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined
    ? value
    : redacted;

const shown = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value === 'bigint') return String(value);
  // One named `toJSON` would be called, and what it returns be written as it is.
  if (typeof value === 'function') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === depthMax) return '[deeper]';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => shown(item, depth + 1));
  if (value instanceof Error) return redact(partsOf(value), depth + 1);
  if (value instanceof Date) return value.toJSON();
  return redact(value as Record<string, unknown>, depth + 1);
};

const partsOf = (error: Error): Record<string, unknown> => ({
  name: error.name,
  message: error.message,
  stack: error.stack,
  ...(error.cause !== undefined && { cause: error.cause }),
});
