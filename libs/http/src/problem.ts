/** What is wrong at one place of a request. */
export interface ProblemPlace {
  /** RFC 6901 pointer into the body. */
  readonly pointer?: string;
  /** Name of a query or path parameter, or of a header. */
  readonly parameter?: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** One sentence for this occurrence, shown to the caller: no secret, no inner detail. */
  readonly detail?: string | undefined;
  readonly errors?: readonly ProblemPlace[] | undefined;
  /** Further members of the answer, e.g. who won a race. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For the log only. */
  readonly cause?: unknown;
}

/** An answer by RFC 9457. Throw it from a controller, guard or pipe. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    /** HTTP status, 400–599. */
    readonly status: number,
    /** Names the kind of problem; its URI is `urn:countersign:problem:{slug}`. */
    readonly slug: string,
    /** The same for every occurrence of the kind. */
    readonly title: string,
    readonly options: ProblemOptions = {},
  ) {
    super(options.detail ?? title, options.cause === undefined ? {} : { cause: options.cause });
  }
}

export const problemType = (slug: string): string => `urn:countersign:problem:${slug}`;

/** The body of the answer. */
export const problemBody = (problem: Problem, correlationId: string): Record<string, unknown> => ({
  ...problem.options.members,
  type: problemType(problem.slug),
  title: problem.title,
  status: problem.status,
  ...(problem.options.detail !== undefined && { detail: problem.options.detail }),
  ...(problem.options.errors !== undefined && { errors: problem.options.errors }),
  correlationId,
});

/** 400: the request does not say what it must; each place says why. */
export const invalidRequest = (errors: readonly ProblemPlace[]): Problem =>
  new Problem(400, 'invalid-request', 'The request is not valid', { errors });

export const notFound = (detail?: string): Problem =>
  new Problem(404, 'not-found', 'There is nothing here', { detail });

/** 401, without a reason for the caller; the log has it. */
export const unauthenticated = (reason: string): Problem =>
  new Problem(401, 'unauthenticated', 'A valid bearer token is needed', {
    headers: { 'www-authenticate': 'Bearer' },
    cause: reason,
  });

/** 403, without a reason for the caller; the log has it. */
export const forbidden = (reason: string): Problem =>
  new Problem(403, 'forbidden', 'You may not do this', { cause: reason });

/** 503: nothing was done; the same request may be sent again. */
export const unavailable = (reason: unknown): Problem =>
  new Problem(503, 'unavailable', 'This cannot be done now; please try again', {
    headers: { 'retry-after': '5' },
    cause: reason,
  });
