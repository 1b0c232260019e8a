import { parseArgs } from 'node:util';
import { startScriptedModel } from './server.js';

// node dist/main.js [--port N] [--host ADDRESS] [--obeys]
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8091' },
    host: { type: 'string', default: '127.0.0.1' },
    obeys: { type: 'boolean', default: false },
  },
});
const model = await startScriptedModel({
  port: Number(values.port),
  host: values.host,
  obeys: values.obeys,
});
console.log(`scripted model: ${model.url}/v1`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void model.close().then(() => process.exit(0)));
}
