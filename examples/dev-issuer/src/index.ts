export { startDevIssuer, type DevIssuer, type DevIssuerOptions } from './dev-issuer.js';
export { demoPersonas, type Persona } from './personas.js';
