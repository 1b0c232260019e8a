export {
  startDevIssuer,
  type DevIssuer,
  type DevIssuerOptions,
  type PublishedAt,
} from './dev-issuer.js';
export { startKeyServer, type KeyServer, type KeyServerOptions } from './key-server.js';
export { demoPersonas, type Persona } from './personas.js';
