/** How the command line ends, by what the product answered. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  denied: 5,
} as const;

/** The product said no, or could not be reached; `exitCode` says which to a script. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** Where the product and its development issuer answer. */
export interface Addresses {
  readonly frontDoor: string;
  readonly issuer: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly etag: string | undefined;
}

/** The command line talks HTTP: the data folder is locked by the running product. */
export interface FrontDoor {
  get(path: string): Promise<Answer>;
  send(method: 'POST' | 'PUT', path: string, body: unknown, headers?: Headers): Promise<Answer>;
}
type Headers = Readonly<Record<string, string>>;

/** Longest wait for one answer. */
const answerMaxMs = 15_000;

/** @throws CommandFailed when the product cannot be reached or refuses */
export const frontDoorAs = async (addresses: Addresses, person: string): Promise<FrontDoor> => {
  const token = await tokenFor(addresses, person);
  const ask = async (method: string, path: string, body?: unknown, headers: Headers = {}) => {
    const answer = await reach(`${addresses.frontDoor}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.status >= 400) throw refused(answer);
    return answer;
  };
  return {
    get: (path) => ask('GET', path),
    send: (method, path, body, headers) => ask(method, path, body, headers),
  };
};

/** A token of the development issuer for one of its personas. */
export const tokenFor = async ({ issuer }: Addresses, person: string): Promise<string> => {
  const answer = await reach(`${issuer}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ as: person }),
  });
  if (answer.status !== 200) throw refused(answer);
  return (answer.body as { access_token: string }).access_token;
};

const reach = async (url: string, init: RequestInit): Promise<Answer> => {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(answerMaxMs) });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      body: json && text !== '' ? JSON.parse(text) : text,
      etag: response.headers.get('etag') ?? undefined,
    };
  } catch {
    const { origin } = new URL(url);
    throw new CommandFailed(
      `nothing answers at ${origin}: start the product with "npm start", or say where it is with --url and --issuer`,
      exitCodes.failure,
    );
  }
};

const refused = ({ status, body }: Answer): CommandFailed => {
  const problem = (typeof body === 'object' ? body : { title: String(body) }) as {
    title?: string;
    detail?: string;
    errors?: { pointer: string; message: string }[];
  };
  const errors = (problem.errors ?? []).map(({ pointer, message }) => `\n  ${pointer} ${message}`);
  const text = [problem.title, problem.detail].filter(Boolean).join(': ') || `HTTP ${status}`;
  return new CommandFailed(`${text}${errors.join('')}`, exitCodeOf(status));
};

const exitCodeOf = (status: number): number => {
  if (status === 400 || status === 422) return exitCodes.usage;
  if (status === 404) return exitCodes.notFound;
  if (status === 409 || status === 412) return exitCodes.conflict;
  if (status === 401 || status === 403) return exitCodes.denied;
  return exitCodes.failure;
};
