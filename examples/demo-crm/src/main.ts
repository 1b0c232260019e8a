import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startDemoCrm } from './server.js';

// node dist/main.js --data-file FILE --keys-file FILE [--port N] [--no-fsync]
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    'data-file': { type: 'string' },
    /** JSON {"readKey": …, "writeKey": …}. */
    'keys-file': { type: 'string' },
    'no-fsync': { type: 'boolean', default: false },
    'fault-header': { type: 'boolean', default: false },
  },
});
const dataFile = values['data-file'];
const keysFile = values['keys-file'];
if (dataFile === undefined || keysFile === undefined) {
  console.error('demo-crm: --data-file and --keys-file are needed');
  process.exit(1);
}
const keys = JSON.parse(readFileSync(keysFile, 'utf8')) as { readKey: string; writeKey: string };
const crm = await startDemoCrm({
  port: Number(values.port),
  dataFile,
  ...keys,
  fsync: !values['no-fsync'],
  faultHeader: values['fault-header'],
});
console.log(`demo CRM: ${crm.url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void crm.close().then(() => process.exit(0)));
}
