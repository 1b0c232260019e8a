import helmet from '@fastify/helmet';
import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { securityHeaders } from '../src/security-headers.js';

describe('the security headers', () => {
  it('are what helmet sends for the same policy', async () => {
    const server = fastify();
    const directives = Object.fromEntries(
      securityHeaders['content-security-policy']!.split(';').map((directive) => {
        const [name, ...sources] = directive.split(' ');
        return [name!, sources];
      }),
    );
    await server.register(helmet, {
      contentSecurityPolicy: { useDefaults: false, directives },
      xFrameOptions: { action: 'deny' },
    });
    server.get('/', () => 'x');
    const { headers } = await server.inject('/');
    const { 'cache-control': own, ...ours } = securityHeaders;
    expect(own).toBe('no-store');
    expect(headers).toMatchObject(ours);
    const transport = ['connection', 'content-length', 'content-type', 'date'];
    const names = Object.keys(headers).filter((name) => !transport.includes(name));
    expect(names.sort()).toEqual(Object.keys(ours).sort());
    await server.close();
  });
});
