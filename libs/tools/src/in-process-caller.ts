import {
  answerMaxBytes,
  noCallLeft,
  unknown,
  withCredential,
  type CallOptions,
  type CallOutcome,
  type Credentials,
  type ToolCaller,
} from './tool-caller.js';

/** A system in the same process that answers as its HTTP server would. */
export type InProcessTarget = (request: {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}>;

const answerOf = async (asked: ReturnType<InProcessTarget>): Promise<CallOutcome> => {
  try {
    const { status, headers, body } = await asked;
    if (body.length > answerMaxBytes) return unknown('answer-too-large');
    return { kind: 'answered', status, headers, body };
  } catch (error) {
    return unknown((error as NodeJS.ErrnoException).code ?? (error as Error).name);
  }
};

/** Calls without a socket, with the same credentials, limits and deadlines. */
export const inProcessToolCaller = ({
  targets,
  credentials,
}: {
  readonly targets: Readonly<Record<string, InProcessTarget>>;
  readonly credentials: Credentials;
}): ToolCaller => ({
  call: async (request, { deadlineMs, monotonic }: CallOptions) => {
    const target = targets[request.target];
    if (!target) return noCallLeft('target-not-configured');
    const headers = withCredential(request, credentials);
    if (!headers) return noCallLeft('credential-not-held');
    const leftMs = deadlineMs - monotonic();
    if (leftMs <= 0) return noCallLeft('deadline');
    const { method, path, body } = request;
    const answer = answerOf(
      target({ method, path, headers, ...(body === undefined ? {} : { body }) }),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<CallOutcome>((end) => {
      timer = setTimeout(() => end(unknown('deadline')), leftMs);
    });
    const outcome = await Promise.race([answer, late]);
    clearTimeout(timer);
    return outcome;
  },
  close: () => Promise.resolve(),
});
