import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Credentials of the demo CRM, made once for this data folder. */
export interface DemoKeys {
  readonly read: string;
  readonly write: string;
}

export const demoKeys = (folder: string): DemoKeys => {
  const file = join(folder, 'crm-keys.json');
  if (!existsSync(file)) {
    const keys = { read: randomBytes(24).toString('hex'), write: randomBytes(24).toString('hex') };
    writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as DemoKeys;
};
