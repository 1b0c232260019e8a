export { fixedPort, freePort } from './free-port.js';
