import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsTable, startProduct } from '@countersign/cli';
import { settingsFrom } from '@countersign/configuration';
import { services } from '@countersign/contracts';

const freePorts = Object.fromEntries(
  Object.values(settingsTable)
    .filter(({ parse }) => parse.label === 'port')
    .map(({ name }) => [name, '0']),
);

/** The OpenAPI documents as a started product serves them, by service. */
export const openApiDocuments = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-docs-'));
  const env = { ...freePorts, COUNTERSIGN_DATA: folder, COUNTERSIGN_CONFIG: configFolder };
  const product = await startProduct({ settings: settingsFrom(env, settingsTable) });
  try {
    const documents = {};
    for (const service of services) {
      const response = await fetch(`${product.addresses[service]}/openapi.json`);
      documents[service] = await response.json();
    }
    return documents;
  } finally {
    await product.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

const configFolder = join(import.meta.dirname, '../../config');
