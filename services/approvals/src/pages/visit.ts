import type { Role } from '@countersign/contracts';
import {
  forbidden,
  Problem,
  unauthenticated,
  type PageSession,
  type TokenVerifier,
} from '@countersign/http';
import type { FastifyRequest } from 'fastify';
import type { ServiceClient } from '../adapters/ask-service.js';
import type { DevelopmentIssuer } from '../settings.js';
import type { Form } from './form-fields.js';
import type { Visitor } from './page.js';

export const pageParts = Symbol('page parts');

/** What the pages work with, beside what the API works with. */
export interface PageParts {
  readonly session: PageSession;
  readonly https: boolean;
  readonly tokens: TokenVerifier;
  readonly issuer: DevelopmentIssuer | undefined;
  readonly client: ServiceClient;
}

/** Who looks at the page, if anybody has signed in. @throws Problem 503 no key can be had */
export const visitorOf = async (
  { session, tokens }: PageParts,
  request: FastifyRequest,
): Promise<Visitor | undefined> => {
  const token = session.read(request);
  if (token === undefined) return undefined;
  try {
    const caller = await tokens.verify(token);
    request.caller = caller;
    return { caller, csrfToken: session.csrfToken(token) };
  } catch (error) {
    // The session is over; whoever it was signs in again.
    if (error instanceof Problem && error.status === 401) return undefined;
    throw error;
  }
};

/** @throws Problem 401 nobody has signed in, 403 none of their roles may */
export const mustVisit = async (
  parts: PageParts,
  request: FastifyRequest,
  roles: readonly Role[],
): Promise<Visitor> => {
  const visitor = await visitorOf(parts, request);
  if (!visitor) throw unauthenticated('no session');
  if (roles.some((role) => visitor.caller.roles.includes(role))) return visitor;
  throw forbidden(`needs one of ${roles.join(', ')}`);
};

/**
 * Must pass before a form changes anything: somebody signed in, the form is ours and theirs.
 * @throws Problem 401, 403
 */
export const mustSend = async (
  parts: PageParts,
  request: FastifyRequest,
  roles: readonly Role[],
): Promise<{ visitor: Visitor; form: Form }> => {
  const form = formOf(request);
  const visitor = await mustVisit(parts, request, roles);
  parts.session.mustBeOwnForm(request, visitor.caller.token, form['csrf']);
  return { visitor, form };
};

/** Only forms: a JSON body is not what a page of ours sends. @throws Problem 415 */
export const formOf = ({ headers, body }: FastifyRequest): Form => {
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return (body ?? {}) as Form;
  }
  throw new Problem(415, 'unsupported-media-type', 'Only forms are read here');
};
