import { join } from 'node:path';
import { loadTools, nameAndVersion, type Tool } from '../src/index.js';

export const repository = join(import.meta.dirname, '..', '..', '..');

/** The tools that the demo deployment ships. */
export const shipped = loadTools(join(repository, 'config', 'tools'));

export const tool = (name: string): Tool =>
  shipped.find(({ reference }) => nameAndVersion(reference) === name)!;

/** Arguments that `crm.resolve-ticket@1` takes. */
export const refund = {
  order: 'A-20931',
  customer: '0931',
  reply: { subject: 'Your refund', text: 'We pay back 49.90 EUR.' },
  change: { kind: 'refund', amountCents: 4_990, currency: 'EUR' },
};
