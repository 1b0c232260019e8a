import { parseArgs } from 'node:util';
import { startDevIssuer } from './dev-issuer.js';
import { startKeyServer } from './key-server.js';

// node dist/main.js --key-file FILE [--audience NAME] [--port N]
//   [--host ADDRESS --published-at URL [--name NAME…]]
// node dist/main.js --keys-only --key-file FILE [--port N] [--host ADDRESS]
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8092' },
    host: { type: 'string', default: '127.0.0.1' },
    'key-file': { type: 'string' },
    audience: { type: 'string', default: 'countersign' },
    /** The loopback address at which the container's port is published. */
    'published-at': { type: 'string' },
    /** By which other containers call. */
    name: { type: 'string', multiple: true, default: [] },
    /** Shows the public key and gives no tokens. */
    'keys-only': { type: 'boolean', default: false },
  },
});
const { host, name: names, 'key-file': keyFile, 'published-at': url } = values;
const port = Number(values.port);
if (keyFile === undefined) {
  console.error('dev-issuer: --key-file is needed');
  process.exit(1);
}
const running = values['keys-only']
  ? await startKeyServer({ port, host, keyFile })
  : await startDevIssuer({
      port,
      host,
      keyFile,
      audience: values.audience,
      ...(url !== undefined && { published: { url, names } }),
    });
console.log(
  'url' in running
    ? `development issuer: ${running.url}; never for production`
    : `keys of the development issuer: port ${running.port}`,
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void running.close().then(() => process.exit(0)));
}
