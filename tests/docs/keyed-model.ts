import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer } from '@countersign/scripted-model';

/** An OpenAI-compatible endpoint of one model, for those who have its key. */
export interface KeyedModel {
  /** Up to and including `/v1`. */
  readonly url: string;
  /** What came, in order. */
  readonly asked: readonly {
    readonly authorization: string | undefined;
    readonly model: unknown;
    readonly answered: number;
  }[];
  close(): Promise<void>;
}

/** Thinks as the scripted model does, and tells whoever has another key which one it was given. */
export const startKeyedModel = async (id: string, key: string): Promise<KeyedModel> => {
  const asked: KeyedModel['asked'][number][] = [];
  const reply = (authorization: string | undefined, url: string | undefined, request: any) => {
    const error = (status: number, message: string) => ({ status, body: { error: { message } } });
    if (url !== '/v1/chat/completions') return error(404, 'nothing here');
    if (authorization !== `Bearer ${key}`) return error(401, `incorrect key: ${authorization}`);
    if (request.model !== id) return error(404, `there is no model ${request.model}`);
    return { status: 200, body: { ...answer({ ...request, model: 'scripted-1' }), model: id } };
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const { authorization } = request.headers;
    const { status, body: said } = reply(authorization, request.url, body);
    asked.push({ authorization, model: body.model, answered: status });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
