import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller } from '../src/domain/people.js';
import type { Product } from './world.js';

/** As the development issuer answers: a token for whoever is asked for. */
export const startIssuer = async (
  people: readonly Caller[],
  tokenFor: (caller: Caller) => Promise<string>,
): Promise<{ url: string; close(): void }> => {
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const { as } = JSON.parse(body) as { as: string };
      const caller = people.find(({ sub }) => sub === as)!;
      void tokenFor(caller).then((token) => response.end(JSON.stringify({ access_token: token })));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What a browser does without scripts: keeps a cookie, sends forms with their origin. */
export const browser = (product: Product) => {
  let cookie = '';
  const ask = async (method: string, path: string, more: RequestInit = {}): Promise<Seen> => {
    const response = await fetch(product.url + path, {
      method,
      redirect: 'manual',
      ...more,
      headers: { ...(cookie && { cookie }), ...(more.headers as Record<string, string>) },
    });
    const set = response.headers.get('set-cookie');
    if (set !== null) cookie = /Max-Age=0/.test(set) ? '' : set.split(';', 1)[0]!;
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const send = (
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ) =>
    ask('POST', path, {
      headers: { origin: product.url, ...headers },
      body: new URLSearchParams(fields),
    });
  return {
    get: (path: string) => ask('GET', path),
    head: (path: string) => ask('HEAD', path),
    send,
    signIn: (as: string, next = '/') => send('/sign-in', { as, next }),
    /** Sends the form of a page that has this action, with its hidden fields. */
    submit: async (page: Seen, action: string, fields: Record<string, string>) => {
      const form = formsIn(page.text).find((one) => one.action.endsWith(action));
      if (!form) throw new Error(`no form for ${action}`);
      return send(form.action, { ...form.hidden, ...fields });
    },
    get cookie() {
      return cookie;
    },
  };
};

/** The forms of a page, with what they would send unasked. */
export const formsIn = (text: string) =>
  [...text.matchAll(/<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)].map(
    ([, action, inside]) => ({
      action: action!,
      hidden: Object.fromEntries(
        [...inside!.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
          ([, name, value]) => [name!, value!],
        ),
      ),
    }),
  );
