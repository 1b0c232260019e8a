import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from './write-whole.js';

/** Credentials of the demo CRM, made once for this data folder. */
export interface DemoKeys {
  readonly read: string;
  readonly write: string;
}

export const demoKeys = (folder: string): DemoKeys => {
  const file = join(folder, 'crm-keys.json');
  if (!existsSync(file)) {
    const keys = { read: randomBytes(24).toString('hex'), write: randomBytes(24).toString('hex') };
    writeWhole(file, JSON.stringify(keys));
  }
  return JSON.parse(readFileSync(file, 'utf8')) as DemoKeys;
};
