import { parseArgs } from 'node:util';
import { startScriptedModel } from './server.js';

// node dist/main.js [--port N] [--obeys]
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8091' },
    obeys: { type: 'boolean', default: false },
  },
});
const model = await startScriptedModel({ port: Number(values.port), obeys: values.obeys });
console.log(`scripted model: ${model.url}/v1`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void model.close().then(() => process.exit(0)));
}
