import { Controller, Get, Inject, Post, Req, Res, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { mustBeSameOrigin, Problem, Public } from '@countersign/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { listReaders } from '../adapters/list-questions.js';
import { choiceIn } from './form-fields.js';
import { PageFilter } from './page-filter.js';
import { sendOn } from './page.js';
import { personaToken } from './persona-token.js';
import { icon, style, styleName } from './style.js';
import { formOf, mustSend, pageParts, type PageParts } from './visit.js';

const foreverSeconds = 365 * 24 * 60 * 60;
const daySeconds = 24 * 60 * 60;

/** Signing in by persona, signing out, and what every page needs. */
@ApiExcludeController()
@Public()
@UseFilters(PageFilter)
@Controller()
export class SignIn {
  constructor(@Inject(pageParts) private readonly pages: PageParts) {}

  @Post('sign-in')
  async signIn(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { issuer, tokens, session, https } = this.pages;
    mustBeSameOrigin(request, https);
    if (!issuer) throw new Problem(404, 'not-found', 'Nobody signs in here');
    const form = formOf(request);
    const as = choiceIn(
      form,
      'as',
      issuer.personas.map((persona) => persona.as),
    );
    const token = await personaToken(issuer.url, as);
    // A token that we would not take again must not begin a session.
    await tokens.verify(token);
    void reply.header('set-cookie', session.begin(token));
    sendOn(reply, ownPath(form['next']));
  }

  @Post('sign-out')
  async signOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await mustSend(this.pages, request, listReaders);
    void reply.header('set-cookie', this.pages.session.end());
    sendOn(reply, '/');
  }

  @Get(styleName)
  style(@Res() reply: FastifyReply): void {
    sendFile(
      reply,
      'text/css; charset=utf-8',
      `public, max-age=${foreverSeconds}, immutable`,
      style,
    );
  }

  @Get('icon.svg')
  icon(@Res() reply: FastifyReply): void {
    sendFile(reply, 'image/svg+xml', `public, max-age=${daySeconds}`, icon);
  }
}

const sendFile = (reply: FastifyReply, type: string, caching: string, content: string): void => {
  void reply.headers({ 'content-type': type, 'cache-control': caching }).send(content);
};

const ownPages = /^\/(?:(?:approvals|assistance|cases)\/[\da-f-]{36})?$/i;

/** Only a page of ours: nobody is led elsewhere by a link to our sign-in. */
const ownPath = (next: string | undefined): string =>
  next !== undefined && ownPages.test(next) ? next : '/';
