export { BearerGuard, Caller, Public, Roles } from './bearer-guard.js';
export { correlationOf, fastifyApp, type FastifyAppOptions } from './fastify-app.js';
export {
  healthController,
  notReady,
  statesOf,
  type CheckStates,
  type HealthOptions,
  type ReadinessCheck,
} from './health.js';
export {
  deadLettersController,
  type DeadLetterDoor,
  type DeadLetterItem,
  type DeadLetterShown,
  type LetterReplayed,
} from './dead-letters.js';
export { Html, html } from './html.js';
export { etagOf, IfMatch, staleVersion, versionFromIfMatch } from './if-match.js';
export { CannotListen, listen, whyNotListening, type ListenOptions } from './listen.js';
export { openapi, type OpenApiOptions } from './openapi.js';
export { mustHaveReached } from './min-position.js';
export {
  mustBeSameOrigin,
  pageSession,
  type PageSession,
  type PageSessionOptions,
} from './page-session.js';
export {
  forbidden,
  invalidRequest,
  notFound,
  Problem,
  problemBody,
  problemType,
  unauthenticated,
  unavailable,
  type ProblemOptions,
  type ProblemPlace,
} from './problem.js';
export { ProblemFilter } from './problem-filter.js';
export { problemOfError } from './problem-of-error.js';
export { parseForm, parseJson } from './request-bodies.js';
export {
  tokenVerifier,
  type Caller as VerifiedCaller,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './tokens.js';
export { securityHeaders } from './security-headers.js';
export { requestValidation } from './validation.js';
export { hidesSomething, visibleText } from './visible-text.js';
