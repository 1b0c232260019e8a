import type { z } from 'zod';

/** One thing that a schema says of a value, at its place in the value. */
export interface SchemaProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The name itself is wrong, not what stands under it. */
  readonly aboutName: boolean;
}

export type Checked<T> = { readonly value: T } | { readonly problems: readonly SchemaProblem[] };

/** Checks a value; says all that is wrong with it in plain words, and what would be allowed. */
export const check = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Checked<z.infer<Schema>> => {
  const result = schema.safeParse(value, { error: wording });
  if (result.success) return { value: result.data };
  return { problems: result.error.issues.flatMap((issue) => problemsOf(issue, [])) };
};

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

const problemsOf = (issue: Issue, above: Path): SchemaProblem[] => {
  const path = [...above, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') {
    const { keys, message } = issue;
    return keys.map((key) => ({ path: [...path, key], message, aboutName: true }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return closest(issue.errors).flatMap((inner) => problemsOf(inner, path));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues.map((inner) => inner.message).join('; ');
    return [{ path, message: `as a name: ${message}`, aboutName: true }];
  }
  return [{ path, message: issue.message, aboutName: false }];
};

/** Of several forms that do not fit, the one that was most likely meant: it fits deepest. */
const closest = (forms: readonly (readonly Issue[])[]): readonly Issue[] => {
  const depth = (issues: readonly Issue[]) => Math.min(...issues.map(({ path }) => path.length));
  const [best = []] = [...forms].sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  return best;
};

const wording = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `must be ${a(issue.expected)}, not ${kindOf(issue.input)}`;
    case 'invalid_value':
      if (issue.input === undefined) return `is missing ${allowed(issue.values)}`;
      return `${shown(issue.input)} does not stand for anything here ${allowed(issue.values)}`;
    case 'invalid_union':
      return Array.isArray(issue.options)
        ? `names no known form ${allowed(issue.options)}`
        : undefined;
    case 'unrecognized_keys':
      return `is not known here ${allowed(namesOf(issue.inst))}`.trimEnd();
    case 'invalid_format':
      return issue.format === 'regex'
        ? `${shown(issue.input)} must match ${issue.pattern ?? 'its pattern'}`
        : `${shown(issue.input)} is not a valid ${issue.format}`;
    default:
      return undefined;
  }
};

const namesOf = (schema: unknown): string[] => {
  const { shape } = ((schema as z.ZodType | undefined)?._zod.def ?? {}) as { shape?: object };
  return Object.keys(shape ?? {});
};

const allowed = (values: readonly unknown[]): string =>
  values.length === 0 ? '' : `(allowed: ${values.map(String).join(', ')})`;

const a = (kind: string): string => {
  if (kind === 'record') return 'an object';
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
};

const kindOf = (value: unknown): string => {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return shown(value);
};

const shown = (value: unknown): string => {
  const text = typeof value === 'object' ? kindOf(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};
