import { randomBytes } from 'node:crypto';
import { Body, Controller, Get, Header, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hidesSomething, html, pageSession, Public, visibleText } from '../src/index.js';
import { startApp } from './an-app.js';

const session = pageSession({ https: false, secret: randomBytes(32), maxAgeSeconds: 600 });

@Controller()
class Pages {
  @Get('page')
  @Public()
  @Header('content-type', 'text/html; charset=utf-8')
  page(@Req() request: FastifyRequest) {
    const who = session.read(request);
    return html`<p>${who ?? 'nobody'}</p>`.toString();
  }

  @Post('login')
  @Public()
  login(@Body() form: Record<string, string>, @Res() reply: FastifyReply) {
    return reply.header('set-cookie', session.begin(form['as'] ?? '')).redirect('/page', 303);
  }

  @Post('decide')
  @Public()
  decide(@Body() form: Record<string, string>, @Req() request: FastifyRequest) {
    const who = session.read(request) ?? '';
    session.mustBeOwnForm(request, who, form['csrf']);
    return { decided: who };
  }
}

let door: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => {
  door = await startApp({ keys: [] }, [Pages], { forms: true });
});
afterAll(() => door.app.close());

const post = (path: string, form: Record<string, string> | string, headers: object) =>
  door.call(path, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(form),
    headers: { origin: door.url, ...headers },
  });

describe('a page session', () => {
  it('is a cookie that no script reads and no other site sends along', async () => {
    const { status, headers } = await post('/login', { as: 'ana & co; x' }, {});
    expect(status).toBe(303);
    const cookie = headers.get('set-cookie')!;
    expect(cookie).toBe(
      'session=ana%20%26%20co%3B%20x; Max-Age=600; Path=/; HttpOnly; SameSite=Strict',
    );
    const page = await door.call('/page', { headers: { cookie: `a=b; ${cookie.split(';')[0]!}` } });
    expect(page.type).toBe('text/html; charset=utf-8');
    expect(page.text).toBe('<p>ana &amp; co; x</p>');
    expect((await door.call('/page', { headers: { cookie: 'session=%zz' } })).text).toBe(
      '<p>nobody</p>',
    );
  });

  it('is bound to host and https where there is https', () => {
    const secure = pageSession({ https: true, secret: randomBytes(32), maxAgeSeconds: 1 });
    expect(secure.begin('a')).toBe(
      '__Host-session=a; Max-Age=1; Path=/; HttpOnly; SameSite=Strict; Secure',
    );
    expect(secure.end()).toContain('Max-Age=0');
    expect(() => pageSession({ https: true, secret: randomBytes(8), maxAgeSeconds: 1 })).toThrow();
  });
});

describe('a form changes something only', () => {
  const cookie = 'session=ana';
  const csrf = session.csrfToken('ana');

  it('from our own page, with the token of this session', async () => {
    const { status, body } = await post('/decide', { csrf }, { cookie });
    expect([status, body]).toEqual([201, { decided: 'ana' }]);
  });

  const other = pageSession({ https: false, secret: randomBytes(32), maxAgeSeconds: 1 });
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['without a token', {}, { cookie }],
    ["with another session's token", { csrf: session.csrfToken('ben') }, { cookie }],
    ["with another secret's token", { csrf: other.csrfToken('ana') }, { cookie }],
    ['from another site', { csrf }, { cookie, origin: 'https://evil.example' }],
    ['from a sandbox', { csrf }, { cookie, origin: 'null' }],
  ])('not %s', async (_, form, headers) => {
    const { status, body } = await post('/decide', form, headers);
    expect([status, body]).toMatchObject([403, { type: 'urn:countersign:problem:forbidden' }]);
  });

  it('not without an origin', async () => {
    const body = new URLSearchParams({ csrf }).toString();
    const type = 'application/x-www-form-urlencoded';
    expect((await door.send('/decide', body, type)).status).toBe(403);
  });

  it('not when a field comes twice', async () => {
    expect((await post('/decide', 'csrf=a&csrf=b', { cookie })).status).toBe(400);
  });
});

describe('html', () => {
  it('keeps what is put in from being anything but text', () => {
    const evil = `"><script>alert('1')</script>`;
    expect(html`<a title="${evil}">${[html`<b>${1}</b>`, false, evil]}</a>`.toString()).toBe(
      '<a title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;">' +
        '<b>1</b>&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</a>',
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`${text}`.toString()).not.toMatch(/[<>"']/);
      }),
    );
  });

  it.each([
    ['pay\u202e001 to', 'pay⟦U+202E⟧001 to'],
    ['a\u200bb', 'a⟦U+200B⟧b'],
    ['a\u{e0041}', 'a⟦U+E0041⟧'],
    ['\ufeffa\u00ad', '⟦U+FEFF⟧a⟦U+00AD⟧'],
    ['\u001b[31m\u0000\r', '⟦U+001B⟧[31m⟦U+0000⟧⟦U+000D⟧'],
    ['a\u2028b\ufe0f\u3164', 'a⟦U+2028⟧b⟦U+FE0F⟧⟦U+3164⟧'],
    ['\ud800', '⟦U+D800⟧'],
    ['Grüße\t東京\n😀', 'Grüße\t東京\n😀'],
  ])('shows %j as %s', (text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(html`${text}`.toString()).toBe(shown);
    expect(hidesSomething(text)).toBe(shown !== text);
  });
});
