import { html, type Html, type VerifiedCaller } from '@countersign/http';
import type { FastifyReply } from 'fastify';
import { styleName } from './style.js';

/** Who looks at the page, and the token that their forms carry. */
export interface Visitor {
  readonly caller: VerifiedCaller;
  readonly csrfToken: string;
}

export interface PageContent {
  readonly title: string;
  readonly visitor?: Visitor | undefined;
  readonly main: Html;
  /** A page about one thing is laid out wider than a message. */
  readonly narrow?: boolean;
}

/** No script, no foreign content, no frame; a form goes only to where it came from. */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'";

/** Sends a whole page. */
export const sendPage = (reply: FastifyReply, status: number, content: PageContent): void => {
  void reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      // With no-referrer a browser hides the origin of a form that is sent, and it would be refused.
      'referrer-policy': 'same-origin',
    })
    .send(page(content).toString());
};

/** After a form was taken, the browser is sent on to a page, so that reloading repeats nothing. */
export const sendOn = (reply: FastifyReply, path: string): void => {
  void reply.code(303).header('location', path).send();
};

const page = ({ title, visitor, main, narrow }: PageContent): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Countersign</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/${styleName}" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="bar">
          <a class="brand" href="/"><span class="mark" aria-hidden="true"></span>Countersign</a>
          ${visitor && whoIsHere(visitor)}
        </header>
        <main id="main" class="${narrow ? 'narrow' : 'wide'}">${main}</main>
      </body>
    </html> `;

const whoIsHere = ({ caller, csrfToken }: Visitor): Html =>
  html`<form class="who" method="post" action="/sign-out">
    <input type="hidden" name="csrf" value="${csrfToken}" />
    <span><strong>${caller.sub}</strong> <span class="role">${caller.roles.join(', ')}</span></span>
    <button class="quiet">Sign out</button>
  </form>`;

/** A hidden field without which no form of a page counts. */
export const csrfField = ({ csrfToken }: Visitor): Html =>
  html`<input type="hidden" name="csrf" value="${csrfToken}" />`;

/** A message that a page begins with. */
export const notice = (kind: 'good' | 'bad' | 'info', title: string, text?: Html): Html =>
  html`<div class="notice ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">
    <strong>${title}</strong>${text && html`<div>${text}</div>`}
  </div>`;
