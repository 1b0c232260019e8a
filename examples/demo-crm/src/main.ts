import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startDemoCrm } from './server.js';

// node dist/main.js --data-file FILE (--keys-file FILE | --read-key-file FILE --write-key-file FILE)
//   [--port N] [--host ADDRESS] [--no-fsync] [--fault-header]
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    host: { type: 'string', default: '127.0.0.1' },
    'data-file': { type: 'string' },
    /** JSON {"readKey": …, "writeKey": …}. */
    'keys-file': { type: 'string' },
    /** Each key in a file of its own, as those who call are given them. */
    'read-key-file': { type: 'string' },
    'write-key-file': { type: 'string' },
    'no-fsync': { type: 'boolean', default: false },
    'fault-header': { type: 'boolean', default: false },
  },
});

const textOf = (file: string) => readFileSync(file, 'utf8').trim();
const keysFrom = (): { readKey: string; writeKey: string } | undefined => {
  const both = values['keys-file'];
  if (both !== undefined) return JSON.parse(textOf(both));
  const { 'read-key-file': read, 'write-key-file': write } = values;
  return read && write ? { readKey: textOf(read), writeKey: textOf(write) } : undefined;
};

const dataFile = values['data-file'];
const keys = keysFrom();
if (dataFile === undefined || keys === undefined) {
  console.error(
    'demo-crm: --data-file is needed, and --keys-file or --read-key-file with --write-key-file',
  );
  process.exit(1);
}
const crm = await startDemoCrm({
  port: Number(values.port),
  host: values.host,
  dataFile,
  ...keys,
  fsync: !values['no-fsync'],
  faultHeader: values['fault-header'],
});
console.log(`demo CRM: ${crm.url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void crm.close().then(() => process.exit(0)));
}
