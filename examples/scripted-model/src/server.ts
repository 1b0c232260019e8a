import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, modelName, modeOf } from './answer.js';
import type { ChatRequest } from './chat.js';
import { modes, type Mode } from './misbehave.js';
import { eventsOf } from './stream.js';

export interface ScriptedModelOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** Loopback unless said, e.g. `0.0.0.0` in a container. */
  readonly host?: string;
  /** Follows orders found in tickets: the adversary, for tests. */
  readonly obeys?: boolean;
}

export interface RunningScriptedModel {
  /** E.g. `http://127.0.0.1:8091`; clients take `/v1` below it as their base URL. */
  readonly url: string;
  readonly port: number;
  /** Chat completions asked for so far, whatever became of them. */
  readonly asked: number;
  close(): Promise<void>;
}

/** A mode for the next requests; of those of one task only, when it names one. */
interface Armed {
  readonly mode: Mode;
  times: number;
  readonly task?: string;
}

const bodyMaxBytes = 4 * 1024 * 1024;
const label = { 'x-scripted-model': 'fixed rules; no language model answers here' };

/**
 * An OpenAI-compatible endpoint that answers by rules.
 * @throws the system's error when the port is taken
 */
export const startScriptedModel = async ({
  port,
  host = '127.0.0.1',
  obeys = false,
}: ScriptedModelOptions): Promise<RunningScriptedModel> => {
  const state = { armed: [] as Armed[], asked: 0, obeys };
  const server = createServer((request, response) => {
    handle(state, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(port, host, listening);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    get asked() {
      return state.asked;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};

interface State {
  armed: Armed[];
  asked: number;
  readonly obeys: boolean;
}

const send = (response: ServerResponse, status: number, value: unknown, more: object = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...label, ...more });
  response.end(JSON.stringify(value));
};
const fail = (response: ServerResponse, status: number, message: string, more: object = {}) =>
  send(response, status, { error: { message, type: 'scripted_model', code: status } }, more);

const handle = async (
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const body = await readBody(request);
  switch (`${request.method} ${request.url}`) {
    case 'GET /':
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', ...label });
      response.end(
        `${modelName}: answers tickets by fixed rules. No language model is involved.\n`,
      );
      return;
    case 'GET /v1/models':
      return send(response, 200, { object: 'list', data: modelNames.map(described) });
    case 'POST /control':
      return arm(state, body, response);
    case 'DELETE /control':
      state.armed = [];
      return send(response, 200, { armed: [] });
    case 'POST /v1/chat/completions':
      return complete(state, body, response);
    default:
      return fail(response, 404, 'nothing here');
  }
};

const modelNames = [modelName, ...modes.map((mode) => `${modelName}:${mode}`)];
const described = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'scripted-rules' });

const arm = (state: State, body: string | undefined, response: ServerResponse): void => {
  const { mode, times = 1, task } = (parse(body) ?? {}) as Partial<Armed>;
  if (mode === undefined || !modes.includes(mode) || !Number.isSafeInteger(times) || times < 1) {
    return fail(response, 400, `write {"mode": one of ${modes.join(', ')}, "times": 1}`);
  }
  state.armed.push({ mode, times, ...(task !== undefined && { task }) });
  return send(response, 200, { armed: state.armed });
};

const take = (state: State, body: string): Mode | undefined => {
  // The task stands in JSON within JSON, hence the backslashes.
  const found = state.armed.find(
    ({ task }) => task === undefined || body.includes(`\\"task\\":\\"${task}\\"`),
  );
  if (!found) return undefined;
  found.times -= 1;
  state.armed = state.armed.filter(({ times }) => times > 0);
  return found.mode;
};

const complete = (state: State, body: string | undefined, response: ServerResponse): void => {
  if (body === undefined) return fail(response, 413, `at most ${bodyMaxBytes} bytes`);
  const request = parse(body) as ChatRequest | undefined;
  if (typeof request?.model !== 'string' || !Array.isArray(request.messages)) {
    return fail(response, 400, 'a request has a model and messages');
  }
  const asked = modeOf(request.model);
  if (asked === undefined) {
    return fail(response, 404, `no such model; this is ${modelName}, which is no language model`);
  }
  state.asked += 1;
  const mode = take(state, body) ?? (asked === 'none' ? undefined : asked);
  if (mode === 'hang') return;
  if (mode === '429') return fail(response, 429, 'too many requests', { 'retry-after': '1' });
  if (mode === '500') return fail(response, 500, 'out of order');
  const created = Math.floor(Date.now() / 1_000);
  const completion = answer(request, { obeys: state.obeys, mode, created });
  if (!request.stream) return send(response, 200, completion);
  response.writeHead(200, { 'content-type': 'text/event-stream', ...label });
  for (const event of eventsOf(completion, request.stream_options)) response.write(event);
  response.end();
};

const parse = (body: string | undefined): unknown => {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
};

/** Undefined when there is too much of it. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyMaxBytes) chunks.push(chunk);
  }
  return bytes > bodyMaxBytes ? undefined : Buffer.concat(chunks).toString('utf8');
};
