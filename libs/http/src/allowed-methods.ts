import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.js';

/**
 * Answers 405 with `Allow` where the address exists and only the method does not; the router alone
 * would say 404. Call before routes are added.
 */
export const answerOtherMethods = (server: FastifyInstance): void => {
  const routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  server.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  server.addHook('onRequest', (request, _reply, done) => {
    if (!request.is404) return done();
    const path = request.url.split('?', 1)[0]!;
    const methods = [...routes.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((route) => [...route.methods]);
    if (methods.length === 0) return done();
    const headers = { allow: [...new Set(methods)].sort().join(', ') };
    return done(new Problem(405, 'method-not-allowed', 'This cannot be done here', { headers }));
  });
};

const patternOf = (url: string): RegExp => {
  const steps = url.split('/').map((step) => {
    if (step.startsWith(':')) return '[^/]+';
    return step === '*' ? '.*' : step.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${steps.join('/')}$`);
};
